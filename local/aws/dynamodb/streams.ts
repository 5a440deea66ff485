/**
 * The log behind each table's stream: append-only, durable with the change that it records, in one shard.
 *
 * A reader keeps the last sequence number that it has dealt with, and reads on from there after a restart. Records
 * stay until a reader trims them; AWS would drop them after a day.
 */
import type { Engine } from './engine.ts';
import { AwsError } from '../service.ts';
import { everything, streamPrefix } from './layout.ts';
import type { StreamRecord } from './stream-record.ts';
import { streamArn } from './table.ts';
import type { Table } from './table.ts';

/** Up to `limit` records after a sequence number, or from the oldest. @throws ResourceNotFoundException */
export async function readStream(
  engine: Engine,
  arn: string,
  afterSequence: string | undefined,
  limit: number,
): Promise<readonly StreamRecord[]> {
  const prefix = streamPrefix(streamTable(engine, arn).id);
  const newest = afterSequence === undefined ? undefined : engine.tail(arn).after(afterSequence, limit);
  if (newest) return newest;
  const { lt } = everything(prefix);
  const records: StreamRecord[] = [];
  for await (const [, value] of engine.store.entries({ gt: prefix + (afterSequence ?? ''), lt }, { limit })) {
    records.push(JSON.parse(value) as StreamRecord);
  }
  return records;
}

/** Forgets the records up to and including a sequence number. @throws ResourceNotFoundException */
export async function trimStream(engine: Engine, arn: string, upToSequence: string): Promise<void> {
  const prefix = streamPrefix(streamTable(engine, arn).id);
  engine.tail(arn).trim(upToSequence);
  // A trim that a crash interrupts leaves the newest part: what is read again has been dealt with before.
  await engine.store.clear({ gte: prefix, lt: `${prefix}${upToSequence}!` });
}

function streamTable(engine: Engine, arn: string): Table {
  const table = engine.tables().find((candidate) => streamArn(candidate) === arn);
  if (!table) throw new AwsError('ResourceNotFoundException', `Requested resource not found: Stream: ${arn} not found`);
  return table;
}
