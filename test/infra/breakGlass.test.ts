import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import type { AssumeRoleCommandInput } from '@aws-sdk/client-sts';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { AwsSolutionsChecks } from 'cdk-nag';
import { Match } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STACK_NAMES } from '../../infra/names.ts';
import type { Credentials, Harness } from '../local/aws/harness.ts';
import { BROKER, failure, policy, SHOP, startLocalAws, sts, toyService, TRUST_LAMBDA } from '../local/aws/harness.ts';
import { deployRoles } from './deployed.ts';
import { resourcesOf, sampleApp, synthesized } from './synthesized.ts';

/** The way in while Writ is down, and the commands of docs/break-glass.md against the local AWS without Writ. */

const PERSON = `arn:aws:iam::${BROKER}:role/people/grace`;
const ROLE = `arn:aws:iam::${SHOP}:role/writ/break-glass/writ-direct-break-glass`;
const breakGlass = { principals: [PERSON], email: 'security@example.com' };
const { stack } = synthesized({ breakGlass });
const shop = stack(STACK_NAMES.target(SHOP));

describe('the template', () => {
  it('has no such role unless people are named', () => {
    for (const template of Object.values(synthesized().templates)) {
      const roles = Object.values(resourcesOf(template, 'AWS::IAM::Role'));
      expect(roles.filter(({ Properties }) => Properties['Path'] === '/writ/break-glass/')).toEqual([]);
    }
  });

  it('trusts these people alone, with a second factor and an identity, for an hour, within the ceiling', () => {
    const [ceiling] = Object.keys(
      shop.findResources('AWS::IAM::ManagedPolicy', { Properties: { Path: '/writ/break-glass/' } }),
    );
    shop.hasResourceProperties('AWS::IAM::Role', {
      RoleName: 'writ-direct-break-glass',
      Path: '/writ/break-glass/',
      MaxSessionDuration: 3600,
      PermissionsBoundary: { Ref: ceiling },
      ManagedPolicyArns: [{ Ref: ceiling }],
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Effect: 'Allow',
            Action: 'sts:AssumeRole',
            Principal: { AWS: PERSON },
            Condition: {
              Bool: { 'aws:MultiFactorAuthPresent': 'true' },
              StringEquals: { 'aws:RequestedRegion': 'us-east-1' },
              StringLike: { 'sts:SourceIdentity': '?*' },
            },
          },
          Match.objectLike({ Action: 'sts:SetSourceIdentity', Principal: { AWS: PERSON } }),
        ],
      },
    });
  });

  it('tells of each use at once, read-only as AWS thinks it is', () => {
    shop.hasResourceProperties('AWS::Events::Rule', {
      State: 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS',
      EventPattern: {
        source: ['aws.sts'],
        detail: Match.objectLike({ eventName: ['AssumeRole'], requestParameters: { roleArn: [ROLE] } }),
      },
    });
    shop.hasResourceProperties('AWS::CloudWatch::Alarm', { Namespace: 'AWS/Events', MetricName: 'MatchedEvents' });
    shop.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'security@example.com' });
  });

  it('has no finding of cdk-nag’s', () => {
    const { violations } = new AwsSolutionsChecks().validateScope(sampleApp({ breakGlass }));
    expect(violations.map(({ ruleName }) => ruleName)).toEqual([]);
  });

  it.each([['arn:aws:iam::111122223333:root'], ['arn:aws:iam::111122223333:role/*'], ['*'], ['111122223333']])(
    'refuses %s: a principal is exact',
    (principal) => {
      expect(() => synthesized({ breakGlass: { principals: [principal] } })).toThrow(
        'breakGlass.principals.0: must be the exact ARN of a user or a role',
      );
    },
  );

  it('refuses an empty list', () => {
    expect(() => synthesized({ breakGlass: { principals: [] } })).toThrow('breakGlass.principals');
  });
});

describe('on the local AWS, where nothing of Writ runs', () => {
  let aws: Harness;
  const LIST = { action: 'dynamodb:ListTables', resource: '*' };
  /** What the toy service asks IAM about. */
  let asked = LIST;
  beforeAll(async () => {
    const tables = toyService(() => [asked]);
    aws = await startLocalAws({ services: [tables] });
    await deployRoles(aws, shop, SHOP);
    for (const name of ['grace', 'mallory']) {
      await aws.aws.bootstrap.createRole({
        accountId: BROKER,
        name,
        path: '/people/',
        trustPolicy: TRUST_LAMBDA,
        inlinePolicies: {
          Own: policy({ Effect: 'Allow', Action: ['sts:AssumeRole', 'sts:SetSourceIdentity'], Resource: '*' }),
        },
      });
    }
  });
  afterAll(() => aws.stop());

  const signedIn = (name: string, mfa: boolean): Promise<Credentials> =>
    aws.aws.bootstrap.mintServiceCredentials({
      roleArn: `arn:aws:iam::${BROKER}:role/people/${name}`,
      sessionName: name,
      duration: 3_600,
      ...(mfa && { mfa: true }),
    });
  const TAKE: AssumeRoleCommandInput = {
    RoleArn: ROLE,
    RoleSessionName: 'grace',
    SourceIdentity: 'grace',
    DurationSeconds: 900,
  };
  const take = async (who: Credentials, how = TAKE) => {
    const { Credentials: got } = await sts(aws, who).send(new AssumeRoleCommand(how));
    return {
      accessKeyId: got?.AccessKeyId ?? '',
      secretAccessKey: got?.SecretAccessKey ?? '',
      sessionToken: got?.SessionToken ?? '',
    };
  };

  it('is taken with a second factor, for an hour at most', async () => {
    const grace = await signedIn('grace', true);
    expect(await take(grace)).toMatchObject({ accessKeyId: expect.stringMatching(/^ASIA/) as string });
    const longer = await failure(take(grace, { ...TAKE, DurationSeconds: 3_601 }));
    expect(longer.message).toContain('MaxSessionDuration');
  });

  const { SourceIdentity: _, ...nameless } = TAKE;
  it.each([
    ['without a second factor', 'grace', false, TAKE],
    ['by anybody else', 'mallory', true, TAKE],
    ['without an identity', 'grace', true, nameless],
  ] as const)('is not taken %s', async (_name, who, mfa, how) => {
    expect((await failure(take(await signedIn(who, mfa), how))).name).toBe('AccessDenied');
  });

  it('opens the account’s tables, and neither Writ’s roles nor a further role', async () => {
    const session = await take(await signedIn('grace', true));
    const { TableNames } = await new DynamoDBClient(aws.client(session)).send(new ListTablesCommand({}));
    expect(TableNames).toEqual(['orders']);
    const iam = new IAMClient(aws.client(session)).send(new GetRoleCommand({ RoleName: 'writ-enforcer' }));
    expect((await failure(iam)).name).toMatch(/AccessDenied/);
    expect((await failure(take(session))).name).toBe('AccessDenied');
  });

  it.each([
    ['cloudwatch:DisableAlarmActions', 'cloudwatch:us-east-1', 'alarm:writ-direct-break-glass', 'explicit deny'],
    ['cloudwatch:DisableAlarmActions', 'cloudwatch:us-east-1', 'alarm:shop-latency', undefined],
    ['events:DisableRule', 'events:us-east-1', 'rule/writ-direct-break-glass', 'explicit deny'],
    ['sns:DeleteTopic', 'sns:us-east-1', 'writ-direct-break-glass', 'explicit deny'],
    ['sns:Unsubscribe', 'sns:us-east-1', 'shop-news', 'explicit deny'],
  ])('%s of %s:%s: %s', async (action, service, name, refusal) => {
    const client = new DynamoDBClient(aws.client(await take(await signedIn('grace', true))));
    asked = { action, resource: `arn:aws:${service}:${SHOP}:${name}` };
    try {
      const answer = client.send(new ListTablesCommand({}));
      if (refusal === undefined) expect((await answer).TableNames).toEqual(['orders']);
      else expect((await failure(answer)).message).toContain(refusal);
    } finally {
      asked = LIST;
    }
  });
});
