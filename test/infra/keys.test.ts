import { createHash } from 'node:crypto';
import type { SignCommandInput } from '@aws-sdk/client-kms';
import { EncryptCommand, KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { Match } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KmsKey } from '../../local/aws/kms/keys.ts';
import { STACK_NAMES } from '../../infra/names.ts';
import type { Harness } from '../local/aws/harness.ts';
import { BROKER, failure, functionCredentials, startLocalAws } from '../local/aws/harness.ts';
import { deployKeys } from './deployed.ts';
import { resourcesOf, synthesized } from './synthesized.ts';

const template = synthesized().stack(STACK_NAMES.keys);
const EVERYTHING = { Effect: 'Allow', Action: 'kms:*', Resource: '*' };

let aws: Harness;
let keys: Readonly<Record<string, KmsKey>>;
beforeAll(async () => {
  aws = await startLocalAws();
  keys = await deployKeys(aws, template, BROKER);
});
afterAll(() => aws.stop());

/** A role of this name, of the broker's path, whose own policy allows everything. */
const asRole = async (name: string): Promise<KMSClient> =>
  new KMSClient(aws.client(await functionCredentials(aws, name, EVERYTHING)));

const keyId = (name: string): string => keys[name]?.keyId ?? '';
const DIGEST = createHash('sha256').update('header.payload').digest();
const ES256 = { Message: DIGEST, MessageType: 'DIGEST', SigningAlgorithm: 'ECDSA_SHA_256' } as const;
const ED25519 = { Message: DIGEST, MessageType: 'RAW', SigningAlgorithm: 'ED25519_SHA_512' } as const;

describe('signing keys', () => {
  it.each<[key: string, role: string, input: Omit<SignCommandInput, 'KeyId'>]>([
    ['delegation', 'writ-token', ES256],
    ['policy', 'writ-publish', ES256],
    ['checkpoints', 'writ-log', ED25519],
  ])('%s: signs for %s', async (key, role, input) => {
    const { Signature } = await (await asRole(role)).send(new SignCommand({ KeyId: keyId(key), ...input }));
    expect(Signature?.length).toBeGreaterThan(0);
  });

  it.each<[why: string, key: string, role: string, input: Omit<SignCommandInput, 'KeyId'>]>([
    ['for another key’s role', 'delegation', 'writ-publish', ES256],
    ['for an administrator', 'delegation', 'administrator', ES256],
    ['for the function that lends', 'policy', 'writ-aws-session', ES256],
    ['an unhashed message', 'delegation', 'writ-token', { ...ES256, MessageType: 'RAW' }],
    ['for another key’s role, Ed25519', 'checkpoints', 'writ-token', ED25519],
  ])('do not sign %s', async (_why, key, role, input) => {
    const signing = (await asRole(role)).send(new SignCommand({ KeyId: keyId(key), ...input }));
    expect((await failure(signing)).name).toBe('AccessDeniedException');
  });

  it.each([
    ['delegation tokens', 'token', 'ECC_NIST_P256', 'ECDSA_SHA_256', 'DIGEST'],
    ['policy bundles', 'publish', 'ECC_NIST_P256', 'ECDSA_SHA_256', 'DIGEST'],
    ['checkpoints', 'log', 'ECC_NIST_EDWARDS25519', 'ED25519_SHA_512', 'RAW'],
  ])(
    '%s: pinned twice to one role and algorithm, closed to grants',
    (description, role, spec, algorithm, messageType) => {
      const signer = { 'aws:PrincipalArn': `arn:aws:iam::${BROKER}:role/writ/broker/writ-${role}` };
      const pinned = { 'kms:SigningAlgorithm': algorithm, 'kms:MessageType': messageType };
      const deny = (action: string, condition?: object) =>
        Match.objectLike({
          Effect: 'Deny',
          Principal: { AWS: '*' },
          Action: action,
          Condition: condition ?? Match.absent(),
        });
      template.hasResource('AWS::KMS::Key', {
        DeletionPolicy: 'Retain',
        Properties: {
          Description: Match.stringLikeRegexp(description),
          KeySpec: spec,
          KeyUsage: 'SIGN_VERIFY',
          ...(role === 'log' && { MultiRegion: true }),
          KeyPolicy: {
            Statement: Match.arrayWith([
              Match.objectLike({
                Effect: 'Allow',
                Action: 'kms:Sign',
                Condition: { ArnEquals: signer, StringEquals: pinned },
              }),
              deny('kms:Sign', { ArnNotEquals: signer }),
              deny('kms:Sign', { StringNotEquals: { 'kms:SigningAlgorithm': algorithm } }),
              deny('kms:Sign', { StringNotEquals: { 'kms:MessageType': messageType } }),
              deny('kms:CreateGrant'),
            ]),
          },
        },
      });
    },
  );
});

describe('the data key', () => {
  it('does nothing for whoever asks it directly, whatever their role allows', async () => {
    const kms = await asRole('administrator');
    const direct = { KeyId: keyId('tables') };
    const encrypting = kms.send(new EncryptCommand({ ...direct, Plaintext: Buffer.from('x') }));
    expect((await failure(encrypting)).name).toBe('AccessDeniedException');
  });

  it('rotates, is multi-Region, and stays when its stack goes', () => {
    template.hasResource('AWS::KMS::Key', {
      DeletionPolicy: 'Retain',
      Properties: { EnableKeyRotation: true, MultiRegion: true, KeySpec: Match.absent() },
    });
  });

  it('is given by grants to AWS services alone', () => {
    template.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Deny',
            Action: 'kms:CreateGrant',
            Principal: { AWS: '*' },
            Condition: { BoolIfExists: { 'kms:GrantIsForAWSResource': 'false' } },
          }),
        ]),
      },
    });
  });
});

it('lets the account administer every key, and use none by that', () => {
  interface Statement {
    readonly Sid: string;
    readonly Action: readonly string[];
  }
  const administering = Object.values(resourcesOf(template, 'AWS::KMS::Key')).map(
    ({ Properties }) =>
      (Properties['KeyPolicy'] as { Statement: readonly Statement[] }).Statement.find(
        ({ Sid }) => Sid === 'AccountAdministersButDoesNotUse',
      )?.Action ?? [],
  );
  expect(administering).toHaveLength(4);
  const using = /^kms:(\*|Sign|Encrypt|Decrypt|ReEncrypt|Generate|Derive|CreateGrant)/;
  for (const actions of administering) {
    expect(actions).toContain('kms:PutKeyPolicy');
    expect(actions.filter((action) => using.test(action) || action.includes('*'))).toEqual([]);
  }
});
