import type { Host } from './host.ts';

/**
 * What time it is for the API. Countdowns go by its clock: its deadlines are the ones that count, and this machine's
 * clock may be wrong. Each answer's `Date` (RFC 9110 section 6.6.1) sets it anew.
 */
export class ServerClock {
  readonly #host: Pick<Host, 'now' | 'fetch'>;
  #ahead = 0;

  constructor(host: Pick<Host, 'now' | 'fetch'>) {
    this.#host = host;
  }

  /** Epoch milliseconds. This machine's own until the API has answered. */
  readonly now = (): number => this.#host.now() + this.#ahead;

  /** The host's `fetch`, listening to the time of each answer. */
  readonly fetch: typeof fetch = async (input, init) => {
    const sent = this.#host.now();
    const response = await this.#host.fetch(input, init);
    const date = Date.parse(response.headers.get('date') ?? '');
    if (!Number.isNaN(date)) this.#ahead = aheadOf(date, sent, this.#host.now());
    return response;
  };
}

/** `Date` counts whole seconds: a clock that can be right is left alone. */
function aheadOf(date: number, sent: number, received: number): number {
  const isPossible = date + 1_000 > sent && date <= received;
  return isPossible ? 0 : date + 500 - received;
}
