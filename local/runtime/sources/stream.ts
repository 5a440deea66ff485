/**
 * A DynamoDB stream that feeds a function: in order, batch by batch, from where it was left off.
 *
 * The position is written after a batch has been dealt with, so that a kill repeats a batch and loses none. Of records
 * that the function does not want it is written now and then: to look at them once more costs nobody anything.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-eventsourcemapping.html
 */
import type { StreamRecord } from '../../aws/dynamodb/stream-record.ts';
import type { StateStore } from '../../aws/store.ts';
import type { EventSourceSpec } from '../deploy/deployment.ts';
import type { Json } from '../json.ts';
import { matcherOf } from './filter.ts';
import { backoffMs, gatherMs, itemFailures, loop, pause, untilAborted } from './source.ts';
import type { EventSource, SourceDeps } from './source.ts';

export interface StreamDeps extends SourceDeps {
  readonly read: (
    streamArn: string,
    afterSequence: string | undefined,
    limit: number,
  ) => Promise<readonly StreamRecord[]>;
  readonly lastSequence: () => string;
  /** Resolves when something is next written to the stream. */
  readonly nextArrival: (streamArn: string) => Promise<void>;
  /** Where positions are kept. */
  readonly store: StateStore;
  /** Told after each step forward. */
  readonly onPosition: (streamArn: string) => Promise<void>;
  /** Sends what was given up to a queue. */
  readonly sendFailure: (queueArn: string, body: string) => Promise<void>;
}

/** After the first record of a rush: the others come right behind it, and one batch is cheaper than many. */
const GATHER_MS = 50;

/** How often the position is written while nothing comes that the function wants. */
const WRITE_EVERY_MS = 1_000;

interface Position {
  readonly sourceArn: string;
  /** The last record dealt with. */
  readonly sequence: string;
}

const sequenceOf = (record: StreamRecord): string => record.dynamodb.SequenceNumber;

/** The last record that a source has dealt with, or `undefined` if none. */
export function positionOf(store: StateStore, { id, sourceArn }: EventSourceSpec): string | undefined {
  const position = store.get(keyOf(id)) as Position | undefined; // under this key only `moveTo` writes
  return position?.sourceArn === sourceArn ? position.sequence : undefined;
}

const keyOf = (id: string): string => `runtime/stream-position/${id}`;

export async function startStream(spec: EventSourceSpec, deps: StreamDeps): Promise<EventSource> {
  const { sourceArn, functionArn, batchSize } = spec;
  const matches = matcherOf(spec.filters);

  async function moveTo(sequence: string): Promise<void> {
    const position: Position = { sourceArn, sequence };
    await deps.store.write({ [keyOf(spec.id)]: position });
    await deps.onPosition(sourceArn);
  }

  const isNew = positionOf(deps.store, spec) === undefined;
  if (isNew && spec.startingPosition === 'LATEST') await moveTo(deps.lastSequence());

  /** The last record looked at, once the first was. */
  let reached: string | undefined;
  let writtenAt = Number.NEGATIVE_INFINITY;

  /** How many records the next attempt takes, and how many attempts the oldest one has failed. */
  let window = batchSize;
  let failures = 0;
  /** There, when all that could be read is dealt with: what ends the wait for more. */
  let arrival: Promise<void> | undefined;

  return loop(`event source ${sourceArn}`, deps.report, async (signal) => {
    if (arrival) {
      await untilAborted(arrival, signal);
      await pause(Math.max(GATHER_MS, gatherMs(spec)), signal);
      arrival = undefined;
      return;
    }
    // Asked for before reading, so that what arrives in between wakes it.
    const next = deps.nextArrival(sourceArn);
    await deps.authorize(functionArn, 'dynamodb:GetRecords', sourceArn);
    const records = await deps.read(sourceArn, reached ?? positionOf(deps.store, spec), window);
    const isAll = records.length < window;
    const wanted = records.filter((record) => matches(record as unknown as Json)); // as read: JSON
    const done = wanted.length === 0 ? records.length : await deliver(records, wanted);
    if (done > 0) await goOn(records, done, wanted.length > 0);
    if (done === records.length) {
      if (isAll) arrival = next;
    } else if (done > 0) return;
    else if (spec.bisectsOnError && records.length > 1) window = Math.ceil(records.length / 2);
    else if (spec.maxRetries >= 0 && failures >= spec.maxRetries) await giveUp(records);
    else await pause(backoffMs(++failures), signal);
  });

  /** Runs the function on the records. Returns how many of them, from the first on, are dealt with. */
  async function deliver(records: readonly StreamRecord[], wanted: readonly StreamRecord[]): Promise<number> {
    const outcome = await deps.invoke(functionArn, { Records: wanted });
    if (!outcome.ok) return 0;
    const failed = spec.reportsItemFailures ? itemFailures(outcome.payload) : [];
    const at = records.findIndex((record) => failed.includes(sequenceOf(record)));
    if (at >= 0) return at;
    // An identifier of none of them is a mistake of the function's: then the whole batch has failed.
    return failed.length === 0 ? records.length : 0;
  }

  async function goOn(records: readonly StreamRecord[], done: number, wereWanted: boolean): Promise<void> {
    const last = records[done - 1];
    if (last) {
      reached = sequenceOf(last);
      const now = performance.now();
      if (wereWanted || now - writtenAt >= WRITE_EVERY_MS) {
        writtenAt = now;
        await moveTo(reached);
      }
    }
    window = batchSize;
    failures = 0;
  }

  async function giveUp(records: readonly StreamRecord[]): Promise<void> {
    deps.report(
      new Error(`gave up ${records.length} record(s) after ${failures} retries`),
      `event source ${sourceArn}`,
    );
    if (spec.onFailureArn !== undefined) {
      await deps.authorize(functionArn, 'sqs:SendMessage', spec.onFailureArn);
      await deps.sendFailure(spec.onFailureArn, JSON.stringify(failureNotice(spec, records)));
    }
    await goOn(records, records.length, true);
  }
}

/** What Lambda sends to the destination of failures: where the records are, not the records. */
function failureNotice({ sourceArn, functionArn }: EventSourceSpec, records: readonly StreamRecord[]): object {
  const sequences = records.map(sequenceOf);
  return {
    requestContext: { functionArn, condition: 'RetryAttemptsExhausted' },
    DDBStreamBatchInfo: {
      streamArn: sourceArn,
      shardId: 'shardId-0',
      startSequenceNumber: sequences[0],
      endSequenceNumber: sequences.at(-1),
      batchSize: records.length,
    },
  };
}
