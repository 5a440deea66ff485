/**
 * KMS keys, in the durable store. The template's keys are made by the runtime; there is no CreateKey API here.
 */
import { createHash, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { InvalidDocument, parseDocument } from '../iam/documents.ts';
import { AwsError } from '../service.ts';
import type { StateStore } from '../store.ts';

export type KeySpec = 'ECC_NIST_P256' | 'ECC_NIST_EDWARDS25519' | 'SYMMETRIC_DEFAULT';

export interface KmsKey {
  readonly keyId: string;
  readonly arn: string;
  readonly accountId: string;
  readonly spec: KeySpec;
  /** JSON text. */
  readonly policy: string;
  readonly description: string;
  readonly multiRegion: boolean;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** Base64: PKCS #8 DER of an asymmetric key, or 32 random bytes. Only `material.ts` looks at it. */
  readonly secret: string;
}

/** A key as a template states it. `name` is what tells it from others across restarts, such as its logical id. */
export interface KeySpecification {
  readonly accountId: string;
  readonly region: string;
  readonly name: string;
  readonly spec: KeySpec;
  /** @default the account's identity policies decide, as with the default key policy of AWS */
  readonly policy?: string;
  readonly description?: string;
  readonly multiRegion?: boolean;
}

export interface KeyStore {
  /** Makes the key, or brings its policy and description to what is asked. Its material stays. */
  put(specification: KeySpecification): Promise<KmsKey>;
  /** `alias` begins with `alias/`. */
  putAlias(key: KmsKey, alias: string): Promise<void>;
  /** By key id, key ARN, alias name or alias ARN, as `KeyId` allows; names are the caller's account's. */
  find(reference: string, accountId: string): KmsKey | undefined;
  /** Aliases of a key, each beginning with `alias/`. */
  aliasesOf(key: KmsKey): readonly string[];
}

const KEY_ARN = /^arn:aws:kms:[a-z0-9-]+:(\d{12}):(key\/(.+)|alias\/.+)$/;

export function openKeys(store: StateStore, clock: () => number): KeyStore {
  const byId = (accountId: string, keyId: string): KmsKey | undefined =>
    store.get(`kms/key/${accountId}/${keyId}`) as KmsKey | undefined;
  const byAlias = (accountId: string, alias: string): KmsKey | undefined => {
    const keyId = store.get(`kms/alias/${accountId}/${alias}`) as string | undefined;
    return keyId === undefined ? undefined : byId(accountId, keyId);
  };

  return {
    async put({ accountId, region, name, spec, policy, description = '', multiRegion = false }) {
      const document = policy ?? defaultPolicy(accountId);
      checkPolicy(document);
      const nameKey = `kms/name/${accountId}/${name}`;
      const known = store.get(nameKey) as string | undefined;
      const before = known === undefined ? undefined : byId(accountId, known);
      if (before !== undefined && before.spec !== spec) {
        throw new Error(`the key \`${name}\` is of spec ${before.spec}; a key's spec can't change to ${spec}`);
      }
      const keyId = before?.keyId ?? newKeyId(multiRegion);
      const key: KmsKey = {
        keyId,
        arn: `arn:aws:kms:${region}:${accountId}:key/${keyId}`,
        accountId,
        spec,
        policy: document,
        description,
        multiRegion,
        createdAt: before?.createdAt ?? clock(),
        secret: before?.secret ?? newSecret(spec),
      };
      await store.write({ [nameKey]: keyId, [`kms/key/${accountId}/${keyId}`]: key });
      return key;
    },

    putAlias: (key, alias) => store.write({ [`kms/alias/${key.accountId}/${alias}`]: key.keyId }),

    find(reference, accountId) {
      const arn = KEY_ARN.exec(reference);
      if (arn) {
        const [, owner = '', resource = '', keyId] = arn;
        const key = keyId === undefined ? byAlias(owner, resource) : byId(owner, keyId);
        return keyId === undefined || key?.arn === reference ? key : undefined;
      }
      return reference.startsWith('alias/') ? byAlias(accountId, reference) : byId(accountId, reference);
    },

    aliasesOf(key) {
      const prefix = `kms/alias/${key.accountId}/`;
      const entries = store.entries(prefix).filter(([, keyId]) => keyId === key.keyId);
      return entries.map(([name]) => name.slice(prefix.length));
    },
  };
}

function newSecret(spec: KeySpec): string {
  if (spec === 'SYMMETRIC_DEFAULT') return randomBytes(32).toString('base64');
  const { privateKey } =
    spec === 'ECC_NIST_P256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519');
  return privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');
}

function newKeyId(multiRegion: boolean): string {
  const uuid = randomUUID();
  return multiRegion ? `mrk-${createHash('sha256').update(uuid).digest('hex').slice(0, 32)}` : uuid;
}

function defaultPolicy(accountId: string): string {
  const principal = { AWS: `arn:aws:iam::${accountId}:root` };
  const statement = { Effect: 'Allow', Principal: principal, Action: 'kms:*', Resource: '*' };
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
}

function checkPolicy(document: string): void {
  try {
    parseDocument('resource', document);
  } catch (error) {
    if (error instanceof InvalidDocument) throw new AwsError('MalformedPolicyDocumentException', error.message);
    throw error;
  }
}
