/**
 * Bytes for what is read and forgotten before anything else has a turn, such as a segment of a token while it is parsed.
 * To make a small buffer for each takes longer than most checks of what is in it.
 *
 * What `bytes` gave is overwritten at the next call: never keep it, and never wait with it.
 */
export class Scratch {
  readonly #whole: Buffer;
  /** By length: of one deployment's tokens, there are few. */
  readonly #views: (Buffer | undefined)[] = [];

  /** @param size most bytes that are wanted again and again; more are made anew each time */
  constructor(size: number) {
    this.#whole = Buffer.alloc(size);
  }

  /** So many bytes, that may hold what was written to them before. */
  bytes(length: number): Buffer {
    if (length > this.#whole.length) return Buffer.allocUnsafe(length);
    return (this.#views[length] ??= this.#whole.subarray(0, length));
  }
}
