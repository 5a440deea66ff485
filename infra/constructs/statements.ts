import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { SIGNING_PINS } from './signingPins.ts';

/** Where a function runs, and what its data is encrypted with. */
export interface Place {
  readonly account: string;
  readonly region: string;
  readonly dataKey: IKey;
}

/** Exact actions on exact resources: the only form in which a role of Writ's is given anything. */
export const allow = (sid: string, actions: string[], ...resources: string[]): PolicyStatement =>
  new PolicyStatement({ sid, actions, resources });

/**
 * The same, but only for items whose partition key is like one of `keys`; a call that names no key is not meant. Of an
 * action that a transaction has several items for, one statement lists the keys of all: should they be looked at
 * together, no statement with some of them would do.
 */
export const allowItems = (sid: string, actions: string[], resource: string, ...keys: string[]): PolicyStatement =>
  new PolicyStatement({
    sid,
    actions,
    resources: [resource],
    conditions: {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': keys },
      Null: { 'dynamodb:LeadingKeys': 'false' },
    },
  });

/** Signing by these keys, by their one algorithm; each key's own policy says so too. */
export const signWith = (sid: string, algorithm: keyof typeof SIGNING_PINS, keys: readonly IKey[]): PolicyStatement =>
  new PolicyStatement({
    sid,
    actions: ['kms:Sign'],
    resources: keys.map(({ keyArn }) => keyArn),
    conditions: { StringEquals: SIGNING_PINS[algorithm] },
  });

/** The public halves of these keys. */
export const publicHalves = (sid: string, keys: readonly IKey[]): PolicyStatement =>
  allow(sid, ['kms:GetPublicKey'], ...keys.map(({ keyArn }) => keyArn));

export const tableArn = ({ account, region }: Place, name: string): string =>
  `arn:aws:dynamodb:${region}:${account}:table/${name}`;

export const indexArn = (place: Place, table: string, index: string): string =>
  `${tableArn(place, table)}/index/${index}`;

export const queueArn = ({ account, region }: Place, name: string): string =>
  `arn:aws:sqs:${region}:${account}:${name}`;

/** Secrets Manager appends six characters of its own to a name: that many, and no more. */
export const secretArn = ({ account, region }: Place, name: string): string =>
  `arn:aws:secretsmanager:${region}:${account}:secret:${name}-??????`;

/**
 * What a caller needs of the key behind a table or queue. The service uses it in the caller's name, so the caller must
 * be allowed, but only through that service.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
 */
const KEY_USES = {
  readTables: ['dynamodb', ['kms:Decrypt', 'kms:DescribeKey']],
  writeTables: [
    'dynamodb',
    [
      'kms:Decrypt',
      'kms:DescribeKey',
      'kms:Encrypt',
      'kms:GenerateDataKey',
      'kms:GenerateDataKeyWithoutPlaintext',
      'kms:ReEncryptFrom',
      'kms:ReEncryptTo',
    ],
  ],
  receive: ['sqs', ['kms:Decrypt']],
  readSecrets: ['secretsmanager', ['kms:Decrypt']],
  writeSecrets: ['secretsmanager', ['kms:Decrypt', 'kms:GenerateDataKey']],
  publish: ['sns', ['kms:Decrypt', 'kms:GenerateDataKey']],
  send: ['sqs', ['kms:Decrypt', 'kms:GenerateDataKey']],
} as const;

export function useDataKey({ region, dataKey }: Place, use: keyof typeof KEY_USES): PolicyStatement {
  const [service, actions] = KEY_USES[use];
  return new PolicyStatement({
    sid: `DataKeyTo${use.charAt(0).toUpperCase()}${use.slice(1)}`,
    actions: [...actions],
    resources: [dataKey.keyArn],
    conditions: { StringEquals: { 'kms:ViaService': `${service}.${region}.amazonaws.com` } },
  });
}
