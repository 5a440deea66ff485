/**
 * The newest records of a stream, in memory: readers are hardly ever far behind, and the store would have to be searched
 * and each record parsed for every one of them.
 */
import type { StreamRecord } from './stream-record.ts';

export interface StreamTail {
  /** In the order of their sequence numbers, once they are in the store. */
  add(records: readonly StreamRecord[]): void;
  /** Up to `limit` records after a sequence number; `undefined` where some of them may no longer be here. */
  after(sequence: string, limit: number): readonly StreamRecord[] | undefined;
  /** Forgets the records up to and including a sequence number. */
  trim(upToSequence: string): void;
}

/** Of a grant some ten kilobytes each. */
const DEFAULT_SIZE = 500;

/** @param since the sequence number after which the records are all here */
export function openTail(since: string, size = DEFAULT_SIZE): StreamTail {
  let completeAfter = since;
  let records: readonly StreamRecord[] = [];

  function drop(count: number): void {
    const last = records[count - 1];
    if (!last) return;
    completeAfter = last.dynamodb.SequenceNumber;
    records = records.slice(count);
  }

  const firstAfter = (sequence: string): number => {
    const at = records.findIndex((record) => record.dynamodb.SequenceNumber > sequence);
    return at < 0 ? records.length : at;
  };

  return {
    add(added) {
      records = [...records, ...added];
      drop(records.length - size);
    },
    after(sequence, limit) {
      if (sequence < completeAfter) return undefined;
      const from = firstAfter(sequence);
      return records.slice(from, from + limit);
    },
    trim(upToSequence) {
      drop(firstAfter(upToSequence));
    },
  };
}
