import { createHash } from 'node:crypto';

/**
 * Remembers which texts a key was found to have signed, since the same tokens come again and again and the signature is
 * most of what verifying one costs. It says nothing of the claims: whether they hold now is looked at each time.
 *
 * Only what verified gets in, so a stranger can't push others out; no text is kept, only its SHA-256. What is known of a
 * key goes with the key: once another one is in its place, nothing verified by it counts.
 */
export class GoodSignatures {
  readonly #capacity: number;
  readonly #byKey = new WeakMap<object, Set<string>>();

  /** @param capacity texts for each key; the oldest goes first */
  constructor(capacity = 1_000) {
    this.#capacity = capacity;
  }

  /**
   * Whether the key signed this text.
   *
   * @param key the object that verifies; another object with the same key is another key
   * @param token a JWS in compact form, whole
   * @param verify finds it out, where it is not known
   */
  async isGood(key: object, token: string, verify: () => boolean | Promise<boolean>): Promise<boolean> {
    const digest = createHash('sha256').update(token).digest('base64');
    const known = this.#byKey.get(key) ?? new Set();
    if (known.has(digest)) return true;
    if (!(await verify())) return false;
    this.#byKey.set(key, known);
    if (known.size >= this.#capacity) {
      for (const oldest of known) {
        known.delete(oldest);
        break;
      }
    }
    known.add(digest);
    return true;
  }
}
