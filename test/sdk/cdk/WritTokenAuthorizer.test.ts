import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { AuthorizationType, MockIntegration, RestApi } from 'aws-cdk-lib/aws-apigateway';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { afterAll, describe, expect, it } from 'vitest';
import { WritTokenAuthorizer } from '../../../sdk/cdk/index.ts';
import type { WritTokenAuthorizerProps } from '../../../sdk/cdk/index.ts';

const outdir = mkdtempSync(join(tmpdir(), 'writ-cdk-'));
afterAll(() => {
  rmSync(outdir, { recursive: true });
});

const PROPS: WritTokenAuthorizerProps = {
  issuer: 'https://writ.example.com',
  audience: 'https://billing.example.com',
  routes: { 'GET /reports/{customer}': { scopes: ['reports:read'] } },
  revocation: 'snapshot',
};

/** @param build whether the function's code is put together too */
function stackWith(
  props: (stack: Stack) => Partial<WritTokenAuthorizerProps> = () => ({}),
  { build = false, challenges = false } = {},
) {
  const app = new App({ outdir, context: build ? {} : { 'aws:cdk:bundling-stacks': [] } });
  const stack = new Stack(app, 'Billing');
  const writ = new WritTokenAuthorizer(stack, 'Writ', { ...PROPS, ...props(stack) });
  const api = new RestApi(stack, 'Api', { cloudWatchRole: false });
  api.root.addResource('reports').addMethod('GET', new MockIntegration(), {
    authorizer: writ.authorizer,
    authorizationType: AuthorizationType.CUSTOM,
  });
  if (challenges) writ.addChallenges(api);
  return { app, stack };
}

const template = (...args: Parameters<typeof stackWith>): Template => Template.fromStack(stackWith(...args).stack);

/** All statements that the function's role has. */
const statementsOf = (of: Template): { Action: unknown; Resource: unknown }[] =>
  Object.values(of.findResources('AWS::IAM::Policy')).flatMap(
    ({ Properties }: { Properties?: { PolicyDocument: { Statement: { Action: unknown; Resource: unknown }[] } } }) =>
      Properties?.PolicyDocument.Statement ?? [],
  );

describe('WritTokenAuthorizer', () => {
  it('is asked about each request anew', () => {
    template().hasResourceProperties('AWS::ApiGateway::Authorizer', {
      Type: 'REQUEST',
      AuthorizerResultTtlInSeconds: 0,
      IdentitySource: 'method.request.header.Authorization',
    });
  });

  it('remembers proofs in a table of its own, which forgets them', () => {
    template().hasResourceProperties('AWS::DynamoDB::Table', {
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      SSESpecification: { SSEEnabled: true },
    });
  });

  it('gives its function the right to mark proofs and to write its log, and no other', () => {
    const of = template();
    expect(statementsOf(of).map(({ Action }) => Action)).toEqual([
      ['logs:CreateLogStream', 'logs:PutLogEvents'],
      'dynamodb:PutItem',
    ]);
    expect(JSON.stringify(statementsOf(of).map(({ Resource }) => Resource))).not.toContain('*');
    of.hasResourceProperties('AWS::IAM::Role', { ManagedPolicyArns: Match.absent() });
  });

  it('lets the function read the client’s key where it asks about each token, and the data key where there is one', () => {
    const of = template((stack) => ({
      encryptionKey: new Key(stack, 'Key'),
      revocation: { introspection: { clientId: 'billing', key: new Secret(stack, 'ClientKey') } },
    }));
    expect(statementsOf(of).flatMap(({ Action }) => Action)).toEqual([
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'dynamodb:PutItem',
      'kms:Decrypt',
      'kms:DescribeKey',
      'kms:Encrypt',
      'kms:GenerateDataKey',
      'kms:GenerateDataKeyWithoutPlaintext',
      'kms:ReEncryptFrom',
      'kms:ReEncryptTo',
      'secretsmanager:GetSecretValue',
      'secretsmanager:DescribeSecret',
    ]);
    of.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: Match.objectLike({ WRIT_REVOCATION: 'introspection', WRIT_CLIENT_ID: 'billing' }) },
    });
    of.hasResourceProperties('AWS::DynamoDB::Table', { SSESpecification: { SSEType: 'KMS' } });
  });

  it('refuses impersonations and counted tokens unless told otherwise', () => {
    template().hasResourceProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Environment: {
        Variables: {
          WRIT_ISSUER: PROPS.issuer,
          WRIT_AUDIENCE: PROPS.audience,
          WRIT_REPLAY_TABLE: Match.anyValue(),
          WRIT_IMPERSONATION: 'false',
          WRIT_CONSUMES: 'false',
          WRIT_REVOCATION: 'snapshot',
        },
      },
    });
  });

  it('can have refusals say what would do', () => {
    const of = template(undefined, { challenges: true });
    of.hasResourceProperties('AWS::ApiGateway::GatewayResponse', {
      ResponseType: 'ACCESS_DENIED',
      ResponseParameters: {
        'gatewayresponse.header.WWW-Authenticate': 'context.authorizer.wwwAuthenticate',
      },
    });
    of.hasResourceProperties('AWS::ApiGateway::GatewayResponse', { ResponseType: 'UNAUTHORIZED' });
  });

  it.each(['reports', 'get /reports', 'ANY /reports', 'GET reports', 'GET /a b'])(
    'refuses %j as a route: it would never match',
    (route) => {
      expect(() => stackWith(() => ({ routes: { [route]: {} } }))).toThrow('expected "GET /customers/{id}"');
    },
  );

  it('leaves cdk-nag nothing to find', () => {
    const { app } = stackWith((stack) => ({ encryptionKey: new Key(stack, 'Key', { enableKeyRotation: true }) }));
    const { violations } = new AwsSolutionsChecks().validateScope(app);
    const own = violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources
        .filter(({ constructPath = '' }) => constructPath.startsWith('Billing/Writ/'))
        .map(() => ruleName),
    );
    expect(own).toEqual([]);
    // The API around it is the test's own, and has findings: the rules were looked at.
    expect(violations.length).toBeGreaterThan(0);
  });

  it('is deployed with its code and its routes', () => {
    const { app } = stackWith(undefined, { build: true });
    const { directory } = app.synth();
    const path = readdirSync(directory).find((name) => name.startsWith('asset.'));
    const read = (name: string): string => readFileSync(join(directory, path ?? '', name), 'utf8');
    expect(read('routes.json')).toBe(JSON.stringify(PROPS.routes));
    expect(read('index.mjs')).toContain('@aws-sdk/client-dynamodb');
  });
});
