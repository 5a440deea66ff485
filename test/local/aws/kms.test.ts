import { createHash, createPublicKey, verify as nodeVerify } from 'node:crypto';
import {
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GetPublicKeyCommand,
  KMSClient,
  SignCommand,
  VerifyCommand,
} from '@aws-sdk/client-kms';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { KmsKey } from '../../../local/aws/kms/keys.ts';
import { BROKER, SHOP, failure, functionCredentials, policy, startLocalAws } from './harness.ts';
import type { Harness } from './harness.ts';

const ROLE = `arn:aws:iam::${BROKER}:role/writ/broker/token`;
const TO_ACCOUNT = {
  Effect: 'Allow',
  Principal: { AWS: `arn:aws:iam::${BROKER}:root` },
  Action: 'kms:*',
  Resource: '*',
};

let harness: Harness;
beforeEach(async () => {
  harness = await startLocalAws();
});
afterEach(() => harness.stop());

const key = (name: string, spec: KmsKey['spec'], ...statements: object[]): Promise<KmsKey> =>
  harness.aws.bootstrap.createKey({
    accountId: BROKER,
    region: 'us-east-1',
    name,
    spec,
    ...(statements.length === 0 ? {} : { policy: policy(...statements) }),
  });

async function client(...statements: object[]): Promise<KMSClient> {
  return new KMSClient(harness.client(await functionCredentials(harness, 'token', ...statements)));
}

const ALL = { Effect: 'Allow', Action: 'kms:*', Resource: '*' };

test('an ES256 signature is DER, from a message or its digest, and verifies outside of KMS', async () => {
  const { keyId } = await key('tokens', 'ECC_NIST_P256');
  const kms = await client(ALL);
  const message = Buffer.from('header.payload');
  const digest = createHash('sha256').update(message).digest();
  const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId: keyId }));
  const publicKey = createPublicKey({ key: Buffer.from(PublicKey ?? []), format: 'der', type: 'spki' });

  for (const input of [
    { Message: message, MessageType: 'RAW' },
    { Message: digest, MessageType: 'DIGEST' },
  ] as const) {
    const signing = { KeyId: keyId, SigningAlgorithm: 'ECDSA_SHA_256', ...input } as const;
    const { Signature = new Uint8Array() } = await kms.send(new SignCommand(signing));
    expect(nodeVerify('sha256', message, publicKey, Signature)).toBe(true);
    expect((await kms.send(new VerifyCommand({ ...signing, Signature }))).SignatureValid).toBe(true);
    const other = { ...signing, Signature, Message: Buffer.alloc(32, 1) };
    expect((await failure(kms.send(new VerifyCommand(other)))).name).toBe('KMSInvalidSignatureException');
    const notDer = { ...signing, Signature: Buffer.alloc(64, 1) };
    expect((await failure(kms.send(new VerifyCommand(notDer)))).name).toBe('KMSInvalidSignatureException');
  }
});

test('an Ed25519 signature verifies outside of KMS', async () => {
  const { keyId } = await key('log', 'ECC_NIST_EDWARDS25519');
  const kms = await client(ALL);
  const signing = { KeyId: keyId, SigningAlgorithm: 'ED25519_SHA_512', Message: Buffer.from('checkpoint') } as const;
  const { Signature = new Uint8Array() } = await kms.send(new SignCommand(signing));
  const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId: keyId }));
  const publicKey = createPublicKey({ key: Buffer.from(PublicKey ?? []), format: 'der', type: 'spki' });
  expect(nodeVerify(null, signing.Message, publicKey, Signature)).toBe(true);
  expect((await kms.send(new VerifyCommand({ ...signing, Signature }))).SignatureValid).toBe(true);
});

const REFUSED: readonly [string, KmsKey['spec'], object, string][] = [
  ['4,097 bytes', 'ECC_NIST_P256', { Message: Buffer.alloc(4_097) }, 'ValidationException'],
  ['no message', 'ECC_NIST_P256', { Message: Buffer.alloc(0) }, 'ValidationException'],
  [
    'a digest of 31 bytes',
    'ECC_NIST_P256',
    { Message: Buffer.alloc(31), MessageType: 'DIGEST' },
    'ValidationException',
  ],
  ['an algorithm of another key', 'ECC_NIST_P256', { SigningAlgorithm: 'ED25519_SHA_512' }, 'InvalidKeyUsageException'],
  ['an algorithm it does not have', 'ECC_NIST_P256', { SigningAlgorithm: 'RSASSA_PSS_SHA_256' }, 'ValidationException'],
  [
    'a digest for Ed25519',
    'ECC_NIST_EDWARDS25519',
    { SigningAlgorithm: 'ED25519_SHA_512', MessageType: 'DIGEST' },
    'ValidationException',
  ],
  ['a symmetric key', 'SYMMETRIC_DEFAULT', {}, 'InvalidKeyUsageException'],
  ['a key that is not there', 'ECC_NIST_P256', { KeyId: '00000000-0000-0000-0000-000000000000' }, 'NotFoundException'],
];

test.each(REFUSED)('Sign refuses %s', async (_what, spec, change, code) => {
  const { keyId } = await key('k', spec);
  const kms = await client(ALL);
  const input = { KeyId: keyId, SigningAlgorithm: 'ECDSA_SHA_256', Message: Buffer.from('m'), ...change } as const;
  expect((await failure(kms.send(new SignCommand(input)))).name).toBe(code);
});

test('ciphertext opens only under its key and its encryption context', async () => {
  const data = await key('data', 'SYMMETRIC_DEFAULT');
  const other = await key('other', 'SYMMETRIC_DEFAULT');
  const kms = await client(ALL);
  const EncryptionContext = { grant: 'grt_1', kind: 'refresh' };
  const sealing = { KeyId: data.keyId, Plaintext: Buffer.from('secret'), EncryptionContext };
  const { CiphertextBlob = new Uint8Array() } = await kms.send(new EncryptCommand(sealing));
  const open = (change: object) =>
    kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: { kind: 'refresh', grant: 'grt_1' }, ...change }));

  const { Plaintext, KeyId } = await open({});
  expect(Buffer.from(Plaintext ?? []).toString()).toBe('secret');
  expect(KeyId).toBe(data.arn);
  expect((await failure(open({ EncryptionContext: { grant: 'grt_2' } }))).name).toBe('InvalidCiphertextException');
  expect((await failure(open({ KeyId: other.keyId }))).name).toBe('IncorrectKeyException');
  const flipped = Buffer.from(CiphertextBlob);
  flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1;
  expect((await failure(open({ CiphertextBlob: flipped }))).name).toBe('InvalidCiphertextException');
  expect((await failure(open({ CiphertextBlob: Buffer.from('x') }))).name).toBe('InvalidCiphertextException');
});

test('a data key comes in plain and sealed', async () => {
  const { keyId } = await key('data', 'SYMMETRIC_DEFAULT');
  const kms = await client(ALL);
  const made = await kms.send(new GenerateDataKeyCommand({ KeyId: keyId, KeySpec: 'AES_256' }));
  expect(made.Plaintext).toHaveLength(32);
  const opened = await kms.send(new DecryptCommand({ CiphertextBlob: made.CiphertextBlob }));
  expect(opened.Plaintext).toEqual(made.Plaintext);
  expect((await failure(kms.send(new GenerateDataKeyCommand({ KeyId: keyId })))).name).toBe('ValidationException');
});

test('a key goes by id, ARN and alias, and keeps its material when made again', async () => {
  const made = await key('tokens', 'ECC_NIST_P256');
  await harness.aws.bootstrap.createAlias(made, 'alias/writ-tokens');
  const kms = await client(ALL);
  const aliasArn = `arn:aws:kms:us-east-1:${BROKER}:alias/writ-tokens`;
  for (const KeyId of [made.keyId, made.arn, 'alias/writ-tokens', aliasArn]) {
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId }));
    expect(KeyMetadata).toMatchObject({ Arn: made.arn, KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
  }
  const again = await key('tokens', 'ECC_NIST_P256', { ...TO_ACCOUNT, Action: 'kms:Sign' });
  expect([again.keyId, again.secret]).toEqual([made.keyId, made.secret]);
  expect(again.policy).not.toBe(made.policy);
});

const ONLY_ROLE = { Effect: 'Allow', Principal: { AWS: ROLE }, Action: 'kms:Sign', Resource: '*' };
const SIGN_OWN = { Effect: 'Allow', Action: 'kms:Sign', Resource: '*' };
const when = (statement: object, condition: object): object => ({ ...statement, Condition: condition });

/** What the key policy says, what the role's own policy says, and AWS's answer. */
const KEY_POLICIES: readonly [string, object[], object[], boolean][] = [
  ['the account is delegated to, and the role allowed', [TO_ACCOUNT], [SIGN_OWN], true],
  ['the account is delegated to, the role has nothing', [TO_ACCOUNT], [], false],
  ['the key policy names the role, which needs no more', [ONLY_ROLE], [], true],
  [
    'the key policy is about somebody else, whatever the role has',
    [{ ...ONLY_ROLE, Principal: { AWS: `arn:aws:iam::${SHOP}:root` } }],
    [SIGN_OWN],
    false,
  ],
  ['the key policy denies', [TO_ACCOUNT, { ...ONLY_ROLE, Effect: 'Deny' }], [SIGN_OWN], false],
  ['the role is denied by its own policy', [ONLY_ROLE], [{ ...SIGN_OWN, Effect: 'Deny' }], false],
  [
    'the algorithm is the one demanded',
    [when(ONLY_ROLE, { StringEquals: { 'kms:SigningAlgorithm': 'ECDSA_SHA_256' } })],
    [],
    true,
  ],
  [
    'the algorithm is not the one demanded',
    [when(ONLY_ROLE, { StringEquals: { 'kms:SigningAlgorithm': 'ECDSA_SHA_384' } })],
    [],
    false,
  ],
  [
    'the message type is not the one demanded',
    [when(ONLY_ROLE, { StringEquals: { 'kms:MessageType': 'DIGEST' } })],
    [],
    false,
  ],
  [
    'it should come through another service',
    [when(ONLY_ROLE, { StringEquals: { 'kms:ViaService': 'dynamodb.us-east-1.amazonaws.com' } })],
    [],
    false,
  ],
];

test.each(KEY_POLICIES)('Sign under a key policy: %s', async (_what, keyPolicy, rolePolicy, allowed) => {
  const kms = await client(...rolePolicy);
  const { keyId } = await key('tokens', 'ECC_NIST_P256', ...keyPolicy);
  const input = { KeyId: keyId, SigningAlgorithm: 'ECDSA_SHA_256', Message: Buffer.from('m') } as const;
  const outcome = await kms.send(new SignCommand(input)).then(
    () => 'allowed',
    (error: unknown) => (error as Error).name,
  );
  expect(outcome).toBe(allowed ? 'allowed' : 'AccessDeniedException');
});

test('a key of another account needs both: its key policy, and the caller’s own', async () => {
  const shop = await harness.aws.bootstrap.createKey({
    accountId: SHOP,
    region: 'us-east-1',
    name: 'theirs',
    spec: 'ECC_NIST_P256',
    policy: policy(ONLY_ROLE),
  });
  const input = { KeyId: shop.arn, SigningAlgorithm: 'ECDSA_SHA_256', Message: Buffer.from('m') } as const;
  expect((await failure((await client()).send(new SignCommand(input)))).name).toBe('AccessDeniedException');
  await expect((await client(SIGN_OWN)).send(new SignCommand(input))).resolves.toBeDefined();
});

test('a condition on one pair of the encryption context holds', async () => {
  const decrypt = when(
    { ...SIGN_OWN, Action: 'kms:Encrypt' },
    { StringEquals: { 'kms:EncryptionContext:grant': 'grt_1' } },
  );
  const kms = await client(decrypt);
  const { keyId } = await key('data', 'SYMMETRIC_DEFAULT', TO_ACCOUNT);
  const seal = (EncryptionContext: Record<string, string>) =>
    kms.send(new EncryptCommand({ KeyId: keyId, Plaintext: Buffer.from('x'), EncryptionContext }));
  await expect(seal({ grant: 'grt_1' })).resolves.toBeDefined();
  expect((await failure(seal({ grant: 'grt_2' }))).name).toBe('AccessDeniedException');
  expect((await failure(seal({}))).name).toBe('AccessDeniedException');
});
