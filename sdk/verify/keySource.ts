import { parseStrictJson } from '../../tokens/strictJson.ts';
import { download } from './download.ts';
import type { Transport } from './download.ts';
import { readKeySet } from './keySet.ts';
import type { KeySet } from './keySet.ts';
import { Refusal } from './refusal.ts';

/** How long a fetched key set is used without asking again: a key that was withdrawn dies within this time. */
const FRESH_MS = 5 * 60_000;
/** How long the last good key set outlives an outage. Afterwards all tokens are refused. */
const MAX_STALE_MS = 24 * 3_600_000;
/** At most one fetch in this time because of unknown key ids, which anybody can send. */
const COOLDOWN_MS = 30_000;
/** At most one attempt in this time during an outage. */
const RETRY_MS = 5_000;
const MAX_BYTES = 256 * 1024;

/** Where keys come from: the deployment's `jwks_uri`, or a set that the caller has. */
export type Keys = { readonly jwksUri: string } | { readonly keys: readonly object[] };

/** The keys that are good now. As long as they don't change, they are the same object. */
export interface KeySource {
  /**
   * At once, where they are fresh.
   *
   * @throws Refusal `keys_unavailable`
   */
  current(now: number): KeySet | Promise<KeySet>;
  /** Once more, after a key was not among them: perhaps the deployment has changed keys. */
  renewed(now: number): Promise<KeySet>;
}

/** @throws TypeError for a given set that is none */
export function createKeySource(keys: Keys, typ: string, transport: Transport): KeySource {
  return 'jwksUri' in keys ? remote(keys.jwksUri, typ, transport) : given(keys, typ);
}

function given(keys: object, typ: string): KeySource {
  const set = readKeySet(keys, typ);
  if (!set) throw new TypeError('`keys` is no JWK set');
  return { current: () => set, renewed: () => Promise.resolve(set) };
}

function remote(jwksUri: string, typ: string, transport: Transport): KeySource {
  let set: KeySet | undefined;
  let text: Buffer | undefined;
  let fetchedAt = -Infinity;
  let attemptedAt = -Infinity;
  let outage = false;
  let pending: Promise<void> | undefined;

  const load = async (now: number): Promise<void> => {
    attemptedAt = now;
    try {
      const headers = { accept: 'application/jwk-set+json, application/json' };
      const body = await download(transport, jwksUri, { headers }, MAX_BYTES);
      // What was verified with them stays verified as long as they are the same.
      if (!set || text?.equals(body) !== true) {
        const read = readKeySet(parseStrictJson(body), typ);
        if (!read) throw new Error('the answer is not a key set');
        set = read;
        text = body;
      }
      fetchedAt = now;
      outage = false;
    } catch {
      outage = true;
    }
  };
  /** Many verifications at once share one fetch. */
  const refresh = (now: number): Promise<void> =>
    (pending ??= load(now).finally(() => {
      pending = undefined;
    }));
  const mayFetch = (now: number, interval: number): boolean => pending !== undefined || now - attemptedAt >= interval;
  const usable = (now: number): KeySet => {
    if (set && now - fetchedAt < MAX_STALE_MS) return set;
    throw unavailable();
  };

  return {
    current(now) {
      if (set && now - fetchedAt < FRESH_MS) return set;
      if (!mayFetch(now, RETRY_MS)) return usable(now);
      return refresh(now).then(() => usable(now));
    },
    async renewed(now) {
      if (mayFetch(now, COOLDOWN_MS)) await refresh(now);
      // Whether the key is good can't be known.
      if (outage) throw unavailable();
      return usable(now);
    },
  };
}

function unavailable(): Refusal {
  return new Refusal('keys_unavailable', 'the keys of the issuer can’t be had now');
}
