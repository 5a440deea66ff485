import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Duration, SecretValue, Stack } from 'aws-cdk-lib';
import { EventBus, EventField, Match, Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SfnStateMachine, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { AccountPrincipal, AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function as LambdaConstruct, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { SubscriptionFilter, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription, UrlSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { DefinitionBody, Pass, QueryLanguage, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readAssembly } from '../../../../local/runtime/deploy/assembly.ts';
import { deployStacks } from '../../../../local/runtime/deploy/deploy.ts';
import { emptyDeployment } from '../../../../local/runtime/deploy/deployment.ts';
import type { Json } from '../../../../local/runtime/json.ts';
import { ACCOUNT, deploy, recordingBackends, REGION, resource, stack } from '../deploy/stack.ts';

/** Deploys what the CDK makes of `build`. */
async function deployed(build: (stack: Stack) => void) {
  const outdir = mkdtempSync(join(tmpdir(), 'writ-messaging-'));
  onTestFinished(() => {
    rmSync(outdir, { recursive: true, force: true });
  });
  const app = new App({ outdir });
  build(new Stack(app, 'Test', { env: { account: ACCOUNT, region: REGION } }));
  app.synth();
  const deployment = emptyDeployment();
  const backends = recordingBackends();
  await deployStacks(readAssembly(outdir), deployment, backends);
  return { deployment, backends };
}

const functionIn = (scope: Stack): LambdaConstruct =>
  new LambdaConstruct(scope, 'Function', {
    functionName: 'notify',
    code: Code.fromAsset(join(import.meta.dirname, '../fixtures')),
    handler: 'index.handler',
    runtime: Runtime.NODEJS_22_X,
    deadLetterQueueEnabled: true,
    retryAttempts: 1,
    maxEventAge: Duration.hours(1),
  });
const arn = (service: string, name: string): string => `arn:aws:${service}:${REGION}:${ACCOUNT}:${name}`;

describe('what the CDK emits', () => {
  it('of EventBridge', async () => {
    const { deployment, backends } = await deployed((scope) => {
      const bus = new EventBus(scope, 'Bus', { eventBusName: 'writ', kmsKey: new Key(scope, 'Key') });
      bus.addToResourcePolicy(
        new PolicyStatement({
          sid: 'Shop',
          actions: ['events:PutEvents'],
          principals: [new AccountPrincipal('111122223333')],
          resources: [bus.eventBusArn],
        }),
      );
      const fn = functionIn(scope);
      const queue = new Queue(scope, 'Queue', { queueName: 'q' });
      const dead = new Queue(scope, 'Dead', { queueName: 'dead' });
      const machine = new StateMachine(scope, 'Machine', {
        stateMachineName: 'chain',
        queryLanguage: QueryLanguage.JSONATA,
        definitionBody: DefinitionBody.fromChainable(Pass.jsonata(scope, 'Pass')),
      });
      new Rule(scope, 'Rule', {
        ruleName: 'r',
        eventBus: bus,
        eventPattern: { source: ['writ'], detailType: Match.prefix('grant.'), detail: { a: Match.anythingBut('x') } },
        targets: [
          new LambdaFunction(fn, {
            deadLetterQueue: dead,
            retryAttempts: 3,
            maxEventAge: Duration.hours(2),
            event: RuleTargetInput.fromObject({ id: EventField.fromPath('$.detail.id') }),
          }),
          new SqsQueue(queue, { message: RuleTargetInput.fromText(`hello ${EventField.fromPath('$.detail.id')}`) }),
          new SqsQueue(queue, { message: RuleTargetInput.fromEventPath('$.detail') }),
          new SfnStateMachine(machine, { input: RuleTargetInput.fromObject({ x: 1 }) }),
        ],
      });
      new Rule(scope, 'Tick', { schedule: Schedule.rate(Duration.minutes(5)), targets: [new LambdaFunction(fn)] });
    });
    const rules = [...backends.buses.rules()];
    const [rule, tick] = rules;
    expect(rule).toMatchObject({
      arn: arn('events', 'rule/writ/r'),
      busArn: arn('events', 'event-bus/writ'),
      pattern: { source: ['writ'], 'detail-type': [{ prefix: 'grant.' }], detail: { a: [{ 'anything-but': ['x'] }] } },
      targets: [
        {
          arn: arn('lambda', 'function:notify'),
          deadLetterArn: arn('sqs', 'dead'),
          maxRetries: 3,
          maxAgeMs: 7_200_000,
          transformer: { paths: { 'detail-id': '$.detail.id' }, template: '{"id":<detail-id>}' },
        },
        { arn: arn('sqs', 'q'), transformer: { template: '"hello <detail-id>"' }, maxRetries: 185 },
        { arn: arn('sqs', 'q'), inputPath: '$.detail', maxAgeMs: 86_400_000 },
        {
          arn: arn('states', 'stateMachine:chain'),
          input: '{"x":1}',
          roleArn: expect.stringContaining('role/') as string,
        },
      ],
    });
    expect(tick).toMatchObject({ busArn: arn('events', 'event-bus/default'), rateMs: 300_000 });
    expect([...(backends.buses.byArn(arn('events', 'event-bus/writ'))?.statements.keys() ?? [])]).toEqual(['cdk-Shop']);
    expect(deployment.permissions).toContainEqual({
      functionArn: arn('lambda', 'function:notify'),
      principal: 'events.amazonaws.com',
      sourceArn: arn('events', 'rule/writ/r'),
    });
    expect(deployment.invokeConfigs.get(arn('lambda', 'function:notify'))).toEqual({
      maxRetries: 1,
      maxAgeMs: 3_600_000,
    });
    expect(deployment.functions.get(arn('lambda', 'function:notify'))?.deadLetterArn).toMatch(/^arn:aws:sqs:/);
  });

  it('of SNS', async () => {
    const { backends } = await deployed((scope) => {
      const topic = new Topic(scope, 'Topic', {
        topicName: 'people',
        masterKey: new Key(scope, 'Key'),
        enforceSSL: true,
      });
      const only = SubscriptionFilter.stringFilter({ allowlist: ['ada'] });
      topic.addSubscription(new EmailSubscription('ada@example.com', { filterPolicy: { recipient: only } }));
      topic.addSubscription(new UrlSubscription('https://example.com/hook'));
    });
    const topic = backends.topics.byArn(arn('sns', 'people'));
    expect(topic?.policy).toContain('AllowPublishThroughSSLOnly');
    if (!topic) return;
    const endpoints = (recipient: string) =>
      backends.topics.recipients(topic, { recipient }).map(({ protocol, endpoint }) => `${protocol} ${endpoint}`);
    expect(endpoints('ada')).toEqual(['email ada@example.com', 'https https://example.com/hook']);
    expect(endpoints('bob')).toEqual(['https https://example.com/hook']);
  });

  it('of Secrets Manager', async () => {
    const { backends } = await deployed((scope) => {
      const secret = new Secret(scope, 'Secret', {
        secretName: 'hooks',
        encryptionKey: new Key(scope, 'Key'),
        generateSecretString: {
          excludePunctuation: true,
          secretStringTemplate: '{"kid":"1"}',
          generateStringKey: 'key',
        },
      });
      secret.addRotationSchedule('Rotation', {
        rotationLambda: functionIn(scope),
        automaticallyAfter: Duration.days(30),
      });
      secret.addToResourcePolicy(
        new PolicyStatement({
          effect: Effect.DENY,
          actions: ['secretsmanager:DeleteSecret'],
          principals: [new AnyPrincipal()],
          resources: ['*'],
        }),
      );
      new Secret(scope, 'Plain', { secretName: 'plain' });
      new Secret(scope, 'Valued', { secretName: 'valued', secretStringValue: SecretValue.unsafePlainText('abc') });
    });
    const valueOf = (name: string): string => {
      const secret = backends.secrets.find(ACCOUNT, REGION, name);
      const [version] = Object.values(secret?.versions ?? {});
      const value = version && backends.secrets.open(version);
      return value && 'SecretString' in value ? value.SecretString : '';
    };
    expect(JSON.parse(valueOf('hooks'))).toEqual({
      kid: '1',
      key: expect.stringMatching(/^[A-Za-z0-9]{32}$/) as string,
    });
    expect(valueOf('plain')).toHaveLength(32);
    expect(valueOf('valued')).toBe('abc');
    expect(backends.secrets.find(ACCOUNT, REGION, 'hooks')).toMatchObject({
      rotation: { lambdaArn: arn('lambda', 'function:notify'), rateMs: 30 * 86_400_000 },
      policy: expect.stringContaining('DeleteSecret') as string,
      kmsKeyId: expect.stringMatching(/^arn:aws:kms:/) as string,
    });
    expect(backends.secrets.rotations.entries()).toHaveLength(1);
  });
});

describe('what is not built is an error that names it', () => {
  const target = { Id: 'T', Arn: arn('lambda', 'function:f') };
  const rule = (properties: Readonly<Record<string, Json>>) =>
    resource('AWS::Events::Rule', { EventPattern: { source: ['a'] }, ...properties });
  it.each([
    [rule({ EventPattern: { source: [{ wildcard: '*' }] } }), 'the operator `wildcard` is not known'],
    [rule({ ScheduleExpression: 'cron(0 4 * * ? *)' }), 'ScheduleExpression: only rate expressions are built'],
    [rule({ EventBusName: 'gone' }), 'there is no event bus `gone`'],
    [rule({ Targets: [{ ...target, Arn: arn('kinesis', 'stream/x') }] }), 'only functions, queues and state machines'],
    [rule({ Targets: [{ ...target, HttpParameters: {} }] }), 'Unrecognized key: "HttpParameters"'],
    [rule({ Targets: [{ ...target, Arn: arn('states', 'stateMachine:x') }] }), 'needs a RoleArn'],
    [rule({ Targets: [{ ...target, InputPath: '$..x' }] }), 'the path `$..x` is not understood'],
    [resource('AWS::SNS::Topic', { FifoTopic: true }), 'FIFO topics are not built'],
    [resource('AWS::SNS::Subscription', { TopicArn: 'x', Protocol: 'sms', Endpoint: '1' }), 'only `email` and `https`'],
    [resource('AWS::SecretsManager::Secret', { ReplicaRegions: [] }), 'Unrecognized key: "ReplicaRegions"'],
    [
      resource('AWS::SecretsManager::Secret', { GenerateSecretString: { GenerateStringKey: 'key' } }),
      'SecretStringTemplate and GenerateStringKey go together',
    ],
  ])('%j', async (thing, message) => {
    await expect(deploy(stack({ Thing: thing }))).rejects.toThrow(message);
  });
});
