import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { STACK_NAMES } from '../../infra/names.ts';
import { resourcesOf, synthesized } from './synthesized.ts';

const template = synthesized().stack(STACK_NAMES.broker);
const dataKey = { 'Fn::ImportValue': Match.stringLikeRegexp('^WritKeys:.*DataKey') };

describe('messages', () => {
  it('come by one rule from the bus into an encrypted queue that takes them from that rule alone', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      Name: 'writ-messages',
      EventPattern: { source: ['writ'] },
      Targets: [Match.objectLike({ DeadLetterConfig: Match.anyValue() })],
    });
    template.hasResourceProperties('AWS::SQS::Queue', {
      QueueName: 'writ-messages',
      KmsMasterKeyId: dataKey,
      RedrivePolicy: { maxReceiveCount: 8 },
    });
    template.hasResourceProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Principal: { Service: 'events.amazonaws.com' },
            Condition: {
              ArnEquals: { 'aws:SourceArn': ['arn:aws:events:us-east-1:999988887777:rule/writ/writ-messages'] },
            },
          }),
        ]),
      },
    });
  });

  it('are of what the herald alone may publish, whatever else is allowed in the account', () => {
    template.hasResourceProperties('AWS::Events::EventBusPolicy', {
      EventBusName: Match.anyValue(),
      Statement: {
        Effect: 'Deny',
        Principal: '*',
        Action: 'events:PutEvents',
        Resource: { 'Fn::GetAtt': [Match.stringLikeRegexp('^EventsBus'), 'Arn'] },
        Condition: {
          StringNotEquals: { 'aws:PrincipalArn': 'arn:aws:iam::999988887777:role/writ/broker/writ-herald' },
        },
      },
    });
    template.resourceCountIs('AWS::Events::EventBus', 1);
  });

  it('wait a few seconds for each other', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      MaximumBatchingWindowInSeconds: 5,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
  });

  it('reach each person by a subscription of their own', () => {
    const subscriptions = Object.values(resourcesOf(template, 'AWS::SNS::Subscription'));
    const recipients = subscriptions.map(
      ({ Properties }) => (Properties['FilterPolicy'] as { recipient: string[] }).recipient,
    );
    expect(recipients).toContainEqual(['admin:local-admin:bob']);
    expect(recipients.every((one) => one.length === 1)).toBe(true);
  });
});

describe('secrets', () => {
  it('are encrypted, made with a random key, and rotated where Writ makes the key', () => {
    template.allResourcesProperties('AWS::SecretsManager::Secret', { KmsKeyId: dataKey });
    const names = Object.values(resourcesOf(template, 'AWS::SecretsManager::Secret')).map(
      ({ Properties }) => Properties['Name'],
    );
    expect(names.sort()).toEqual([
      'writ/channel/ops-chat',
      'writ/channel/siem',
      'writ/chat-signing',
      'writ/dpop-nonce',
      'writ/tickets',
    ]);
    const rotated = Object.values(resourcesOf(template, 'AWS::SecretsManager::RotationSchedule')).map(
      ({ Properties }) => (Properties['SecretId'] as { readonly Ref: string }).Ref.replace(/[0-9A-F]{8}$/, ''),
    );
    expect(rotated.sort()).toEqual(['Secretswritchannelsiem', 'Secretswritdpopnonce', 'Secretswrittickets']);
    template.hasResourceProperties('AWS::Lambda::Permission', {
      Principal: 'secretsmanager.amazonaws.com',
      SourceAccount: '999988887777',
    });
  });
});
