import { download } from './download.ts';
import type { Transport } from './download.ts';
import { jwksOf } from './jwkSet.ts';
import { parseStrictJson } from './strictJson.ts';

/** How long a fetched key set is used without asking again: a key that was withdrawn dies within this time. */
const FRESH_MS = 5 * 60_000;
/** How long the last good key set outlives an outage. Afterwards all tokens are refused. */
const MAX_STALE_MS = 24 * 3_600_000;
/** At most one fetch in this time because of unknown key ids, which anybody can send. */
const COOLDOWN_MS = 30_000;
/** At most one attempt in this time during an outage. */
const RETRY_MS = 5_000;
const MAX_BYTES = 256 * 1024;

export interface RemoteKeysOptions<T> {
  readonly jwksUri: string;
  readonly transport: Transport;
  /** Makes of the entries of a set what verifies with them. One bad entry must not take the others away. */
  readonly read: (jwks: readonly unknown[]) => T;
  /** What is thrown where it can't be known which keys are good. */
  readonly unavailable: () => Error;
  /** Told why a fetch failed; the last good keys stay in use meanwhile. */
  readonly onFailure?: (reason: unknown) => void;
}

/** The public keys of one issuer, fetched from its `jwks_uri` and kept. As long as they don't change: the same object. */
export interface RemoteKeys<T> {
  /**
   * The keys that are good now; without a promise, where they are fresh.
   *
   * @param now epoch milliseconds
   * @throws {Error} `unavailable`, where there were none for a day
   */
  current(now: number): T | Promise<T>;
  /**
   * Once more, after a key was not among them: perhaps the issuer has changed keys. Strangers can't make it ask often.
   *
   * @param now epoch milliseconds
   * @throws {Error} `unavailable`, also while the issuer can't be asked: whether the key is good isn't known
   */
  renewed(now: number): Promise<T>;
}

export function createRemoteKeys<T>(options: RemoteKeysOptions<T>): RemoteKeys<T> {
  let known: { readonly keys: T; readonly text: Buffer } | undefined;
  let fetchedAt = -Infinity;
  let attemptedAt = -Infinity;
  let outage = false;
  let pending: Promise<void> | undefined;

  const load = async (now: number): Promise<void> => {
    attemptedAt = now;
    try {
      const headers = { accept: 'application/jwk-set+json, application/json' };
      const text = await download(options.transport, options.jwksUri, { headers }, MAX_BYTES);
      // What was verified with them stays verified as long as they are the same.
      if (known?.text.equals(text) !== true) {
        const jwks = jwksOf(parseStrictJson(text));
        if (!jwks) throw new Error('the answer is not a key set');
        known = { keys: options.read(jwks), text };
      }
      fetchedAt = now;
      outage = false;
    } catch (reason) {
      outage = true;
      options.onFailure?.(reason);
    }
  };
  /** Many verifications at once share one fetch. */
  const refresh = (now: number): Promise<void> =>
    (pending ??= load(now).finally(() => {
      pending = undefined;
    }));
  const mayFetch = (now: number, interval: number): boolean => pending !== undefined || now - attemptedAt >= interval;
  const usable = (now: number): T => {
    if (known && now - fetchedAt < MAX_STALE_MS) return known.keys;
    throw options.unavailable();
  };

  return {
    current(now) {
      if (known && now - fetchedAt < FRESH_MS) return known.keys;
      if (!mayFetch(now, RETRY_MS)) return usable(now);
      return refresh(now).then(() => usable(now));
    },
    async renewed(now) {
      if (mayFetch(now, COOLDOWN_MS)) await refresh(now);
      if (outage) throw options.unavailable();
      return usable(now);
    },
  };
}
