import { createHash, createPublicKey } from 'node:crypto';
import type { SignCommandInput } from '@aws-sdk/client-kms';
import { EncryptCommand, GetPublicKeyCommand, KMSClient, SignCommand } from '@aws-sdk/client-kms';
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
    ['token-signing/a-1', 'writ-token', ES256],
    ['token-signing/b-1', 'writ-token', ES256],
    ['snapshot-signing/a', 'writ-snapshot', ES256],
    ['bundle-signing', 'writ-publish', ES256],
    ['log-signing', 'writ-log', ED25519],
  ])('%s: signs for %s', async (key, role, input) => {
    const { Signature } = await (await asRole(role)).send(new SignCommand({ KeyId: keyId(key), ...input }));
    expect(Signature?.length).toBeGreaterThan(0);
  });

  it.each<[why: string, key: string, role: string, input: Omit<SignCommandInput, 'KeyId'>]>([
    ['for another key’s role', 'token-signing/a-1', 'writ-publish', ES256],
    ['tokens for the builder of snapshots', 'token-signing/a-1', 'writ-snapshot', ES256],
    ['snapshots for the authorization server', 'snapshot-signing/a', 'writ-token', ES256],
    ['for who says which keys sign', 'token-signing/b-1', 'writ-keys', ES256],
    ['for who verifies', 'token-signing/b-1', 'writ-resources', ES256],
    ['for who shows the public keys', 'token-signing/a-1', 'writ-public', ES256],
    ['for an administrator', 'token-signing/a-1', 'administrator', ES256],
    ['for the function that lends', 'bundle-signing', 'writ-aws-session', ES256],
    ['an unhashed message', 'token-signing/a-1', 'writ-token', { ...ES256, MessageType: 'RAW' }],
    ['an unhashed list', 'snapshot-signing/a', 'writ-snapshot', { ...ES256, MessageType: 'RAW' }],
    ['for another key’s role, Ed25519', 'log-signing', 'writ-token', ED25519],
  ])('do not sign %s', async (_why, key, role, input) => {
    const signing = (await asRole(role)).send(new SignCommand({ KeyId: keyId(key), ...input }));
    expect((await failure(signing)).name).toBe('AccessDeniedException');
  });

  it('show their public half to who may ask for it', async () => {
    const kms = await asRole('writ-public');
    const { PublicKey = [] } = await kms.send(new GetPublicKeyCommand({ KeyId: keyId('token-signing/b-1') }));
    expect(createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' }).asymmetricKeyType).toBe('ec');
  });

  it.each([
    ['delegation tokens, generation a', 'token', 'ECC_NIST_P256', 'ECDSA_SHA_256', 'DIGEST'],
    ['delegation tokens, generation b', 'token', 'ECC_NIST_P256', 'ECDSA_SHA_256', 'DIGEST'],
    ['revocation snapshots', 'snapshot', 'ECC_NIST_P256', 'ECDSA_SHA_256', 'DIGEST'],
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

describe('generations and shards', () => {
  const aliases = (context: object): Record<string, string> =>
    Object.fromEntries(
      Object.values(resourcesOf(synthesized({ ...context }).stack(STACK_NAMES.keys), 'AWS::KMS::Alias')).map(
        ({ Properties }) => [
          String(Properties['AliasName']),
          (Properties['TargetKeyId'] as { readonly 'Fn::GetAtt': readonly string[] })['Fn::GetAtt'][0] ?? '',
        ],
      ),
    );

  it('the first key is the one that there was before there were generations', () => {
    expect(aliases({})['alias/writ/token-signing/a-1']).toBe('TokenSigningKey2220C33E');
  });

  it('more of them leave those that there are as they are', () => {
    const before = aliases({});
    const after = aliases({ tokenKeys: '["c","b","a"]', tokenSigningShards: '3', snapshotKeys: ['b', 'a'] });
    expect(after).toMatchObject(before);
    const names = ['a-1', 'a-2', 'a-3', 'b-1', 'b-2', 'b-3', 'c-1', 'c-2', 'c-3'].map(
      (name) => `token-signing/${name}`,
    );
    expect(Object.keys(after).sort()).toEqual(
      ['bundle-signing', 'data', 'log-signing', 'snapshot-signing/a', 'snapshot-signing/b', ...names].map(
        (name) => `alias/writ/${name}`,
      ),
    );
  });
});

describe('the data key', () => {
  it('does nothing for whoever asks it directly, whatever their role allows', async () => {
    const kms = await asRole('administrator');
    const direct = { KeyId: keyId('data') };
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
  expect(administering).toHaveLength(6);
  const using = /^kms:(\*|Sign|Encrypt|Decrypt|ReEncrypt|Generate|Derive|CreateGrant)/;
  for (const actions of administering) {
    expect(actions).toContain('kms:PutKeyPolicy');
    expect(actions.filter((action) => using.test(action) || action.includes('*'))).toEqual([]);
  }
});
