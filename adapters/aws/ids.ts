import { monotonicFactory, ulid } from 'ulid';
import { STATUS_LIST_SIZE } from '../../core/oauth/accessToken.ts';
import type { Clock, Ids } from '../../core/ports.ts';

/** A cryptographic source: `node:crypto`'s `randomBytes` in composition roots. */
export type RandomBytes = (count: number) => Uint8Array;

/**
 * Writ's identifiers. Intents, tokens, families and source identities are 130 random bits in lower-case base32, within STS's grammar for
 * session names (`[\w+=,.@-]{2,64}`). All others are ULIDs (https://github.com/ulid/spec); events rise within a
 * millisecond too, so that what one function writes keeps its order.
 */
export function createIds(clock: Clock, randomBytes: RandomBytes): Ids {
  const random = chanceFrom(randomBytes);
  const nextEvent = monotonicFactory(random);
  return {
    grant: () => `grt_${ulid(clock(), random)}`,
    event: () => `evt_${nextEvent(clock())}`,
    approval: () => `apr_${ulid(clock(), random)}`,
    extension: () => `ext_${ulid(clock(), random)}`,
    consent: () => `cns_${ulid(clock(), random)}`,
    intent: () => `ses_${base32(randomBytes(CHARACTERS))}`,
    sourceIdentity: () => `writ-${base32(randomBytes(CHARACTERS))}`,
    token: () => `tok_${base32(randomBytes(CHARACTERS))}`,
    family: () => `rtf_${base32(randomBytes(CHARACTERS))}`,
    statusIndex: () => indexFrom(randomBytes(3)),
    salt: () => Buffer.from(randomBytes(16)).toString('hex'),
  };
}

/** Characters of a ULID that are chance; the others are the time. */
const CHANCE = 16;

/** A number in [0, 1) for each character of a ULID. Bytes are drawn for a whole one: each draw is a call to the system. */
function chanceFrom(randomBytes: RandomBytes): () => number {
  let bytes = new Uint8Array();
  let used = 0;
  return () => {
    if (used === bytes.length) {
      bytes = Uint8Array.from(randomBytes(CHANCE));
      used = 0;
    }
    // A character takes five bits: 256 is a multiple of 32, so a byte gives them evenly.
    return (bytes[used++] ?? 0) / 256;
  };
}

const CHARACTERS = 26;
/** RFC 4648 §6, in lower case. */
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

const base32 = (bytes: Uint8Array): string => Array.from(bytes, (byte) => ALPHABET.charAt(byte & 31)).join('');

/** The size is a power of two that three bytes hold, so each entry is as likely as the others. */
const indexFrom = (bytes: Uint8Array): number =>
  Array.from(bytes).reduce((number, byte) => number * 256 + byte, 0) % STATUS_LIST_SIZE;
