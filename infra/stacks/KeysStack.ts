import type { StackProps } from 'aws-cdk-lib';
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyDocument } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { administration, delegation, denial, serviceUse } from '../constructs/keyPolicy.ts';
import { SigningKey } from '../constructs/SigningKey.ts';
import { brokerRoleArn, EVENT_BUS_NAME } from '../names.ts';

export interface KeysStackProps extends StackProps {
  readonly env: { readonly account: string; readonly region: string };
}

/**
 * One key a purpose. The signing keys' roles come with the functions that use them; until then nobody can sign.
 * Keys outlive their stack: what they signed must stay verifiable, what they encrypted readable.
 */
export class KeysStack extends Stack {
  /** Encrypts tables, queues, topics and logs. */
  readonly dataKey: Key;

  constructor(scope: Construct, id: string, props: KeysStackProps) {
    super(scope, id, props);
    const { account } = props.env;
    this.dataKey = new Key(this, 'DataKey', {
      alias: 'writ/data',
      description: 'Writ: tables, queues, alarms and logs at rest',
      enableKeyRotation: true,
      multiRegion: true,
      removalPolicy: RemovalPolicy.RETAIN,
      policy: dataKeyPolicy(props.env),
    });
    new SigningKey(this, 'TokenSigningKey', {
      alias: 'writ/token-signing',
      description: 'Writ: delegation tokens (ES256)',
      algorithm: 'ES256',
      signerRoleArn: brokerRoleArn(account, 'token'),
    });
    new SigningKey(this, 'BundleSigningKey', {
      alias: 'writ/bundle-signing',
      description: 'Writ: policy bundles and revocation snapshots (ES256)',
      algorithm: 'ES256',
      signerRoleArn: brokerRoleArn(account, 'publish'),
    });
    new SigningKey(this, 'LogSigningKey', {
      alias: 'writ/log-signing',
      description: 'Writ: checkpoints of the audit log (Ed25519)',
      algorithm: 'Ed25519',
      signerRoleArn: brokerRoleArn(account, 'log'),
      multiRegion: true,
    });
  }
}

/**
 * Data is reached through the service that keeps it, or not at all: nobody decrypts with this key directly. DynamoDB
 * works with a grant that it makes for itself when a table is created.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
 */
function dataKeyPolicy({ account, region }: KeysStackProps['env']): PolicyDocument {
  const use = [
    'kms:Encrypt',
    'kms:Decrypt',
    'kms:ReEncryptFrom',
    'kms:ReEncryptTo',
    'kms:GenerateDataKey',
    'kms:GenerateDataKeyWithoutPlaintext',
    'kms:DescribeKey',
  ];
  const through = ['dynamodb', 'sqs', 'sns', 'secretsmanager'].map((service) => `${service}.${region}.amazonaws.com`);
  return new PolicyDocument({
    statements: [
      administration(),
      delegation('ThroughStorageServices', use, { StringEquals: { 'kms:ViaService': through } }),
      delegation('GrantsForTables', ['kms:CreateGrant'], {
        StringEquals: { 'kms:ViaService': `dynamodb.${region}.amazonaws.com` },
        Bool: { 'kms:GrantIsForAWSResource': 'true' },
      }),
      serviceUse('LogsOfThisAccount', `logs.${region}.amazonaws.com`, use, {
        ArnLike: { 'kms:EncryptionContext:aws:logs:arn': `arn:aws:logs:${region}:${account}:log-group:*` },
      }),
      serviceUse('AlarmsOfThisAccount', 'cloudwatch.amazonaws.com', ['kms:Decrypt', 'kms:GenerateDataKey'], {
        StringEquals: { 'aws:SourceAccount': account },
        ArnLike: { 'aws:SourceArn': `arn:aws:cloudwatch:${region}:${account}:alarm:*` },
      }),
      // EventBridge puts events into an encrypted queue in its own name.
      serviceUse('EventsOfThisAccount', 'events.amazonaws.com', ['kms:Decrypt', 'kms:GenerateDataKey'], {
        StringEquals: { 'aws:SourceAccount': account },
        ArnLike: { 'aws:SourceArn': `arn:aws:events:${region}:${account}:rule/${EVENT_BUS_NAME}/*` },
      }),
      denial('NoGrantsButForServices', ['kms:CreateGrant'], {
        BoolIfExists: { 'kms:GrantIsForAWSResource': 'false' },
      }),
    ],
  });
}
