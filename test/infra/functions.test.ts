import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { NEW_DENY_FILTER, NEWLY_REVOKED_FILTER } from '../../adapters/aws/tables.ts';
import { DUTIES, ENV, FUNCTION_ENV } from '../../functions/shared/env.ts';
import { functionName, STACK_NAMES } from '../../infra/names.ts';
import { resourcesOf, synthesized } from './synthesized.ts';

const template = synthesized().stack(STACK_NAMES.broker);
const functions = Object.values(resourcesOf(template, 'AWS::Lambda::Function')).map(({ Properties }) => Properties);
const dataKey = { 'Fn::ImportValue': Match.stringLikeRegexp('^WritKeys:.*DataKey') };

const environmentOf = (name: string): Readonly<Record<string, unknown>> => {
  const found = functions.find((properties) => properties['FunctionName'] === name);
  return (found?.['Environment'] as { Variables: Readonly<Record<string, unknown>> } | undefined)?.Variables ?? {};
};

describe('every function', () => {
  it('is one duty, and every duty has one', () => {
    expect(functions.map((properties) => properties['FunctionName']).sort()).toEqual(DUTIES.map(functionName).sort());
  });

  it.each(DUTIES)('%s: runtime, architecture, traces, structured log of its own', (duty) => {
    const name = functionName(duty);
    template.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: name,
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      TracingConfig: { Mode: 'Active' },
      LoggingConfig: { LogFormat: 'JSON' },
      CodeSigningConfigArn: Match.absent(),
    });
    template.hasResourceProperties('AWS::Logs::LogGroup', { LogGroupName: `/aws/lambda/${name}` });
  });

  it.each(DUTIES)('%s: has exactly the environment that its composition root reads', (duty) => {
    const optional: readonly string[] = [ENV.shownAwsEndpointUrl, ENV.privateEndpoints];
    const expected = FUNCTION_ENV[duty].filter((name) => !optional.includes(name));
    expect(Object.keys(environmentOf(functionName(duty))).sort()).toEqual([...expected].sort());
  });

  it.each(DUTIES)('%s: alarms on errors and throttles', (duty) => {
    for (const metric of ['Errors', 'Throttles']) {
      template.hasResourceProperties('AWS::CloudWatch::Alarm', {
        Namespace: 'AWS/Lambda',
        MetricName: metric,
        Dimensions: [{ Name: 'FunctionName', Value: Match.objectLike({ Ref: logicalIdOf(functionName(duty)) }) }],
        Threshold: 1,
        AlarmActions: [{ Ref: Match.stringLikeRegexp('^Alarms') }],
      });
    }
  });
});

function logicalIdOf(name: string): string {
  const all = Object.entries(resourcesOf(template, 'AWS::Lambda::Function'));
  return all.find(([, { Properties }]) => Properties['FunctionName'] === name)?.[0] ?? '';
}

it('encrypts every log group and keeps it half a year', () => {
  const groups = Object.keys(resourcesOf(template, 'AWS::Logs::LogGroup'));
  // The API’s two, and the state machine’s.
  expect(groups).toHaveLength(DUTIES.length + 3);
  template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 180, KmsKeyId: dataKey });
});

describe('queues', () => {
  it('are encrypted with the data key and take TLS alone', () => {
    template.allResourcesProperties('AWS::SQS::Queue', { KmsMasterKeyId: dataKey });
    const queues = Object.keys(resourcesOf(template, 'AWS::SQS::Queue'));
    expect(queues).toHaveLength(9);
    for (const queue of queues) {
      template.hasResourceProperties('AWS::SQS::QueuePolicy', {
        Queues: [{ Ref: queue }],
        PolicyDocument: {
          Statement: Match.arrayWith([
            Match.objectLike({
              Effect: 'Deny',
              Principal: { AWS: '*' },
              Condition: { Bool: { 'aws:SecureTransport': 'false' } },
            }),
          ]),
        },
      });
    }
  });

  it('revocations: in order per role, nothing merged, given up to a dead-letter queue', () => {
    template.hasResourceProperties('AWS::SQS::Queue', {
      QueueName: 'writ-revocations.fifo',
      FifoQueue: true,
      ContentBasedDeduplication: false,
      DeduplicationScope: 'messageGroup',
      FifoThroughputLimit: 'perMessageGroupId',
      VisibilityTimeout: 60,
      RedrivePolicy: { maxReceiveCount: 5 },
    });
  });

  it.each([
    'writ-revocations-dead.fifo',
    'writ-relay-dead',
    'writ-sweeper-dead',
    'writ-snapshot-dead',
    'writ-herald-dead',
    'writ-messages-dead',
    'writ-workflow-dead',
  ])('%s: alarms at its first message', (name) => {
    const all = Object.entries(resourcesOf(template, 'AWS::SQS::Queue'));
    const queue = all.find(([, { Properties }]) => Properties['QueueName'] === name)?.[0];
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [queue, 'QueueName'] } }],
      Threshold: 1,
      AlarmActions: [{ Ref: Match.stringLikeRegexp('^Alarms') }],
    });
  });
});

describe('the path of a revocation', () => {
  it('the relay reads new denies alone, splits what fails, and gives up to its dead-letter queue', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: { 'Fn::ImportValue': Match.stringLikeRegexp('^WritData:.*StreamArn') },
      FunctionName: { Ref: logicalIdOf('writ-relay') },
      FilterCriteria: { Filters: [{ Pattern: JSON.stringify(NEW_DENY_FILTER) }] },
      StartingPosition: 'TRIM_HORIZON',
      BisectBatchOnFunctionError: true,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      MaximumRetryAttempts: 10,
      DestinationConfig: {
        OnFailure: { Destination: { 'Fn::GetAtt': [Match.stringLikeRegexp('^RelayDead'), 'Arn'] } },
      },
    });
  });

  it('the enforcer takes one message at a time', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^RevocationsQueue'), 'Arn'] },
      FunctionName: { Ref: logicalIdOf('writ-enforcer') },
      BatchSize: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
  });

  it('alarms when either is late', () => {
    const alarm = (MetricName: string) => {
      template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName, AlarmActions: Match.anyValue() });
    };
    alarm('IteratorAge');
    alarm('ApproximateAgeOfOldestMessage');
  });

  it('the sweeper starts each minute, one at a time, with a dead-letter queue for both its callers', () => {
    const dead = { 'Fn::GetAtt': [Match.stringLikeRegexp('^SweeperDead'), 'Arn'] };
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(1 minute)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: { 'Fn::GetAtt': [logicalIdOf('writ-sweeper'), 'Arn'] },
        RoleArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^SweeperScheduleRole'), 'Arn'] },
        DeadLetterConfig: { Arn: dead },
      },
    });
    template.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'writ-sweeper',
      ReservedConcurrentExecutions: 1,
      Timeout: 55,
      DeadLetterConfig: { TargetArn: dead },
    });
  });
});

describe('the snapshot of what ended', () => {
  const dead = { 'Fn::GetAtt': [Match.stringLikeRegexp('^SnapshotDead'), 'Arn'] };

  it('is built when a grant or token ends early, one build for however many', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: { 'Fn::ImportValue': Match.stringLikeRegexp('^WritData:.*Grants.*StreamArn') },
      FunctionName: { Ref: logicalIdOf('writ-snapshot') },
      FilterCriteria: { Filters: [{ Pattern: JSON.stringify(NEWLY_REVOKED_FILTER) }] },
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 1_000,
      MaximumBatchingWindowInSeconds: Match.absent(),
      FunctionResponseTypes: Match.absent(),
      MaximumRetryAttempts: 10,
      DestinationConfig: { OnFailure: { Destination: dead } },
    });
  });

  it('and each minute, by a role of its own', () => {
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      Name: 'writ-snapshot',
      ScheduleExpression: 'rate(1 minute)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: { 'Fn::GetAtt': [logicalIdOf('writ-snapshot'), 'Arn'] },
        RoleArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^SnapshotScheduleRole'), 'Arn'] },
        DeadLetterConfig: { Arn: dead },
      },
    });
    template.resourceCountIs('AWS::Scheduler::Schedule', 2);
  });

  it('alarms when none was built for two minutes, and when nothing is known of it', () => {
    const metric = (MetricName: string) => ({
      MetricStat: Match.objectLike({
        Metric: Match.objectLike({
          MetricName,
          Dimensions: [{ Name: 'FunctionName', Value: { Ref: logicalIdOf('writ-snapshot') } }],
        }),
        Period: 120,
        Stat: 'Sum',
      }),
    });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Metrics: [
        Match.objectLike({ Expression: 'IF(runs - failures < 1, 1, 0)' }),
        Match.objectLike({ Id: 'runs', ...metric('Invocations') }),
        Match.objectLike({ Id: 'failures', ...metric('Errors') }),
      ],
      Threshold: 1,
      EvaluationPeriods: 1,
      TreatMissingData: 'breaching',
      AlarmActions: [{ Ref: Match.stringLikeRegexp('^Alarms') }],
    });
  });
});

describe('signing keys', () => {
  const arnOf = (name: string) => ({ 'Fn::ImportValue': Match.stringLikeRegexp(`^WritKeys:.*${name}`) });
  const variable = (duty: (typeof DUTIES)[number], variables: object) => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: functionName(duty),
      Environment: { Variables: Match.objectLike(variables) },
    });
  };

  it.each(['public', 'token', 'resources', 'keys'] as const)('%s knows the generations, in their order', (duty) => {
    variable(duty, {
      [ENV.tokenKeys]: {
        'Fn::Join': [
          '',
          [
            '[{"name":"a","keys":["',
            arnOf('TokenSigningKey2220C33E'),
            '"]},{"name":"b","keys":["',
            arnOf('TokenSigningKeyb1'),
            '"]}]',
          ],
        ],
      },
    });
  });

  it.each(['public', 'snapshot'] as const)('%s knows those of snapshots', (duty) => {
    variable(duty, { [ENV.snapshotKeys]: { 'Fn::Join': ['', ['["', arnOf('SnapshotSigningKeya'), '"]']] } });
  });
});

it('fits IAM and Lambda with as many keys as the context may ask for', () => {
  const most = { tokenKeys: ['a', 'b', 'c', 'd'], tokenSigningShards: 8, snapshotKeys: ['a', 'b', 'c', 'd'] };
  const broker = synthesized(most).stack(STACK_NAMES.broker);
  const arn = `arn:aws:kms:us-east-1:999988887777:key/${'0'.repeat(36)}`;
  const written = (value: unknown): number =>
    JSON.stringify(value).replaceAll(/\{"Fn::ImportValue":"[^"]+"\}/g, `"${arn}"`).length;
  for (const { Properties } of Object.values(resourcesOf(broker, 'AWS::IAM::Role'))) {
    // All inline policies of a role together, without white space.
    expect(written(Properties['Policies'] ?? [])).toBeLessThan(10_240);
  }
  for (const { Properties } of Object.values(resourcesOf(broker, 'AWS::Lambda::Function'))) {
    expect(written(Properties['Environment'] ?? {})).toBeLessThan(4_096);
  }
});

describe('context', () => {
  const profile = 'arn:aws:signer:us-east-1:999988887777:/signing-profiles/writ/abcdefghij';
  const given = synthesized({
    email: 'oncall@example.com',
    publicUrl: 'https://writ.example.com',
    signingProfileArn: profile,
    awsEndpointUrl: 'http://127.0.0.1:4601',
    signinUrl: 'http://127.0.0.1:4601/federation',
  }).stack(STACK_NAMES.broker);

  it('a signing profile: no function takes code that it did not sign', () => {
    given.hasResourceProperties('AWS::Lambda::CodeSigningConfig', {
      AllowedPublishers: { SigningProfileVersionArns: [profile] },
      CodeSigningPolicies: { UntrustedArtifactOnDeployment: 'Enforce' },
    });
    given.allResourcesProperties('AWS::Lambda::Function', {
      CodeSigningConfigArn: { Ref: Match.stringLikeRegexp('^CodeSigning') },
    });
    template.resourceCountIs('AWS::Lambda::CodeSigningConfig', 0);
  });

  it('an e-mail address: it gets the alarms', () => {
    given.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'oncall@example.com' });
    template.resourcePropertiesCountIs(
      'AWS::SNS::Subscription',
      { TopicArn: { Ref: Match.stringLikeRegexp('^Alarms') } },
      0,
    );
  });

  it('URLs: functions are told them; without, the API’s own', () => {
    const environment = (name: string, variables: object) => {
      given.hasResourceProperties('AWS::Lambda::Function', {
        FunctionName: name,
        Environment: { Variables: Match.objectLike(variables) },
      });
    };
    environment('writ-public', {
      [ENV.publicUrl]: 'https://writ.example.com',
      [ENV.shownAwsEndpointUrl]: 'http://127.0.0.1:4601',
    });
    environment('writ-aws-session', { [ENV.signinUrl]: 'http://127.0.0.1:4601/federation' });
    expect(JSON.stringify(environmentOf('writ-public')[ENV.publicUrl])).toContain('/live"');
  });
});

it('lets only CloudWatch of this account publish alarms', () => {
  template.hasResourceProperties('AWS::SNS::TopicPolicy', {
    PolicyDocument: {
      Statement: [
        Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        Match.objectLike({
          Effect: 'Allow',
          Principal: { Service: 'cloudwatch.amazonaws.com' },
          Condition: { StringEquals: { 'aws:SourceAccount': '999988887777' } },
        }),
      ],
    },
  });
  template.hasResourceProperties('AWS::SNS::Topic', { KmsMasterKeyId: dataKey });
});
