import type { GrantView } from '../../contract/schemas.ts';
import { WritApiError, WritConnectionError } from '../../sdk/errors.ts';
import type { Cli } from './cli.ts';
import { failureOf } from './failure.ts';
import { liveText, waitText } from './question.ts';
import { fitted } from './text.ts';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 10_000;
const GROWTH = 1.5;
/** How far a pause strays, either way: many who wait since the same moment must not ask at the same moment. */
const JITTER = 0.2;
const REDRAW_MS = 1_000;
/** The API may be away for so long before a wait gives up. */
const PATIENCE_MS = 300_000;
const USUAL_COLUMNS = 80;

export interface Watching {
  readonly isOpen: (grant: GrantView) => boolean;
  /** By what the elapsed time counts, epoch milliseconds. */
  readonly since: number;
  readonly forSeconds?: number | undefined;
  readonly stop: AbortSignal;
}

export interface Watched {
  readonly grant: GrantView;
  readonly why: 'settled' | 'stopped' | 'time_up';
}

/**
 * Asks for the grant again and again, ever more slowly, until nothing about it is open. On a terminal one line says how
 * long it has been; each change is a line of its own, everywhere. A short absence of the API does not end it.
 */
export async function watch(cli: Cli, first: GrantView, watching: Watching): Promise<Watched> {
  const { isOpen, stop, forSeconds } = watching;
  const client = await cli.client();
  const until = forSeconds === undefined ? Infinity : cli.host.now() + forSeconds * 1_000;
  const line = new LiveLine(cli, watching.since);
  const outage = new Outage(cli, line);
  let current = first;
  let told: string | undefined;
  let pause = FIRST_PAUSE_MS;
  try {
    while (isOpen(current)) {
      if (stop.aborted) return { grant: current, why: 'stopped' };
      const left = until - cli.host.now();
      if (left <= 0) return { grant: current, why: 'time_up' };
      const change = waitText(current);
      if (change !== told) {
        line.note(change);
        pause = FIRST_PAUSE_MS;
      }
      told = change;
      await linger(cli, line, current, Math.min(Math.max(strayed(cli, pause), outage.atLeast), left), stop);
      pause = Math.min(pause * GROWTH, LONGEST_PAUSE_MS);
      current = await outage.bridge(current, () => orStopped(client.grant(first.id), current, stop));
    }
    return { grant: current, why: 'settled' };
  } finally {
    line.clear();
  }
}

const strayed = (cli: Cli, pause: number): number =>
  pause * (1 - JITTER + (2 * JITTER * cli.host.randomBytes(2).readUInt16BE()) / 0xffff);

/** Sleeps, counting on the terminal meanwhile. */
async function linger(cli: Cli, line: LiveLine, grant: GrantView, time: number, stop: AbortSignal): Promise<void> {
  let left = time;
  while (left > 0 && !stop.aborted) {
    line.draw(grant);
    const step = line.live ? Math.min(REDRAW_MS, left) : left;
    await cli.host.sleep(step, stop).catch((error: unknown) => {
      if (!stop.aborted) throw error;
    });
    left -= step;
  }
}

/** Ctrl-C does not wait for an answer that is on its way. */
function orStopped(answer: Promise<GrantView>, current: GrantView, stop: AbortSignal): Promise<GrantView> {
  return new Promise((resolve, reject) => {
    const stopped = () => {
      resolve(current);
    };
    if (stop.aborted) stopped();
    stop.addEventListener('abort', stopped, { once: true });
    answer.then(resolve, reject).finally(() => {
      stop.removeEventListener('abort', stopped);
    });
  });
}

/** The one line of a terminal that changes while something goes on. */
class LiveLine {
  readonly live: boolean;
  readonly #cli: Cli;
  readonly #since: number;
  #drawn = false;

  constructor(cli: Cli, since: number) {
    this.#cli = cli;
    this.#since = since;
    this.live = cli.host.stderr.isTTY;
  }

  draw(grant: GrantView): void {
    if (!this.live) return;
    const { stderr } = this.#cli.host;
    const columns = stderr.columns?.() ?? USUAL_COLUMNS;
    stderr.write(`\r\u{1B}[K${fitted(liveText(grant, this.#since, this.#cli.now()), columns)}`);
    this.#drawn = true;
  }

  note(text: string): void {
    this.clear();
    this.#cli.out.note(text);
  }

  clear(): void {
    if (this.#drawn) this.#cli.host.stderr.write('\r\u{1B}[K');
    this.#drawn = false;
  }
}

/** Bridges the times at which the API does not answer: the request waits there all the same. */
class Outage {
  /** What `Retry-After` asked for last. */
  atLeast = 0;
  readonly #cli: Cli;
  readonly #line: LiveLine;
  #since: number | undefined;

  constructor(cli: Cli, line: LiveLine) {
    this.#cli = cli;
    this.#line = line;
  }

  async bridge(current: GrantView, ask: () => Promise<GrantView>): Promise<GrantView> {
    try {
      const grant = await ask();
      this.#since = undefined;
      this.atLeast = 0;
      return grant;
    } catch (error) {
      const now = this.#cli.host.now();
      const isFirst = this.#since === undefined;
      this.#since ??= now;
      if (!passes(error) || now - this.#since > PATIENCE_MS) {
        this.#line.note(`${current.id} stays as it is. Wait on: writ requests ${current.id} --wait`);
        throw error;
      }
      if (isFirst) this.#line.note(`${failureOf(error).detail}; still waiting`);
      this.atLeast = error instanceof WritApiError ? Math.min(error.retryAfterMs ?? 0, PATIENCE_MS) : 0;
      return current;
    }
  }
}

const PASSING = new Set(['unavailable', 'too_many_requests', 'internal_error']);

const passes = (error: unknown): boolean =>
  error instanceof WritConnectionError || (error instanceof WritApiError && PASSING.has(error.code));
