/** Works off a backlog: several entries at once, each when it is due, one that failed later again. */
import type { Backlog, Entry } from '../../aws/backlog.ts';
import type { SleepUntil } from '../../aws/sleep.ts';
import type { StateStore } from '../../aws/store.ts';
import { backoffMs, loop } from './source.ts';
import type { EventSource } from './source.ts';

export interface WorkerOptions<Item> {
  readonly where: string;
  readonly backlog: Backlog<Item>;
  readonly store: StateStore;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly sleepUntil: SleepUntil;
  readonly report: (error: unknown, where: string) => void;
  /** Does one piece; answers what to write so that it is settled or put off. What it throws is reported; it comes again. */
  readonly work: (entry: Entry<Item>) => Promise<Readonly<Record<string, unknown>>>;
}

const AT_ONCE = 8;
/** A time that no clock shows. */
const FAR = Number.MAX_SAFE_INTEGER;

export function startWorker<Item>(options: WorkerOptions<Item>): EventSource {
  const { where, backlog, store, clock, sleepUntil, report } = options;
  const underWay = new Map<string, Promise<void>>();

  async function run(entry: Entry<Item>): Promise<void> {
    try {
      await store.write(await options.work(entry));
    } catch (error) {
      report(error, where);
      await store.write(backlog.putOff(entry, clock() + backoffMs(entry.failures + 1)));
    } finally {
      underWay.delete(entry.key);
      backlog.announce();
    }
  }

  const source = loop(where, report, async (signal) => {
    const change = backlog.nextChange();
    const waiting = backlog.entries().filter((entry) => !underWay.has(entry.key));
    const due = waiting.filter((entry) => entry.dueAt <= clock()).slice(0, AT_ONCE - underWay.size);
    for (const entry of due) underWay.set(entry.key, run(entry));
    // What was left because enough is under way comes when one of those ends.
    const later = waiting.map((entry) => entry.dueAt).filter((time) => time > clock());
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    await Promise.race([change, sleepUntil(Math.min(FAR, ...later), either)]);
    over.abort();
  });
  return {
    async stop() {
      await source.stop();
      await Promise.all(underWay.values());
    },
  };
}
