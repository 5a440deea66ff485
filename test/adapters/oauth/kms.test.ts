import { generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { GetPublicKeyCommand, KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { p256 } from '@noble/curves/nist.js';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { KMS_CLIENT } from '../../../adapters/aws/clientOptions.ts';
import { createKmsKeys } from '../../../adapters/oauth/kmsKeys.ts';
import { createKmsSnapshotSigner } from '../../../adapters/oauth/kmsSnapshotSigner.ts';
import { createKmsTokenSigner } from '../../../adapters/oauth/kmsTokenSigner.ts';
import type { KeyRing } from '../../../core/oauth/ports.ts';

const START = Date.parse('2026-11-21T09:00:00Z');
const CLAIMS = { sub: 'admin:idp:alice', note: 'a-secret-claim', name: 'Zoë' };

/** KMS with real keys. `wrong` says what goes wrong next. */
function fakeKms() {
  const keys = new Map<string, { privateKey: KeyObject; publicKey: KeyObject }>();
  const state = { calls: [] as string[], inputs: [] as object[], wrong: undefined as object | undefined };
  const client = Object.assign(new KMSClient(KMS_CLIENT), {
    async send(command: unknown) {
      const { wrong } = state;
      state.wrong = undefined;
      if (wrong instanceof Error) throw wrong;
      if (command instanceof GetPublicKeyCommand) {
        const { publicKey } = keyOf(command.input.KeyId);
        state.calls.push(`GetPublicKey ${command.input.KeyId ?? ''}`);
        const PublicKey = publicKey.export({ format: 'der', type: 'spki' });
        return { PublicKey, SigningAlgorithms: ['ECDSA_SHA_256'], ...wrong };
      }
      if (!(command instanceof SignCommand)) throw new Error('unexpected');
      const { KeyId = '', ...input } = command.input;
      state.calls.push(`Sign ${KeyId}`);
      state.inputs.push(input);
      return { Signature: signDigest(keyOf(KeyId).privateKey, input.Message ?? new Uint8Array()), ...wrong };
    },
  });
  const keyOf = (id = '') => {
    const key = keys.get(id) ?? generateKeyPairSync('ec', { namedCurve: 'P-256' });
    keys.set(id, key);
    return key;
  };
  return { keys: createKmsKeys(client), state };
}

/** What `MessageType: DIGEST` means: nothing is hashed again, which node:crypto always does. */
function signDigest(privateKey: KeyObject, digest: Uint8Array): Uint8Array {
  const secret = Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url');
  return p256.sign(digest, secret, { prehash: false, format: 'der' });
}

function world(
  generations = [
    { name: 'a', keys: ['arn:a0'] },
    { name: 'b', keys: ['arn:b0'] },
  ],
) {
  const kms = fakeKms();
  const state = { now: START, ring: undefined as KeyRing | undefined, reads: 0, chance: 0 };
  const readRing = async () => {
    state.reads++;
    return state.ring;
  };
  const signer = createKmsTokenSigner({
    keys: kms.keys,
    generations,
    ring: { readRing },
    clock: () => state.now,
    randomBytes: (count) => Buffer.alloc(count, state.chance),
  });
  const all = generations.flatMap(({ keys }) => keys);
  return { ...kms, world: state, signer, jwks: () => kms.keys.jwks(all) };
}

const ringOf = (current: string): KeyRing => ({ version: 1, current, since: START });
const headerOf = (jwt: string): unknown => JSON.parse(Buffer.from(jwt.split('.')[0] ?? '', 'base64url').toString());

describe('a token signed by KMS', () => {
  it('verifies with jose and the published keys', async () => {
    const { signer, jwks } = world();
    const token = await signer.sign('at+jwt', CLAIMS);
    const set = createLocalJWKSet({
      keys: (await jwks()).keys.map((jwk) => ({ ...jwk, key_ops: [...jwk.key_ops] })),
    });
    const { payload, protectedHeader } = await jwtVerify(token, set, { typ: 'at+jwt', algorithms: ['ES256'] });
    expect(payload).toEqual(CLAIMS);
    expect(protectedHeader).toEqual({ typ: 'at+jwt', alg: 'ES256', kid: (await jwks()).keys[0]?.kid });
  });

  it('costs one call once the public half is known, which hashes nothing again', async () => {
    const { signer, state } = world();
    await signer.sign('at+jwt', CLAIMS);
    await signer.sign('token-introspection+jwt', CLAIMS);
    expect(state.calls).toEqual(['GetPublicKey arn:a0', 'Sign arn:a0', 'Sign arn:a0']);
    expect(state.inputs[0]).toEqual({
      Message: expect.any(Uint8Array) as Uint8Array,
      MessageType: 'DIGEST',
      SigningAlgorithm: 'ECDSA_SHA_256',
    });
  });

  it('is signed by any key of its generation', async () => {
    const { signer, world: state } = world([{ name: 'a', keys: ['arn:a0', 'arn:a1', 'arn:a2'] }]);
    const kids = new Set<unknown>();
    for (const chance of [0, 1, 2, 3]) {
      state.chance = chance;
      kids.add(JSON.stringify(headerOf(await signer.sign('at+jwt', CLAIMS))));
    }
    expect(kids.size).toBeGreaterThan(1);
  });

  it('is signed by the generation that the ring names, half a minute after a rotation at the latest', async () => {
    const { signer, world: state, state: kms } = world();
    await signer.sign('at+jwt', CLAIMS);
    state.ring = ringOf('b');
    state.now += 29_999;
    await signer.sign('at+jwt', CLAIMS);
    expect(kms.calls.at(-1)).toBe('Sign arn:a0');
    state.now += 1;
    await Promise.all([signer.sign('at+jwt', CLAIMS), signer.sign('at+jwt', CLAIMS)]);
    expect(kms.calls.slice(-2)).toEqual(['Sign arn:b0', 'Sign arn:b0']);
    expect(state.reads).toBe(2);
  });

  it('is none when the ring names a generation that is not deployed', async () => {
    const { signer, world: state, state: kms } = world();
    state.ring = ringOf('c');
    await expect(signer.sign('at+jwt', CLAIMS)).rejects.toThrow('names a generation of keys that this deployment');
    expect(kms.calls).toEqual([]);
  });

  it('is none when the ring can’t be read, and the next try asks again', async () => {
    const kms = fakeKms();
    let reads = 0;
    const signer = createKmsTokenSigner({
      keys: kms.keys,
      generations: [{ name: 'a', keys: ['arn:a0'] }],
      ring: { readRing: async () => (reads++ === 0 ? Promise.reject(new Error('down')) : undefined) },
      clock: () => START,
      randomBytes: (count) => Buffer.alloc(count),
    });
    await expect(signer.sign('at+jwt', CLAIMS)).rejects.toThrow('down');
    expect((await signer.sign('at+jwt', CLAIMS)).split('.')).toHaveLength(3);
  });

  it.each<[string, object, string]>([
    ['an error', Object.assign(new Error('throttled'), { name: 'ThrottlingException' }), 'throttled'],
    ['no signature', { Signature: undefined }, 'KMS answered without a signature'],
    ['64 bytes instead of DER', { Signature: Buffer.alloc(64, 1) }, 'no ECDSA signature on P-256 in DER'],
  ])('is none when KMS answers with %s, of which the error says nothing more', async (_name, wrong, text) => {
    const { signer, state } = world();
    await signer.sign('at+jwt', CLAIMS);
    state.wrong = wrong;
    const error = await signer.sign('at+jwt', CLAIMS).then(() => undefined, String);
    expect(error).toContain(text);
    expect(error).not.toContain('a-secret-claim');
    expect((await signer.sign('at+jwt', CLAIMS)).split('.')).toHaveLength(3);
  });
});

describe('the published keys', () => {
  it('are all generations’ public halves, each with a kid of its own, and nothing private', async () => {
    const { jwks, state } = world();
    const { keys } = await jwks();
    expect(keys).toHaveLength(2);
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(2);
    for (const key of keys) {
      expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'key_ops', 'kid', 'kty', 'use', 'x', 'y']);
      expect(key).toMatchObject({ kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig', key_ops: ['verify'] });
      expect(key.kid).toMatch(/^[A-Za-z0-9_-]{43}$/);
    }
    await jwks();
    expect(state.calls).toEqual(['GetPublicKey arn:a0', 'GetPublicKey arn:b0']);
  });

  it('are not there when one of them can’t be had, and are asked for again', async () => {
    const { jwks, state } = world();
    state.wrong = new Error('down');
    await expect(jwks()).rejects.toThrow('down');
    expect((await jwks()).keys).toHaveLength(2);
  });

  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey;
  it.each<[string, object, string]>([
    ['for another algorithm', { SigningAlgorithms: ['ECDSA_SHA_384'] }, 'arn:a0 is no key for ECDSA_SHA_256'],
    ['without a public half', { PublicKey: undefined }, 'arn:a0 is no key for ECDSA_SHA_256'],
    ['of RSA', { PublicKey: rsa.export({ format: 'der', type: 'spki' }) }, 'is not of the type that ES256 needs'],
    ['on another curve', { PublicKey: p384.export({ format: 'der', type: 'spki' }) }, 'is not on the curve'],
  ])('hold no key %s', async (_name, wrong, text) => {
    const { jwks, state } = world();
    state.wrong = wrong;
    await expect(jwks()).rejects.toThrow(text);
  });
});

describe('the revocation snapshot', () => {
  it('is signed as a status list, with the first of its keys', async () => {
    const { keys, state } = fakeKms();
    const jwt = await createKmsSnapshotSigner(keys, ['arn:s0', 'arn:s1']).sign({ num: 7 });
    expect(headerOf(jwt)).toMatchObject({ typ: 'statuslist+jwt', alg: 'ES256' });
    expect(state.calls).toEqual(['GetPublicKey arn:s0', 'Sign arn:s0']);
  });

  it('needs a key', () => {
    expect(() => createKmsSnapshotSigner(fakeKms().keys, [])).toThrow('there is no key that signs snapshots');
  });
});

it('asks KMS three times at most, and waits for three seconds each time', async () => {
  const client = new KMSClient({ ...KMS_CLIENT, region: 'us-east-1' });
  expect(await client.config.maxAttempts()).toBe(3);
  expect(KMS_CLIENT.requestHandler).toEqual({
    connectionTimeout: 1_000,
    requestTimeout: 3_000,
    throwOnRequestTimeout: true,
  });
});
