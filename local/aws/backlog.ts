/**
 * Work that must be done at least once: kept in the durable store from when it is accepted until it is settled.
 *
 * Whoever accepts it writes it together with what it belongs to; whoever does it asks what is due, and settles it, puts
 * it off, or hands it on to another backlog in one write.
 */
import { createArrivals } from '../runtime/sources/arrivals.ts';
import type { StateStore } from './store.ts';

type Changes = Readonly<Record<string, unknown>>;

/** One piece of work. Times are epoch milliseconds. */
export interface Entry<Item> {
  readonly key: string;
  readonly item: Item;
  readonly acceptedAt: number;
  /** Tries that have failed. */
  readonly failures: number;
  readonly dueAt: number;
}

export interface Backlog<Item> {
  /** What to write so that the items are accepted. @param dueAt when they are first tried, @default now */
  accept(items: readonly Item[], now: number, dueAt?: number): Changes;
  /** What to write so that the work is done with. */
  settle(entry: Entry<Item>): Changes;
  /** What to write after a try that failed. */
  putOff(entry: Entry<Item>, dueAt: number): Changes;
  /** Wakes whoever waits for work: to be called once the changes are written. */
  announce(): void;
  /** All that has been written and not been settled, the oldest first. */
  entries(): readonly Entry<Item>[];
  /** Resolves when something is next announced. */
  nextChange(): Promise<void>;
}

const SEQUENCE_DIGITS = 16;

/** @param name keeps it apart from everything else in the store */
export function openBacklog<Item>(store: StateStore, name: string): Backlog<Item> {
  const prefix = `backlog/${name}/`;
  // Reading the whole store at each turn would be slow; what is pending is few.
  const pending = new Set(store.entries(prefix).map(([key]) => key));
  let sequence = Number([...pending].at(-1)?.slice(prefix.length) ?? 0);
  const changes = createArrivals();

  return {
    accept(items, now, dueAt = now) {
      const accepted = items.map((item): readonly [string, Entry<Item>] => {
        sequence += 1;
        const key = prefix + String(sequence).padStart(SEQUENCE_DIGITS, '0');
        pending.add(key);
        return [key, { key, item, acceptedAt: now, failures: 0, dueAt }];
      });
      return Object.fromEntries(accepted);
    },
    settle({ key }) {
      pending.delete(key);
      return { [key]: undefined };
    },
    putOff: (entry, dueAt) => ({ [entry.key]: { ...entry, failures: entry.failures + 1, dueAt } }),
    announce() {
      changes.arrived(name);
    },
    entries: () => [...pending].flatMap((key) => (store.get(key) as Entry<Item> | undefined) ?? []),
    nextChange: () => changes.next(name),
  };
}
