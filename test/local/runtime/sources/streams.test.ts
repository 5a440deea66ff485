import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDynamoDb } from '../../../../local/aws/dynamodb/dynamodb.ts';
import type { DynamoDb } from '../../../../local/aws/dynamodb/dynamodb.ts';
import type { StreamRecord } from '../../../../local/aws/dynamodb/stream-record.ts';
import { memoryStore } from '../../../../local/aws/store.ts';
import type { StateStore } from '../../../../local/aws/store.ts';
import type { EventSourceSpec } from '../../../../local/runtime/deploy/deployment.ts';
import { failed } from '../../../../local/runtime/lambda/outcome.ts';
import type { Outcome } from '../../../../local/runtime/lambda/outcome.ts';
import { createArrivals } from '../../../../local/runtime/sources/arrivals.ts';
import type { EventSource } from '../../../../local/runtime/sources/source.ts';
import { positionOf, startStream } from '../../../../local/runtime/sources/stream.ts';

const OK: Outcome = { ok: true, payload: 'null' };
const FUNCTION_ARN = 'arn:aws:lambda:us-east-1:999988887777:function:relay';

let dynamodb: DynamoDb;
let store: StateStore;
let streamArn: string;
let spec: EventSourceSpec;
const arrivals = createArrivals();
const sources: EventSource[] = [];

beforeEach(async () => {
  store = memoryStore();
  dynamodb = await createDynamoDb({
    clock: () => 1_000,
    onStreamRecords: (arn) => {
      arrivals.arrived(arn);
    },
  });
  const created = await dynamodb.createTable('999988887777', 'us-east-1', {
    TableName: 'grants',
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
  });
  streamArn = created.streamArn ?? '';
  spec = {
    id: 'mapping',
    sourceArn: streamArn,
    functionArn: FUNCTION_ARN,
    batchSize: 10,
    windowSeconds: 0,
    filters: [],
    reportsItemFailures: false,
    startingPosition: 'TRIM_HORIZON',
    maxRetries: -1,
    bisectsOnError: false,
  };
});
afterEach(async () => {
  for (const source of sources.splice(0)) await source.stop();
  await dynamodb.close();
});

interface Run {
  /** The partition keys of each batch that the function was given. */
  readonly batches: string[][];
  readonly reports: string[];
  readonly lost: string[];
  readonly source: EventSource;
}

/** Runs the source against a function that answers each batch as it is told. */
async function run(
  answer: (keys: readonly string[], records: readonly StreamRecord[]) => Outcome,
  changes: Partial<EventSourceSpec> = {},
  authorize: () => Promise<void> = () => Promise.resolve(),
): Promise<Run> {
  const batches: string[][] = [];
  const reports: string[] = [];
  const lost: string[] = [];
  const source = await startStream(
    { ...spec, ...changes },
    {
      invoke: async (_arn, event) => {
        const { Records } = event as { Records: StreamRecord[] };
        const keys = Records.map((record) => record.dynamodb.Keys['pk']?.S ?? '');
        batches.push(keys);
        return answer(keys, Records);
      },
      authorize,
      report: (error) => reports.push(String(error)),
      read: (arn, after, limit) => dynamodb.readStream(arn, after, limit),
      lastSequence: () => dynamodb.lastSequence(),
      nextArrival: (arn) => arrivals.next(arn),
      store,
      onPosition: () => Promise.resolve(),
      sendFailure: async (_arn, body) => {
        lost.push(body);
      },
    },
  );
  sources.push(source);
  return { batches, reports, lost, source };
}

async function put(...keys: string[]): Promise<void> {
  const { PutItem } = dynamodb.operations;
  const call = {
    caller: { kind: 'root' as const, accountId: '999988887777', arn: 'arn:aws:iam::999988887777:root' },
    region: 'us-east-1',
    now: 1_000,
    requestId: '',
    sourceIp: '127.0.0.1',
  };
  // What an operation takes is known to itself alone: here no wire protocol has checked it before.
  for (const key of keys) await PutItem?.handle({ TableName: 'grants', Item: { pk: { S: key } } } as never, call);
}

/** Waits for what the source does in its own time; fails by the test's own time-out. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

describe('a stream that feeds a function', () => {
  it('hands over what is there and what comes, in order', async () => {
    await put('a', 'b');
    const { batches } = await run(() => OK);
    await until(() => batches.length === 1);
    await put('c');
    await until(() => batches.length === 2);
    expect(batches).toEqual([['a', 'b'], ['c']]);
  });

  it('goes on where it was left off', async () => {
    await put('a');
    const first = await run(() => OK);
    await until(() => positionOf(store, spec) !== undefined);
    await first.source.stop();
    await put('b');
    const second = await run(() => OK);
    await until(() => second.batches.length === 1);
    expect(second.batches).toEqual([['b']]);
  });

  it('repeats a batch whose position was not written: nothing is lost', async () => {
    await put('a');
    const first = await run(() => failed('Error', 'not yet'));
    await until(() => first.batches.length === 1);
    await first.source.stop();
    const second = await run(() => OK);
    await until(() => second.batches.length === 1);
    expect(second.batches).toEqual([['a']]);
  });

  it('begins with what comes from now on, where it says so', async () => {
    await put('old');
    const { batches } = await run(() => OK, { startingPosition: 'LATEST' });
    await put('new');
    await until(() => batches.length === 1);
    expect(batches).toEqual([['new']]);
  });

  it('begins anew with another stream of the same name', async () => {
    await put('a');
    await store.write({
      'runtime/stream-position/mapping': { sourceArn: 'another', sequence: dynamodb.lastSequence() },
    });
    const { batches } = await run(() => OK);
    await until(() => batches.length === 1);
    expect(batches).toEqual([['a']]);
  });

  it('hands over only what the filter lets through, and passes by the rest', async () => {
    await put('a', 'deny#1', 'b');
    const { batches } = await run(() => OK, {
      filters: [{ dynamodb: { Keys: { pk: { S: [{ prefix: 'deny#' }] } } } }],
    });
    await until(() => positionOf(store, spec) === dynamodb.lastSequence());
    expect(batches).toEqual([['deny#1']]);
  });

  it('tries a failed batch again until it is done with', async () => {
    await put('a', 'b');
    let attempts = 0;
    const { batches } = await run(() => (++attempts < 3 ? failed('Error', 'busy') : OK));
    await until(() => positionOf(store, spec) !== undefined);
    expect(batches).toEqual([
      ['a', 'b'],
      ['a', 'b'],
      ['a', 'b'],
    ]);
  });

  it('goes on from the first item that the function says has failed', async () => {
    await put('a', 'b', 'c');
    let attempts = 0;
    const { batches } = await run(
      (_keys, records) => {
        attempts += 1;
        const itemIdentifier = records[1]?.dynamodb.SequenceNumber ?? '';
        return attempts > 1 ? OK : { ok: true, payload: JSON.stringify({ batchItemFailures: [{ itemIdentifier }] }) };
      },
      { reportsItemFailures: true },
    );
    await until(() => positionOf(store, spec) === dynamodb.lastSequence());
    expect(batches).toEqual([
      ['a', 'b', 'c'],
      ['b', 'c'],
    ]);
  });

  it.each([
    ['an item of another batch', { batchItemFailures: [{ itemIdentifier: 'nobody' }] }],
    ['no item', { batchItemFailures: [{}] }],
  ])('takes a report of %s as a failure of them all', async (_name, report) => {
    await put('a');
    let attempts = 0;
    const { batches } = await run(() => (++attempts > 1 ? OK : { ok: true, payload: JSON.stringify(report) }), {
      reportsItemFailures: true,
    });
    await until(() => positionOf(store, spec) !== undefined);
    expect(batches).toEqual([['a'], ['a']]);
  });

  it('finds the one bad record by halves, gives it up, and tells the queue where it was', async () => {
    await put('a', 'b', 'bad', 'd');
    const { batches, lost, reports } = await run((keys) => (keys.includes('bad') ? failed('Error', 'no') : OK), {
      bisectsOnError: true,
      maxRetries: 1,
      onFailureArn: 'arn:aws:sqs:us-east-1:999988887777:dead',
    });
    await until(() => positionOf(store, spec) === dynamodb.lastSequence());
    expect(batches).toEqual([['a', 'b', 'bad', 'd'], ['a', 'b'], ['bad', 'd'], ['bad'], ['bad'], ['d']]);
    expect(lost.map((body) => JSON.parse(body) as unknown)).toMatchObject([
      { requestContext: { functionArn: FUNCTION_ARN }, DDBStreamBatchInfo: { streamArn, batchSize: 1 } },
    ]);
    expect(lost[0]).not.toContain('"bad"');
    expect(reports).toEqual(['Error: gave up 1 record(s) after 1 retries']);
  });

  it('is not read where the function’s role may not', async () => {
    await put('a');
    let refusals = 0;
    const { batches, reports } = await run(
      () => OK,
      {},
      () => (++refusals < 3 ? Promise.reject(new Error('not authorized')) : Promise.resolve()),
    );
    await until(() => batches.length === 1);
    expect(reports).toEqual(['Error: not authorized', 'Error: not authorized']);
  });
});
