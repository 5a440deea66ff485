import { describe, expect, it } from 'vitest';
import type { Json } from '../../../../local/runtime/json.ts';
import { ACCOUNT, deploy, resource, stack } from './stack.ts';

const document = (action: string): Json => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }],
});
const role = resource('AWS::IAM::Role', {
  RoleName: 'worker',
  Path: '/writ/broker/',
  AssumeRolePolicyDocument: document('sts:AssumeRole'),
  Policies: [{ PolicyName: 'Own', PolicyDocument: document('sqs:SendMessage') }],
});
const ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/writ/broker/worker`;

const lambda = resource('AWS::Lambda::Function', {
  FunctionName: 'writ-relay',
  Code: { S3Bucket: 'assets', S3Key: 'code.zip' },
  Handler: 'index.handler',
  Runtime: 'nodejs24.x',
  Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
  Environment: { Variables: { A: '1' } },
  Timeout: 15,
  MemorySize: 512,
  TracingConfig: { Mode: 'Active' },
});
const FUNCTION_ARN = `arn:aws:lambda:us-east-1:${ACCOUNT}:function:writ-relay`;

describe('roles', () => {
  it('reach IAM once, with every policy that names them', async () => {
    const { calls } = await deploy(
      stack({
        Policy: resource('AWS::IAM::Policy', {
          PolicyName: 'More',
          PolicyDocument: document('sqs:ReceiveMessage'),
          Roles: [{ Ref: 'Role' }],
        }),
        Managed: resource('AWS::IAM::ManagedPolicy', {
          ManagedPolicyName: 'Shared',
          Path: '/writ/',
          PolicyDocument: document('kms:Decrypt'),
          Roles: [{ Ref: 'Role' }],
        }),
        Role: role,
      }),
    );
    expect(calls).toEqual([
      ['policy', { arn: `arn:aws:iam::${ACCOUNT}:policy/writ/Shared`, document: document('kms:Decrypt') }],
      [
        'role',
        expect.objectContaining({
          accountId: ACCOUNT,
          name: 'worker',
          path: '/writ/broker/',
          trustPolicy: JSON.stringify(document('sts:AssumeRole')),
          inlinePolicies: {
            Own: JSON.stringify(document('sqs:SendMessage')),
            More: JSON.stringify(document('sqs:ReceiveMessage')),
          },
          managedPolicyArns: [`arn:aws:iam::${ACCOUNT}:policy/writ/Shared`],
        }),
      ],
    ]);
  });

  it('must exist for a policy to join them', async () => {
    const policy = resource('AWS::IAM::Policy', { PolicyName: 'P', PolicyDocument: document('*'), Roles: ['nobody'] });
    await expect(deploy(stack({ Policy: policy }))).rejects.toThrow('Test/Policy: there is no role `nobody`');
  });
});

describe('tables', () => {
  const keys = {
    TableName: 'grants',
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
    TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
  };
  const definition = {
    TableName: 'grants',
    KeySchema: keys.KeySchema,
    AttributeDefinitions: keys.AttributeDefinitions,
    GlobalSecondaryIndexes: [],
    StreamSpecification: keys.StreamSpecification,
    TimeToLiveSpecification: keys.TimeToLiveSpecification,
    DeletionProtectionEnabled: true,
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
  };
  const protection = {
    DeletionProtectionEnabled: true,
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
  };

  it.each([
    ['AWS::DynamoDB::Table', { ...keys, ...protection }],
    ['AWS::DynamoDB::GlobalTable', { ...keys, Replicas: [{ Region: 'us-east-1', ...protection }] }],
  ])('of type %s are the same', async (type, properties) => {
    const { calls, deployment } = await deploy(
      stack(
        { Table: resource(type, properties) },
        { Outputs: { Stream: { Value: { 'Fn::GetAtt': ['Table', 'StreamArn'] }, Export: { Name: 'stream' } } } },
      ),
    );
    expect(calls).toEqual([['table', definition]]);
    expect(deployment.exports.get('stream')).toBe(`arn:aws:dynamodb:us-east-1:${ACCOUNT}:table/grants/stream/1`);
  });

  it('have one replica', async () => {
    const Replicas = [{ Region: 'us-east-1' }, { Region: 'eu-west-1' }];
    const table = resource('AWS::DynamoDB::GlobalTable', { ...keys, Replicas });
    await expect(deploy(stack({ Table: table }))).rejects.toThrow('one replica in us-east-1');
  });
});

describe('keys and queues', () => {
  it('have aliases and policies', async () => {
    const { calls } = await deploy(
      stack({
        Key: resource('AWS::KMS::Key', {
          KeyPolicy: document('kms:*'),
          KeySpec: 'ECC_NIST_P256',
          KeyUsage: 'SIGN_VERIFY',
        }),
        Alias: resource('AWS::KMS::Alias', { AliasName: 'alias/k', TargetKeyId: { 'Fn::GetAtt': ['Key', 'Arn'] } }),
        Queue: resource('AWS::SQS::Queue', { QueueName: 'q.fifo', FifoQueue: true, VisibilityTimeout: 60 }),
        QueuePolicy: resource('AWS::SQS::QueuePolicy', {
          PolicyDocument: document('sqs:*'),
          Queues: [{ Ref: 'Queue' }],
        }),
      }),
    );
    expect(calls).toMatchObject([
      ['key', { name: 'Test/Key', spec: 'ECC_NIST_P256', policy: JSON.stringify(document('kms:*')) }],
      ['alias', { alias: 'alias/k', keyId: 'key-1' }],
      ['queue', { name: 'q.fifo', visibilityTimeout: 60 }],
      ['queue', { name: 'q.fifo', visibilityTimeout: 60, policy: JSON.stringify(document('sqs:*')) }],
    ]);
  });
});

describe('functions', () => {
  it('run from their asset, under their role', async () => {
    const { deployment } = await deploy(
      stack({
        Function: lambda,
        Role: role,
        Permission: resource('AWS::Lambda::Permission', {
          Action: 'lambda:InvokeFunction',
          FunctionName: { Ref: 'Function' },
          Principal: 'apigateway.amazonaws.com',
        }),
        Mapping: resource('AWS::Lambda::EventSourceMapping', {
          EventSourceArn: 'arn:aws:dynamodb:us-east-1:999988887777:table/grants/stream/1',
          FunctionName: { Ref: 'Function' },
          FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT"]}' }] },
          BisectBatchOnFunctionError: true,
          MaximumRetryAttempts: 10,
          FunctionResponseTypes: ['ReportBatchItemFailures'],
        }),
        Schedule: resource('AWS::Scheduler::Schedule', {
          Name: 'tick',
          ScheduleExpression: 'rate(2 minutes)',
          FlexibleTimeWindow: { Mode: 'OFF' },
          Target: { Arn: { 'Fn::GetAtt': ['Function', 'Arn'] }, RoleArn: ROLE_ARN, Input: '{"a":1}' },
        }),
      }),
    );
    expect([...deployment.functions.values()]).toEqual([
      {
        arn: FUNCTION_ARN,
        name: 'writ-relay',
        accountId: ACCOUNT,
        region: 'us-east-1',
        directory: import.meta.dirname,
        handler: 'index.handler',
        roleArn: ROLE_ARN,
        environment: { A: '1' },
        timeoutSeconds: 15,
        memoryMb: 512,
      },
    ]);
    expect(deployment.permissions).toEqual([{ functionArn: FUNCTION_ARN, principal: 'apigateway.amazonaws.com' }]);
    expect(deployment.eventSources).toMatchObject([
      {
        functionArn: FUNCTION_ARN,
        batchSize: 100,
        windowSeconds: 0,
        filters: [{ eventName: ['INSERT'] }],
        reportsItemFailures: true,
        maxRetries: 10,
        bisectsOnError: true,
        startingPosition: 'TRIM_HORIZON',
      },
    ]);
    expect(deployment.schedules).toEqual([
      {
        arn: `arn:aws:scheduler:us-east-1:${ACCOUNT}:schedule/default/tick`,
        groupArn: `arn:aws:scheduler:us-east-1:${ACCOUNT}:schedule-group/default`,
        rateMs: 120_000,
        targetArn: FUNCTION_ARN,
        roleArn: ROLE_ARN,
        input: '{"a":1}',
      },
    ]);
  });

  it.each([
    [
      'an asset that the assembly does not hold',
      { Code: { S3Key: 'other.zip' } },
      'the assembly holds no asset `other.zip`',
    ],
    ['another runtime', { Runtime: 'python3.13' }, 'only Node.js functions run on a laptop'],
  ])('need %s', async (_name, changes, message) => {
    const changed = { ...lambda, Properties: { ...lambda.Properties, ...changes } };
    await expect(deploy(stack({ Function: changed, Role: role }))).rejects.toThrow(message);
  });
});

describe('REST APIs', () => {
  it('are put together from their parts', async () => {
    const api = { RestApiId: { Ref: 'Api' } };
    const uri = {
      'Fn::Sub': 'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${Function.Arn}/invocations',
    };
    const { deployment } = await deploy(
      stack({
        Method: resource('AWS::ApiGateway::Method', {
          ...api,
          ResourceId: { Ref: 'Resource' },
          HttpMethod: 'POST',
          AuthorizationType: 'NONE',
          Integration: { Type: 'AWS_PROXY', IntegrationHttpMethod: 'POST', Uri: uri },
          RequestModels: { 'application/json': { Ref: 'Model' } },
          RequestValidatorId: { Ref: 'Validator' },
        }),
        Resource: resource('AWS::ApiGateway::Resource', {
          ...api,
          ParentId: { 'Fn::GetAtt': ['Api', 'RootResourceId'] },
          PathPart: 'v1',
        }),
        Api: resource('AWS::ApiGateway::RestApi', { Name: 'writ' }),
        Model: resource('AWS::ApiGateway::Model', { ...api, Name: 'M', Schema: { type: 'object' } }),
        Validator: resource('AWS::ApiGateway::RequestValidator', { ...api, ValidateRequestBody: true }),
        Missing: resource('AWS::ApiGateway::GatewayResponse', {
          ...api,
          ResponseType: 'MISSING_AUTHENTICATION_TOKEN',
          StatusCode: '404',
          ResponseParameters: { 'gatewayresponse.header.Cache-Control': "'no-store'" },
          ResponseTemplates: { 'application/json': '{}' },
        }),
        Deployment: resource('AWS::ApiGateway::Deployment', api),
        Stage: resource('AWS::ApiGateway::Stage', { ...api, StageName: 'live', DeploymentId: { Ref: 'Deployment' } }),
        Function: lambda,
        Role: role,
      }),
    );
    const [built] = deployment.apis.values();
    const [resourceId, parent] = [...(built?.resources ?? [])][0] ?? [];
    expect(parent).toEqual({ parentId: `${built?.id ?? ''}-root`, pathPart: 'v1' });
    expect(built?.methods).toMatchObject([
      {
        resourceId,
        httpMethod: 'POST',
        functionArn: FUNCTION_ARN,
        timeoutMs: 29_000,
        models: { 'application/json': 'M' },
      },
    ]);
    expect(built?.validators.get(built.methods[0]?.validatorId ?? '')).toEqual({ body: true, parameters: false });
    expect(built?.responses.get('MISSING_AUTHENTICATION_TOKEN')).toEqual({
      statusCode: 404,
      headers: { 'Cache-Control': 'no-store' },
      templates: { 'application/json': '{}' },
    });
    expect(built?.stages).toEqual(['live']);
  });
});
