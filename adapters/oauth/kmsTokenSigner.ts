import type { KeyRingStore, TokenSigner } from '../../core/oauth/ports.ts';
import type { Clock } from '../../core/ports.ts';
import type { RandomBytes } from '../aws/ids.ts';
import type { KmsKeys } from './kmsKeys.ts';

/** How long the ring is used without asking again: so soon does a rotation take effect everywhere. */
const RING_MS = 30_000;

/** Keys that sign at the same time: each has a quota of its own at KMS. */
export interface KeyGeneration {
  readonly name: string;
  /** ARNs, at least one. */
  readonly keys: readonly string[];
}

export interface TokenSignerOptions {
  readonly keys: KmsKeys;
  /** The deployment's generations, the one that signs at first in front. */
  readonly generations: readonly KeyGeneration[];
  readonly ring: Pick<KeyRingStore, 'readRing'>;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
}

/**
 * Signs tokens with the generation that the key ring names, by a key of it that chance chooses. A generation that this
 * deployment does not have signs nothing: its public half is not published.
 */
export function createKmsTokenSigner({ keys, generations, ring, clock, randomBytes }: TokenSignerOptions): TokenSigner {
  let current: { readonly at: number; readonly name: Promise<string | undefined> } | undefined;

  /** The generation's name; undefined before the first rotation. Many signings at once share one reading. */
  function nameNow(): Promise<string | undefined> {
    if (current && clock() - current.at < RING_MS) return current.name;
    const name = ring.readRing().then((read) => read?.current);
    const reading = { at: clock(), name };
    current = reading;
    return name.catch((error: unknown) => {
      if (current === reading) current = undefined;
      throw error;
    });
  }

  return {
    async sign(typ, claims) {
      const name = await nameNow();
      const generation = name === undefined ? generations[0] : generations.find((known) => known.name === name);
      if (!generation) throw new Error('the key ring names a generation of keys that this deployment does not have');
      const { length } = generation.keys;
      const keyArn = generation.keys[length > 1 ? Buffer.from(randomBytes(4)).readUInt32BE() % length : 0];
      if (keyArn === undefined) throw new Error(`the generation ${generation.name} has no keys`);
      return keys.signJwt(keyArn, typ, claims);
    },
  };
}
