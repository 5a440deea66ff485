import { hash } from 'node:crypto';

/** Anything that is known of a token whose signature was verified. */
export interface Remembered {
  /** Epoch milliseconds from which it is forgotten. */
  readonly forgetAt: number;
}

/**
 * What is known of verified tokens, by their exact text, so that no other text is ever taken for one of them: the same
 * tokens come again and again, and the signature is most of what verifying one costs. Only verified ones get in, so a
 * stranger can't push them out. No text is kept, only its SHA-256.
 *
 * It knows nothing of revocation: that is looked at each time, by the token's own id. Nor of keys: whoever asks sees to it
 * that what was verified with a key that is no longer good is verified anew.
 */
export class TokenCache<T extends Remembered> {
  readonly #capacity: number;
  /** In the order in which they came. */
  readonly #entries = new Map<string, T>();

  /** @param capacity the oldest goes first; 0 remembers nothing */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(text: string, now: number): T | undefined {
    if (this.#entries.size === 0) return undefined;
    const digest = digestOf(text);
    const entry = this.#entries.get(digest);
    if (!entry || entry.forgetAt > now) return entry;
    this.#entries.delete(digest);
    return undefined;
  }

  set(text: string, entry: T): void {
    if (this.#capacity === 0) return;
    const digest = digestOf(text);
    if (this.#entries.size >= this.#capacity && !this.#entries.has(digest)) {
      const oldest = this.#entries.keys().next();
      if (oldest.done !== true) this.#entries.delete(oldest.value);
    }
    this.#entries.set(digest, entry);
  }

  delete(text: string): void {
    this.#entries.delete(digestOf(text));
  }

  get size(): number {
    return this.#entries.size;
  }
}

const digestOf = (text: string): string => hash('sha256', text, 'base64');
