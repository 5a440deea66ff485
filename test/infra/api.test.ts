import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { PUBLIC_ERRORS } from '../../contract/errors.ts';
import type { Route } from '../../contract/routes.ts';
import { ROUTES } from '../../contract/routes.ts';
import { problemSchema } from '../../contract/schemas.ts';
import { functionName, STACK_NAMES } from '../../infra/names.ts';
import { resourcesOf, synthesized } from './synthesized.ts';

const template = synthesized().stack(STACK_NAMES.broker);
const routes = Object.entries<Route>(ROUTES);

interface Reference {
  readonly Ref: string;
}

/** The path of an API resource, from its parents. */
function pathOf(reference: Reference | { 'Fn::GetAtt': readonly string[] }): string {
  if (!('Ref' in reference)) return '';
  const resource = resourcesOf(template, 'AWS::ApiGateway::Resource')[reference.Ref];
  const { ParentId, PathPart } = resource?.Properties as { ParentId: Reference; PathPart: string };
  return `${pathOf(ParentId)}/${PathPart}`;
}

interface Method {
  readonly HttpMethod: string;
  readonly OperationName: string;
  readonly ResourceId: Reference;
  readonly AuthorizationType: string;
  readonly RequestValidatorId?: unknown;
  readonly RequestModels?: Readonly<Record<string, unknown>>;
  readonly Integration: { readonly Type: string; readonly Uri: { 'Fn::Join': readonly [string, readonly unknown[]] } };
}
const methods = Object.values(resourcesOf(template, 'AWS::ApiGateway::Method')).map(
  ({ Properties }) => Properties as unknown as Method,
);

/** The name of the function behind a method. */
function functionOf({ Integration }: Method): unknown {
  const [, parts] = Integration.Uri['Fn::Join'];
  const reference = parts.find((part): part is { 'Fn::GetAtt': [string, string] } => typeof part === 'object');
  return resourcesOf(template, 'AWS::Lambda::Function')[reference?.['Fn::GetAtt'][0] ?? '']?.Properties['FunctionName'];
}

describe('routes', () => {
  it('are the contract’s, each by its duty’s function, and no other', () => {
    const built = methods.map((method) => [
      method.OperationName,
      `${method.HttpMethod} ${pathOf(method.ResourceId)}`,
      functionOf(method),
    ]);
    const declared = routes.map(([id, route]) => [id, `${route.method} ${route.path}`, functionName(route.duty)]);
    expect(built.sort()).toEqual(declared.sort());
  });

  it('have no catch-all', () => {
    const parts = Object.values(resourcesOf(template, 'AWS::ApiGateway::Resource')).map(
      ({ Properties }) => Properties['PathPart'],
    );
    expect(parts.filter((part) => String(part).includes('+'))).toEqual([]);
    expect(methods.filter(({ HttpMethod }) => HttpMethod === 'ANY')).toEqual([]);
  });

  it('validate requests, with a model for every body', () => {
    expect(methods.filter(({ RequestValidatorId }) => RequestValidatorId === undefined)).toEqual([]);
    const modelled = methods.filter(({ RequestModels }) => RequestModels?.['application/json'] !== undefined);
    const withBody = routes.filter(([, route]) => route.body);
    expect(modelled.map(({ OperationName }) => OperationName).sort()).toEqual(withBody.map(([id]) => id).sort());
    template.hasResourceProperties('AWS::ApiGateway::RequestValidator', {
      ValidateRequestBody: true,
      ValidateRequestParameters: true,
    });
  });

  it('may each invoke their own function alone', () => {
    const permissions = Object.values(resourcesOf(template, 'AWS::Lambda::Permission')).filter(
      ({ Properties }) => Properties['Principal'] === 'apigateway.amazonaws.com',
    );
    expect(permissions).toHaveLength(routes.length);
    for (const { Properties } of permissions) {
      expect(JSON.stringify(Properties['SourceArn'])).toMatch(/"\/(GET|POST|DELETE)\/[^"]*"\]\]\}$/);
    }
  });
});

describe('the stage', () => {
  interface MethodSetting {
    readonly HttpMethod: string;
    readonly ResourcePath: string;
    readonly ThrottlingRateLimit: number;
    readonly ThrottlingBurstLimit: number;
  }
  const [stage] = Object.values(resourcesOf(template, 'AWS::ApiGateway::Stage'));
  const settings = stage?.Properties['MethodSettings'] as readonly MethodSetting[];
  const throttles = Object.fromEntries(
    settings.map(({ HttpMethod, ResourcePath, ThrottlingRateLimit, ThrottlingBurstLimit }) => [
      `${HttpMethod} ${ResourcePath.replaceAll('~1', '/').replace(/^\/\//, '/')}`,
      [ThrottlingRateLimit, ThrottlingBurstLimit],
    ]),
  );

  it('traces, and logs no bodies, whatever the method', () => {
    template.hasResourceProperties('AWS::ApiGateway::Stage', { StageName: 'live', TracingEnabled: true });
    for (const setting of settings) {
      expect(setting).toMatchObject({ DataTraceEnabled: false, LoggingLevel: 'ERROR', MetricsEnabled: true });
    }
  });

  it('throttles what ends a grant apart, so that a flood of other calls can’t keep it lent', () => {
    expect(throttles).toMatchObject({
      '* /*': [100, 200],
      'POST /v1/grants/{id}/revoke': [50, 100],
      'POST /v1/grants/{id}/return': [50, 100],
      'POST /v1/grants/{id}/cancel': [50, 100],
    });
  });

  it('lets nobody unknown call often', () => {
    const open = routes.filter(([, { audience }]) => audience.includes('public'));
    expect(open.length).toBeGreaterThan(0);
    for (const [, { method, path }] of open) expect(throttles[`${method} ${path}`]).toEqual([10, 20]);
  });

  it('writes an access log of JSON without a header, a query or a body', () => {
    const [stage] = Object.values(resourcesOf(template, 'AWS::ApiGateway::Stage'));
    const { Format } = stage?.Properties['AccessLogSetting'] as { Format: string };
    expect(Object.values(JSON.parse(Format) as Record<string, string>)).toEqual([
      '$context.requestTimeEpoch',
      '$context.requestId',
      '$context.xrayTraceId',
      '$context.identity.sourceIp',
      '$context.httpMethod',
      '$context.resourcePath',
      '$context.status',
      '$context.responseLength',
      '$context.responseLatency',
      '$context.integration.latency',
      '$context.integration.integrationStatus',
      '$context.error.responseType',
      '$context.wafResponseCode',
    ]);
  });

  it('stands behind the firewall', () => {
    template.hasResourceProperties('AWS::WAFv2::WebACLAssociation', {
      ResourceArn: { 'Fn::Join': ['', Match.arrayWith([Match.objectLike({ Ref: Match.stringLikeRegexp('Stage') })])] },
      WebACLArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('WebAcl'), 'Arn'] },
    });
    const group = (name: string) =>
      Match.objectLike({
        Statement: { ManagedRuleGroupStatement: Match.objectLike({ Name: name, VendorName: 'AWS' }) },
      });
    template.hasResourceProperties('AWS::WAFv2::WebACL', {
      Scope: 'REGIONAL',
      Rules: [
        Match.objectLike({ Action: { Block: {} }, Statement: { RateBasedStatement: Match.anyValue() } }),
        group('AWSManagedRulesAmazonIpReputationList'),
        group('AWSManagedRulesKnownBadInputsRuleSet'),
        group('AWSManagedRulesCommonRuleSet'),
      ],
    });
  });

  it('keeps no sample of a request, whose bearer token would be in it', () => {
    const [acl] = Object.values(resourcesOf(template, 'AWS::WAFv2::WebACL'));
    expect(JSON.stringify(acl)).not.toContain('"SampledRequestsEnabled":true');
  });
});

describe('what the gateway answers itself', () => {
  const responses = Object.values(resourcesOf(template, 'AWS::ApiGateway::GatewayResponse')).map(
    ({ Properties }) =>
      Properties as unknown as {
        readonly ResponseType: string;
        readonly StatusCode: string;
        readonly ResponseParameters: Readonly<Record<string, string>>;
        readonly ResponseTemplates: Readonly<Record<string, string>>;
      },
  );

  it('covers both defaults, the unknown path and the firewall', () => {
    expect(responses.map(({ ResponseType }) => ResponseType)).toEqual(
      expect.arrayContaining([
        'DEFAULT_4XX',
        'DEFAULT_5XX',
        'MISSING_AUTHENTICATION_TOKEN',
        'WAF_FILTERED',
        'THROTTLED',
      ]),
    );
  });

  it.each(responses.map((response) => [response.ResponseType, response] as const))(
    '%s is a problem of the contract',
    (_type, { StatusCode, ResponseParameters, ResponseTemplates }) => {
      const problem = problemSchema.parse(JSON.parse(ResponseTemplates['application/json'] ?? ''));
      expect(problem.status).toBe(PUBLIC_ERRORS[problem.code].status);
      expect(StatusCode).toBe(String(problem.status));
      expect(problem.traceId).toBe('$context.requestId');
      expect(ResponseParameters['gatewayresponse.header.Content-Type']).toBe("'application/problem+json'");
    },
  );
});
