import { createLocalJWKSet } from 'jose/jwks/local';
import type { LocalJWKSet } from 'jose/jwks/local';
import type { CryptoKey } from 'jose';
import type { Clock } from '../../core/ports.ts';
import { isJsonObject, member, parseStrictJson } from '../../tokens/strictJson.ts';
import { TokenError } from './tokenError.ts';

/** How long a fetched key set is used without asking again: a key that its issuer withdrew dies within this time. */
const FRESH_MS = 5 * 60_000;
/** How long the last good key set outlives an outage of its issuer. Afterwards its tokens are refused. */
const MAX_STALE_MS = 24 * 3_600_000;
/** At most one fetch in this time because of unknown key ids, which anybody can send. */
const COOLDOWN_MS = 30_000;
/** At most one attempt in this time during an outage. */
const RETRY_MS = 5_000;
const TIMEOUT_MS = 3_000;
const MAX_BYTES = 256 * 1024;
const MAX_KEYS = 100;

/** Secret parts of keys (RFC 7518 §6). A key that has one is no longer its issuer's alone. */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];

export interface KeySourceOptions {
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  /** @default 3000 */
  readonly timeoutMs?: number;
  /** Told why a fetch failed; the last good keys stay in use meanwhile. */
  readonly onFailure: (reason: unknown) => void;
}

/** The public keys of one issuer, fetched from its `jwks_uri` and kept. */
export interface KeySource {
  /**
   * The one key for this header, or `undefined` when the issuer has none that fits in id, algorithm, curve and use.
   *
   * @throws TokenError `keys_unavailable` when the issuer can't be asked and what is known doesn't decide
   */
  find(header: { readonly alg: string; readonly kid: string }): Promise<CryptoKey | undefined>;
}

/**
 * jose's own remote set reads the wall clock, has no size cap, and forgets good keys in an outage; hence this cache
 * around its local set, which selects and imports the keys.
 */
export function createKeySource(jwksUri: string, options: KeySourceOptions): KeySource {
  const { clock } = options;
  let keys: LocalJWKSet | undefined;
  let fetchedAt = -Infinity;
  let attemptedAt = -Infinity;
  let outage = false;
  let pending: Promise<void> | undefined;

  const load = async (): Promise<void> => {
    attemptedAt = clock();
    try {
      keys = createLocalJWKSet({ keys: await download(jwksUri, options) });
      fetchedAt = clock();
      outage = false;
    } catch (reason) {
      outage = true;
      options.onFailure(reason);
    }
  };
  /** Many verifications at once share one fetch. */
  const refresh = (): Promise<void> =>
    (pending ??= load().finally(() => {
      pending = undefined;
    }));
  const mayFetch = (interval: number): boolean => pending !== undefined || clock() - attemptedAt >= interval;

  return {
    async find(header) {
      if (clock() - fetchedAt >= FRESH_MS && mayFetch(RETRY_MS)) await refresh();
      if (!keys || clock() - fetchedAt >= MAX_STALE_MS) throw unavailable();
      const known = await select(keys, header);
      if (known) return known;
      // Perhaps the issuer has rotated: ask, but not for every stranger.
      if (mayFetch(COOLDOWN_MS)) await refresh();
      if (outage) throw unavailable();
      return select(keys, header);
    },
  };
}

function unavailable(): TokenError {
  return new TokenError('keys_unavailable', 'the keys of the token\u2019s issuer can\u2019t be had now');
}

/** No fitting key, several, or one that can't be imported: there is none to trust. */
async function select(keys: LocalJWKSet, header: { alg: string; kid: string }): Promise<CryptoKey | undefined> {
  try {
    return await keys(header);
  } catch {
    return undefined;
  }
}

async function download(jwksUri: string, options: KeySourceOptions): Promise<PublicKey[]> {
  const response = await options.fetch(jwksUri, {
    headers: { accept: 'application/jwk-set+json, application/json' },
    redirect: 'error',
    signal: AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS),
  });
  if (response.status !== 200) throw new Error(`the key set answered with status ${response.status}`);
  const set = parseStrictJson(await readCapped(response));
  const keys = set && member(set, 'keys');
  if (!Array.isArray(keys) || keys.length > MAX_KEYS) throw new Error('the answer is not a key set');
  return keys.filter(isPublicKey);
}

async function readCapped(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const body: AsyncIterable<Uint8Array> | null = response.body;
  // Leaving the loop by a throw cancels the stream.
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length > MAX_BYTES) throw new Error(`the key set is larger than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

type PublicKey = { readonly kty: string };

/** One bad entry is skipped, so that it can't take the others away. jose checks id, use, key_ops, alg and curve. */
function isPublicKey(key: unknown): key is PublicKey {
  return (
    isJsonObject(key) &&
    typeof member(key, 'kty') === 'string' &&
    !PRIVATE_MEMBERS.some((name) => Object.hasOwn(key, name))
  );
}
