import { SNAPSHOT_TYP, snapshotClaims } from '../../contract/accessToken.ts';
import { parseCompactJws } from '../../tokens/compactJws.ts';
import { download } from '../../tokens/download.ts';
import type { Transport } from '../../tokens/download.ts';
import { verifyEs256 } from '../../tokens/es256.ts';
import { decodeStatusList, readStatus } from '../../tokens/statusList.ts';
import type { KeySource } from './keySource.ts';
import { Refusal } from './refusal.ts';

/** A list of 2^20 entries has 128 kB; in a token, at worst, a third more. */
const MAX_TEXT_BYTES = 512 * 1024;
const MAX_LIST_BYTES = 256 * 1024;
/** Seconds. Whatever the snapshot says, it is looked at again within this time. */
const MAX_TTL_S = 60;
/** Seconds. One that claims to be good for longer is none. */
const MAX_LIFETIME_S = 3_600;
const SKEW_S = 15;
/** At most one attempt in this time during an outage. */
const RETRY_MS = 1_000;

export interface SnapshotSettings {
  readonly uri: string;
  readonly issuer: string;
  /** Those that sign snapshots: others than those that sign tokens. */
  readonly keys: KeySource;
  /** Seconds since it was made after which a snapshot is refused, even if it has not expired. */
  readonly maxAgeSeconds?: number;
}

interface Snapshot {
  readonly number: number;
  readonly list: Uint8Array;
  /** Epoch milliseconds after which it decides nothing. */
  readonly goodUntil: number;
  readonly ttlMs: number;
}

/** What ended, by a signed list that is kept and looked at again and again. */
export interface SnapshotSource {
  /**
   * Whether the entry is set: the token ended. At once, where the list is fresh.
   *
   * @throws Refusal `revocation_unknown` where no list is good now, or it has no such entry: nothing is known, so the
   * token is not taken
   */
  isEnded(index: number, now: number): boolean | Promise<boolean>;
}

/**
 * Within `ttl` (5 s) of its publication, a snapshot is used. When no newer one can be had, the last one is used until it
 * expires, and then nothing is taken. A number that is lower than one seen before is an old snapshot, and is refused.
 */
export function createSnapshotSource(settings: SnapshotSettings, transport: Transport): SnapshotSource {
  const { uri, keys } = settings;
  let snapshot: Snapshot | undefined;
  let fetchedAt = -Infinity;
  let attemptedAt = -Infinity;
  let pending: Promise<void> | undefined;

  const load = async (now: number): Promise<void> => {
    attemptedAt = now;
    try {
      const accept = 'application/statuslist+jwt';
      const text = (await download(transport, uri, { headers: { accept } }, MAX_TEXT_BYTES)).toString('latin1').trim();
      const next = await read(text, settings, keys, now);
      if (snapshot && next.number < snapshot.number) throw new Error('the snapshot is older than one seen before');
      snapshot = next;
      fetchedAt = now;
    } catch {
      // The one before stays, until it expires.
    }
  };
  /** Many verifications at once share one fetch. */
  const refresh = (now: number): Promise<void> =>
    (pending ??= load(now).finally(() => {
      pending = undefined;
    }));
  const lookUp = (index: number, now: number): boolean => {
    const ended = snapshot && now < snapshot.goodUntil ? readStatus(snapshot.list, index) : undefined;
    if (ended === undefined)
      throw new Refusal('revocation_unknown', 'whether the token was revoked can’t be known now');
    return ended;
  };

  return {
    isEnded(index, now) {
      const age = now - fetchedAt;
      if (snapshot && now < snapshot.goodUntil && age < snapshot.ttlMs) {
        // Ahead of time, so that nobody has to wait for it.
        if (age >= snapshot.ttlMs / 2 && now - attemptedAt >= RETRY_MS) void refresh(now);
        return lookUp(index, now);
      }
      if (!pending && now - attemptedAt < RETRY_MS) return lookUp(index, now);
      return refresh(now).then(() => lookUp(index, now));
    },
  };
}

/** @throws whatever is wrong with it; nothing of it is used then */
async function read(text: string, settings: SnapshotSettings, keys: KeySource, now: number): Promise<Snapshot> {
  const { payload, signature, signingInput } = parseCompactJws(text, { maxLength: MAX_TEXT_BYTES });
  const header = text.slice(0, text.indexOf('.'));
  const key = (await keys.current(now)).keyFor(header) ?? (await keys.renewed(now)).keyFor(header);
  if (!key || !verifyEs256(key, signingInput, signature)) throw new Error(`the ${SNAPSHOT_TYP} is not signed by Writ`);
  const { sub, iss, iat, exp, ttl, num, status_list: list } = snapshotClaims.parse(payload);
  if (sub !== settings.uri || (iss !== undefined && iss !== settings.issuer)) throw new Error('another list');
  if (iat * 1000 > now + SKEW_S * 1000 || exp <= iat || exp - iat > MAX_LIFETIME_S) throw new Error('odd times');
  const goodUntil = Math.min(exp, iat + (settings.maxAgeSeconds ?? Infinity)) * 1000;
  if (goodUntil <= now) throw new Error('the snapshot is stale');
  return {
    number: num,
    list: decodeStatusList(list.lst, MAX_LIST_BYTES),
    goodUntil,
    ttlMs: Math.min(ttl, MAX_TTL_S) * 1000,
  };
}
