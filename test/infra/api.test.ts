import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { PUBLIC_ERRORS } from '../../contract/errors.ts';
import type { Route } from '../../contract/routes.ts';
import { ROUTES } from '../../contract/routes.ts';
import { problemSchema } from '../../contract/schemas.ts';
import { functionName, STACK_NAMES } from '../../infra/names.ts';
import { propertiesOf, resourcesOf, synthesized } from './synthesized.ts';

const template = synthesized().stack(STACK_NAMES.broker);
const routes = Object.entries<Route>(ROUTES);

const reference = z.object({ Ref: z.string() });
type Reference = z.infer<typeof reference>;

/** The path of an API resource, from its parents. */
function pathOf(reference: Reference | { 'Fn::GetAtt': readonly string[] }): string {
  if (!('Ref' in reference)) return '';
  const resource = resourcesOf(template, 'AWS::ApiGateway::Resource')[reference.Ref];
  const { ParentId, PathPart } = resource?.Properties as { ParentId: Reference; PathPart: string };
  return `${pathOf(ParentId)}/${PathPart}`;
}

const methodShape = z.object({
  HttpMethod: z.string(),
  OperationName: z.string(),
  ResourceId: reference,
  AuthorizationType: z.string(),
  RequestValidatorId: z.unknown().optional(),
  RequestModels: z.record(z.string(), z.unknown()).optional(),
  Integration: z.object({
    Type: z.string(),
    Uri: z.object({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) }),
  }),
});
type Method = z.infer<typeof methodShape>;
const methods = Object.values(propertiesOf(template, 'AWS::ApiGateway::Method', methodShape));

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

  it('leave forms to their functions: a model can’t say what a form is', () => {
    const forms = routes.filter(([, route]) => route.form).map(([id]) => id);
    expect(forms).toEqual(expect.arrayContaining(['issueToken', 'introspectToken', 'revokeToken', 'chatCallback']));
    const modelled = methods.filter(
      ({ OperationName, RequestModels }) => forms.includes(OperationName) && RequestModels,
    );
    expect(modelled).toEqual([]);
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
    const forVerifiers = ['getSnapshot', 'getJwks', 'getSnapshotJwks', 'getAuthorizationServer'];
    const open = routes.filter(([id, { audience }]) => audience.includes('public') && !forVerifiers.includes(id));
    expect(open.length).toBeGreaterThan(0);
    for (const [, { method, path }] of open) expect(throttles[`${method} ${path}`]).toEqual([10, 20]);
  });

  it('gives each call of programs a measure of its own, and endings theirs', () => {
    expect(throttles).toMatchObject({
      'POST /oauth2/token': [200, 400],
      'POST /oauth2/introspect': [500, 1_000],
      'POST /oauth2/revoke': [50, 100],
      'POST /v1/tokens/consume': [200, 400],
      'POST /v1/activity': [100, 200],
      'GET /v1/revocations/snapshot': [500, 1_000],
      'GET /.well-known/jwks.json': [100, 200],
      'GET /.well-known/snapshot-jwks.json': [100, 200],
      'GET /.well-known/oauth-authorization-server': [100, 200],
    });
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
    const programs = ['/oauth2/token', '/oauth2/introspect', '/v1/tokens/consume', '/v1/activity'];
    const byPrograms = {
      OrStatement: {
        Statements: [...programs, '/v1/revocations/snapshot'].map((path) => ({
          ByteMatchStatement: Match.objectLike({ PositionalConstraint: 'ENDS_WITH', SearchString: path }),
        })),
      },
    };
    const rate = (Limit: number, ScopeDownStatement: object) =>
      Match.objectLike({
        Action: { Block: {} },
        Statement: { RateBasedStatement: { AggregateKeyType: 'IP', Limit, ScopeDownStatement } },
      });
    template.hasResourceProperties('AWS::WAFv2::WebACL', {
      Scope: 'REGIONAL',
      Rules: [
        rate(2_000, { NotStatement: { Statement: byPrograms } }),
        rate(15_000, byPrograms),
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
  const texts = z.record(z.string(), z.string());
  const responses = Object.values(
    propertiesOf(
      template,
      'AWS::ApiGateway::GatewayResponse',
      z.object({
        ResponseType: z.string(),
        StatusCode: z.string(),
        ResponseParameters: texts,
        ResponseTemplates: texts,
      }),
    ),
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

describe('mutual TLS', () => {
  const mutualTls = {
    domainName: 'mtls.writ.example.com',
    certificateArn: 'arn:aws:acm:us-east-1:999988887777:certificate/0f3c',
    truststoreUri: 's3://acme-trust/writ.pem',
    truststoreVersion: '3sL4kqtJlcpXroDTDmJ',
  };
  const given = synthesized({ mutualTls }).stack(STACK_NAMES.broker);

  it('is a domain of its own in front of the stage, and closes the stage’s own URL, which asks for no certificate', () => {
    given.hasResourceProperties('AWS::ApiGateway::DomainName', {
      DomainName: 'mtls.writ.example.com',
      RegionalCertificateArn: mutualTls.certificateArn,
      EndpointConfiguration: { Types: ['REGIONAL'] },
      SecurityPolicy: 'TLS_1_2',
      MutualTlsAuthentication: { TruststoreUri: 's3://acme-trust/writ.pem', TruststoreVersion: '3sL4kqtJlcpXroDTDmJ' },
    });
    given.hasResourceProperties('AWS::ApiGateway::BasePathMapping', {
      BasePath: Match.absent(),
      DomainName: { Ref: Match.stringLikeRegexp('^ApiMutualTls') },
      RestApiId: { Ref: Match.stringLikeRegexp('^ApiRest') },
      Stage: { Ref: Match.stringLikeRegexp('^ApiRestDeploymentStage') },
    });
    given.hasResourceProperties('AWS::ApiGateway::RestApi', { DisableExecuteApiEndpoint: true });
  });

  it('is the public URL, unless another domain is', () => {
    const publicUrl = (context: object): unknown => {
      const broker = synthesized({ ...context }).stack(STACK_NAMES.broker);
      const [token] = Object.values(resourcesOf(broker, 'AWS::Lambda::Function')).filter(
        ({ Properties }) => Properties['FunctionName'] === 'writ-token',
      );
      return (token?.Properties['Environment'] as { Variables: Record<string, unknown> }).Variables['WRIT_PUBLIC_URL'];
    };
    expect(publicUrl({ mutualTls })).toBe('https://mtls.writ.example.com');
    expect(publicUrl({ mutualTls, publicUrl: 'https://writ.example.com' })).toBe('https://writ.example.com');
  });

  it('is off unless it is asked for', () => {
    template.resourceCountIs('AWS::ApiGateway::DomainName', 0);
    template.hasResourceProperties('AWS::ApiGateway::RestApi', { DisableExecuteApiEndpoint: Match.absent() });
  });
});
