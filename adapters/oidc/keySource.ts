import { createLocalJWKSet } from 'jose/jwks/local';
import type { LocalJWKSet } from 'jose/jwks/local';
import type { CryptoKey } from 'jose';
import type { Clock } from '../../core/ports.ts';
import { createRemoteKeys } from '../../tokens/remoteKeys.ts';
import { isJsonObject, member } from '../../tokens/strictJson.ts';
import { TokenError } from './tokenError.ts';

const TIMEOUT_MS = 3_000;

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
 * jose's own remote set reads the wall clock, has no size cap, and forgets good keys in an outage; hence our cache
 * around its local set, which selects and imports the keys.
 */
export function createKeySource(jwksUri: string, options: KeySourceOptions): KeySource {
  const { clock, onFailure } = options;
  const keys = createRemoteKeys({
    jwksUri,
    transport: { fetch: options.fetch, timeoutMs: options.timeoutMs ?? TIMEOUT_MS },
    read: (jwks) => createLocalJWKSet({ keys: jwks.filter(isPublicKey) }),
    unavailable: () => new TokenError('keys_unavailable', 'the keys of the token\u2019s issuer can\u2019t be had now'),
    onFailure,
  });
  return {
    async find(header) {
      return (await select(await keys.current(clock()), header)) ?? (await select(await keys.renewed(clock()), header));
    },
  };
}

/** No fitting key, several, or one that can't be imported: there is none to trust. */
async function select(keys: LocalJWKSet, header: { alg: string; kid: string }): Promise<CryptoKey | undefined> {
  try {
    return await keys(header);
  } catch {
    return undefined;
  }
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
