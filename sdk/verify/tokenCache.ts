/** Anything that is known of a token whose signature was verified. */
export interface Remembered {
  /** Epoch milliseconds from which it is forgotten. */
  readonly forgetAt: number;
}

/**
 * Verified tokens by their exact text, so that no other text is ever taken for one of them. Only verified ones get in, so
 * a stranger can't push them out. It knows nothing of revocation: that is looked at each time, by the token's own id.
 */
export class TokenCache<T extends Remembered> {
  readonly #capacity: number;
  /** In the order in which they came. */
  readonly #entries = new Map<string, T>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(text: string, now: number): T | undefined {
    // To look a text up is to hash it.
    if (this.#entries.size === 0) return undefined;
    const entry = this.#entries.get(text);
    if (!entry || entry.forgetAt > now) return entry;
    this.#entries.delete(text);
    return undefined;
  }

  set(text: string, entry: T): void {
    if (this.#capacity === 0) return;
    if (this.#entries.size >= this.#capacity && !this.#entries.has(text)) {
      const oldest = this.#entries.keys().next();
      if (oldest.done !== true) this.#entries.delete(oldest.value);
    }
    this.#entries.set(text, entry);
  }

  delete(text: string): void {
    this.#entries.delete(text);
  }

  get size(): number {
    return this.#entries.size;
  }
}
