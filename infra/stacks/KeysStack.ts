import type { StackProps } from 'aws-cdk-lib';
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyDocument } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { administration, delegation, denial, serviceUse } from '../constructs/keyPolicy.ts';
import { SigningKey } from '../constructs/SigningKey.ts';
import { brokerRoleArn, EVENT_BUS_NAME } from '../names.ts';

/** How many keys sign. Generations follow each other; shards of one share the work. */
export interface SigningGenerations {
  /** Names of the generations that sign delegation tokens; the first one signs until an admin rotates. */
  readonly tokenKeys: readonly string[];
  /** Keys in each of them, 1 to 8. */
  readonly tokenSigningShards: number;
  /** Names of the keys that sign revocation snapshots; the first one signs, the others are published. */
  readonly snapshotKeys: readonly string[];
}

/** The keys that functions sign with. */
export interface SigningKeys {
  readonly token: readonly { readonly name: string; readonly keys: readonly IKey[] }[];
  readonly snapshot: readonly IKey[];
}

export interface KeysStackProps extends StackProps {
  readonly env: { readonly account: string; readonly region: string };
  readonly generations: SigningGenerations;
}

/**
 * One key a purpose. The roles of bundles and of the log come with the functions that use them; until then nobody can
 * sign with those keys. Keys outlive their stack: what they signed must stay verifiable, what they encrypted readable.
 */
export class KeysStack extends Stack {
  /** Encrypts tables, queues, topics and logs. */
  readonly dataKey: Key;
  readonly signingKeys: SigningKeys;

  constructor(scope: Construct, id: string, { generations, ...props }: KeysStackProps) {
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
    this.signingKeys = {
      token: generations.tokenKeys.map((name) => ({
        name,
        keys: Array.from({ length: generations.tokenSigningShards }, (_, shard) =>
          this.tokenKey(account, name, shard + 1),
        ),
      })),
      snapshot: generations.snapshotKeys.map((name) => this.snapshotKey(account, name)),
    };
    new SigningKey(this, 'BundleSigningKey', {
      alias: 'writ/bundle-signing',
      description: 'Writ: policy bundles (ES256)',
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

  /** The first key there ever was has no name in its id: with one, deployments from before would get another key. */
  private tokenKey(account: string, generation: string, shard: number): IKey {
    const name = `${generation}-${shard}`;
    return new SigningKey(this, name === 'a-1' ? 'TokenSigningKey' : `TokenSigningKey-${name}`, {
      alias: `writ/token-signing/${name}`,
      description: `Writ: delegation tokens, generation ${generation}, shard ${shard} (ES256)`,
      algorithm: 'ES256',
      signerRoleArn: brokerRoleArn(account, 'token'),
    }).key;
  }

  private snapshotKey(account: string, name: string): IKey {
    return new SigningKey(this, `SnapshotSigningKey-${name}`, {
      alias: `writ/snapshot-signing/${name}`,
      description: `Writ: revocation snapshots, ${name} (ES256)`,
      algorithm: 'ES256',
      signerRoleArn: brokerRoleArn(account, 'snapshot'),
    }).key;
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
