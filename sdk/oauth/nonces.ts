/** The nonce that each server gave last (RFC 9449 §8, §9): kept by origin, and used until there is another. */
export class Nonces {
  readonly #byOrigin = new Map<string, string>();

  for(url: string): string | undefined {
    return this.#byOrigin.get(new URL(url).origin);
  }

  /** @returns whether the answer brought one */
  remember(url: string, headers: Headers): boolean {
    const nonce = headers.get('dpop-nonce');
    if (nonce === null || !NONCE.test(nonce)) return false;
    this.#byOrigin.set(new URL(url).origin, nonce);
    return true;
  }
}

/** RFC 9449 §8.1; bounded, since it is sent back. */
const NONCE = /^[\x21\x23-\x5b\x5d-\x7e]{1,512}$/u;
