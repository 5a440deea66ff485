/**
 * The local AWS Key Management Service.
 *
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/
 */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { operationsWith } from '../operation.ts';
import { AwsError } from '../service.ts';
import type { Access, Call, Service } from '../service.ts';
import type { KeyStore, KmsKey } from './keys.ts';
import { SIGNING_ALGORITHMS, decrypt, encrypt, keyArnOf, publicKeyOf, sign, verify } from './material.ts';
import type { EncryptionContext, SigningAlgorithm } from './material.ts';

const operation = operationsWith('ValidationException');

const KEY_ID = z.string().min(1).max(2_048);
const CONTEXT = z.record(z.string(), z.string()).default({});
const SIGNING_ALGORITHM = z.enum(['ECDSA_SHA_256', 'ED25519_SHA_512']);
const SYMMETRIC = z.literal('SYMMETRIC_DEFAULT').default('SYMMETRIC_DEFAULT');
const MESSAGE = { Message: blob(4_096), MessageType: z.enum(['RAW', 'DIGEST']).default('RAW') };

const DESCRIBE = z.strictObject({ KeyId: KEY_ID });
const SIGN = z.strictObject({ KeyId: KEY_ID, SigningAlgorithm: SIGNING_ALGORITHM, ...MESSAGE });
const VERIFY = SIGN.extend({ Signature: blob(6_144) });
const ENCRYPT = z.strictObject({
  KeyId: KEY_ID,
  Plaintext: blob(4_096),
  EncryptionContext: CONTEXT,
  EncryptionAlgorithm: SYMMETRIC,
});
const DECRYPT = z.strictObject({
  KeyId: KEY_ID.optional(),
  CiphertextBlob: blob(6_144),
  EncryptionContext: CONTEXT,
  EncryptionAlgorithm: SYMMETRIC,
});
const DATA_KEY = z.strictObject({
  KeyId: KEY_ID,
  EncryptionContext: CONTEXT,
  KeySpec: z.enum(['AES_256', 'AES_128']).optional(),
  NumberOfBytes: z.int().min(1).max(1_024).optional(),
});

export function createKms(keys: KeyStore): Service {
  const find = (reference: string, call: Call): KmsKey => {
    const key = keys.find(reference, call.caller.accountId);
    if (key === undefined) throw new AwsError('NotFoundException', `Key '${reference}' does not exist`);
    return key;
  };
  /** Access to the key that `reference` names, under its key policy. */
  const accessTo = (action: string, reference: string, call: Call, context: Access['context'] = {}): Access[] => {
    const key = find(reference, call);
    const alias = reference.startsWith('alias/') ? reference : undefined;
    return [
      {
        action,
        resource: key.arn,
        resourcePolicy: key.policy,
        context: {
          'kms:CallerAccount': call.caller.accountId,
          'kms:KeySpec': key.spec,
          'kms:KeyUsage': usageOf(key),
          'kms:ResourceAliases': keys.aliasesOf(key),
          ...(alias === undefined ? {} : { 'kms:RequestAlias': alias }),
          ...context,
        },
      },
    ];
  };

  return {
    signingName: 'kms',
    protocol: 'json-1.1',
    namespace: 'TrentService',
    operations: {
      DescribeKey: operation(DESCRIBE, {
        access: ({ KeyId }, call) => accessTo('kms:DescribeKey', KeyId, call),
        handle: ({ KeyId }, call) => ({ KeyMetadata: describe(find(KeyId, call)) }),
      }),
      GetPublicKey: operation(DESCRIBE, {
        access: ({ KeyId }, call) => accessTo('kms:GetPublicKey', KeyId, call),
        handle({ KeyId }, call) {
          const key = find(KeyId, call);
          if (key.spec === 'SYMMETRIC_DEFAULT') throw new AwsError('UnsupportedOperationException', '');
          return {
            KeyId: key.arn,
            KeySpec: key.spec,
            KeyUsage: 'SIGN_VERIFY',
            SigningAlgorithms: SIGNING_ALGORITHMS[key.spec],
            PublicKey: base64(publicKeyOf(key)),
          };
        },
      }),

      Sign: operation(SIGN, {
        access: (input, call) => accessTo('kms:Sign', input.KeyId, call, signingContext(input)),
        handle(input, call) {
          const key = signingKey(find(input.KeyId, call), input.SigningAlgorithm);
          const signature = sign(key, input.SigningAlgorithm, input.Message, input.MessageType);
          return { KeyId: key.arn, Signature: base64(signature), SigningAlgorithm: input.SigningAlgorithm };
        },
      }),
      Verify: operation(VERIFY, {
        access: (input, call) => accessTo('kms:Verify', input.KeyId, call, signingContext(input)),
        handle(input, call) {
          const key = signingKey(find(input.KeyId, call), input.SigningAlgorithm);
          if (!verify(key, input.SigningAlgorithm, input.Message, input.MessageType, input.Signature)) {
            throw new AwsError('KMSInvalidSignatureException', '');
          }
          return { KeyId: key.arn, SignatureValid: true, SigningAlgorithm: input.SigningAlgorithm };
        },
      }),

      Encrypt: operation(ENCRYPT, {
        access: (input, call) => accessTo('kms:Encrypt', input.KeyId, call, encryptionContext(input.EncryptionContext)),
        handle(input, call) {
          const key = encryptionKey(find(input.KeyId, call));
          const ciphertext = encrypt(key, input.Plaintext, input.EncryptionContext);
          return { KeyId: key.arn, CiphertextBlob: base64(ciphertext), EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
        },
      }),
      Decrypt: operation(DECRYPT, {
        access: (input, call) =>
          accessTo('kms:Decrypt', keyOf(input), call, encryptionContext(input.EncryptionContext)),
        handle(input, call) {
          const key = encryptionKey(find(keyOf(input), call));
          if (input.KeyId !== undefined && find(input.KeyId, call).arn !== key.arn) {
            throw new AwsError('IncorrectKeyException', 'The key ID in the request does not identify the key used');
          }
          const plaintext = decrypt(key, input.CiphertextBlob, input.EncryptionContext);
          if (plaintext === undefined) throw new AwsError('InvalidCiphertextException', '');
          return { KeyId: key.arn, Plaintext: base64(plaintext), EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
        },
      }),
      GenerateDataKey: operation(DATA_KEY, {
        access: (input, call) =>
          accessTo('kms:GenerateDataKey', input.KeyId, call, encryptionContext(input.EncryptionContext)),
        handle(input, call) {
          const key = encryptionKey(find(input.KeyId, call));
          const plaintext = randomBytes(dataKeySize(input));
          const ciphertext = encrypt(key, plaintext, input.EncryptionContext);
          return { KeyId: key.arn, Plaintext: base64(plaintext), CiphertextBlob: base64(ciphertext) };
        },
      }),
    },
  };
}

/** The key that the ciphertext names: permission is asked on it before anything is decrypted. */
function keyOf({ CiphertextBlob }: { CiphertextBlob: Uint8Array }): string {
  const arn = keyArnOf(CiphertextBlob);
  if (arn === undefined) throw new AwsError('InvalidCiphertextException', '');
  return arn;
}

function signingContext(input: { SigningAlgorithm: string; MessageType: string }): Access['context'] {
  return { 'kms:SigningAlgorithm': input.SigningAlgorithm, 'kms:MessageType': input.MessageType };
}

function encryptionContext(context: EncryptionContext): Access['context'] {
  const keys = Object.keys(context);
  return {
    'kms:EncryptionAlgorithm': 'SYMMETRIC_DEFAULT',
    ...(keys.length === 0 ? {} : { 'kms:EncryptionContextKeys': keys }),
    ...Object.fromEntries(Object.entries(context).map(([key, value]) => [`kms:EncryptionContext:${key}`, value])),
  };
}

function signingKey(key: KmsKey, algorithm: SigningAlgorithm): KmsKey {
  const known: readonly string[] = SIGNING_ALGORITHMS[key.spec];
  if (known.includes(algorithm)) return key;
  const message = `Algorithm ${algorithm} is incompatible with key spec ${key.spec}.`;
  throw new AwsError('InvalidKeyUsageException', message);
}

function encryptionKey(key: KmsKey): KmsKey {
  if (key.spec === 'SYMMETRIC_DEFAULT') return key;
  throw new AwsError('InvalidKeyUsageException', `${key.arn} key usage is SIGN_VERIFY which is not valid here.`);
}

function dataKeySize(input: z.output<typeof DATA_KEY>): number {
  if ((input.KeySpec === undefined) === (input.NumberOfBytes === undefined)) {
    throw new AwsError('ValidationException', 'Please specify either number of bytes or key spec.');
  }
  return input.NumberOfBytes ?? (input.KeySpec === 'AES_128' ? 16 : 32);
}

function describe(key: KmsKey): Record<string, unknown> {
  return {
    AWSAccountId: key.accountId,
    KeyId: key.keyId,
    Arn: key.arn,
    CreationDate: key.createdAt / 1_000,
    Enabled: true,
    Description: key.description,
    KeyUsage: usageOf(key),
    KeyState: 'Enabled',
    Origin: 'AWS_KMS',
    KeyManager: 'CUSTOMER',
    KeySpec: key.spec,
    CustomerMasterKeySpec: key.spec,
    MultiRegion: key.multiRegion,
    ...(key.spec === 'SYMMETRIC_DEFAULT'
      ? { EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'] }
      : { SigningAlgorithms: SIGNING_ALGORITHMS[key.spec] }),
  };
}

function usageOf(key: KmsKey): string {
  return key.spec === 'SYMMETRIC_DEFAULT' ? 'ENCRYPT_DECRYPT' : 'SIGN_VERIFY';
}

/** Base64 on the wire, 1 to `max` bytes. */
function blob(max: number) {
  return z
    .base64()
    .transform((text) => Buffer.from(text, 'base64'))
    .refine((bytes) => bytes.length >= 1 && bytes.length <= max, `Member must have length between 1 and ${max}`);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
