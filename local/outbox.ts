/**
 * Every message that the system sent to people or to other systems. Nothing leaves the laptop: it ends here, where
 * `GET <issuer>/dev/outbox` lists it.
 */
import type { StateStore } from './aws/store.ts';

export interface OutboxEntry {
  /** Grows with each entry. */
  readonly id: number;
  /** ISO 8601. */
  readonly at: string;
  readonly channel: 'email' | 'hook';
  /** An address, or the name or URL of a hook. */
  readonly to: string;
  readonly subject?: string;
  readonly body: string;
  /** Of a hook: names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Of a hook that was called here. */
  readonly method?: string;
  /** Of a hook that was called here: the status that it answered. */
  readonly answered?: number;
}

export type NewOutboxEntry = Omit<OutboxEntry, 'id' | 'at'>;

export interface Outbox {
  /** Adds the entries, all or none; they are on the disk when it resolves. */
  add(entries: readonly NewOutboxEntry[]): Promise<void>;
  /** The newest last. @param since only those after this id */
  list(filter?: { readonly since?: number; readonly channel?: string }): readonly OutboxEntry[];
}

const PREFIX = 'outbox/';
const DIGITS = 16;

/** @param cap how many entries are kept: the oldest go */
export function openOutbox(store: StateStore, clock: () => number, cap = 5_000): Outbox {
  // Reading the whole store at each listing would be slow.
  const entries = new Map(store.entries(PREFIX).map(([key, value]) => [key, value as OutboxEntry]));
  let last = [...entries.values()].at(-1)?.id ?? 0;

  return {
    async add(added) {
      const at = new Date(clock()).toISOString();
      const changes: Record<string, unknown> = {};
      for (const entry of added) {
        last += 1;
        const key = PREFIX + String(last).padStart(DIGITS, '0');
        const kept: OutboxEntry = { id: last, at, ...entry };
        changes[key] = kept;
        entries.set(key, kept);
      }
      for (const key of [...entries.keys()].slice(0, Math.max(0, entries.size - cap))) {
        changes[key] = undefined;
        entries.delete(key);
      }
      await store.write(changes);
    },
    list: ({ since = 0, channel } = {}) =>
      [...entries.values()].filter((entry) => entry.id > since && (channel === undefined || entry.channel === channel)),
  };
}
