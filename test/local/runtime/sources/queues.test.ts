import type { SQSEvent } from 'aws-lambda';
import { afterEach, describe, expect, it } from 'vitest';
import { openQueues } from '../../../../local/aws/sqs/queues.ts';
import type { Queue, QueueStore } from '../../../../local/aws/sqs/queues.ts';
import { memoryStore } from '../../../../local/aws/store.ts';
import type { EventSourceSpec } from '../../../../local/runtime/deploy/deployment.ts';
import { failed } from '../../../../local/runtime/lambda/outcome.ts';
import type { Outcome } from '../../../../local/runtime/lambda/outcome.ts';
import { startQueue } from '../../../../local/runtime/sources/queue.ts';
import type { EventSource } from '../../../../local/runtime/sources/source.ts';

const OK: Outcome = { ok: true, payload: 'null' };
const sources: EventSource[] = [];
afterEach(async () => {
  for (const source of sources.splice(0)) await source.stop();
});

interface Fixture {
  readonly queue: Queue;
  readonly queues: QueueStore;
  readonly events: SQSEvent[];
  readonly reports: string[];
  readonly time: { now: number };
  send(body: string, groupId?: string): Promise<void>;
  start(): void;
}

async function fixture(
  answer: (event: SQSEvent) => Outcome,
  options: {
    name?: string;
    spec?: Partial<EventSourceSpec>;
    authorize?: (action: string) => Promise<void>;
    clockRate?: number;
  } = {},
): Promise<Fixture> {
  const time = { now: 1_000 };
  const queues = openQueues(memoryStore(), () => time.now);
  const name = options.name ?? 'revocations.fifo';
  const queue = await queues.put({ accountId: '999988887777', region: 'us-east-1', name, visibilityTimeout: 60 });
  const events: SQSEvent[] = [];
  const reports: string[] = [];
  let sent = 0;
  const spec: EventSourceSpec = {
    id: 'mapping',
    sourceArn: queue.arn,
    functionArn: 'arn:aws:lambda:us-east-1:999988887777:function:enforcer',
    batchSize: 10,
    windowSeconds: 0,
    filters: [],
    reportsItemFailures: true,
    startingPosition: 'TRIM_HORIZON',
    maxRetries: -1,
    bisectsOnError: false,
    ...options.spec,
  };
  return {
    queue,
    queues,
    events,
    reports,
    time,
    send: async (body, groupId) => {
      const ids = groupId === undefined ? {} : { groupId, deduplicationId: String(++sent) };
      await queues.send(queue, { body, senderId: 'AROA', ...ids });
    },
    start() {
      sources.push(
        startQueue(spec, {
          queues,
          clockRate: options.clockRate ?? 1,
          invoke: async (_arn, event) => {
            events.push(event as SQSEvent);
            return answer(event as SQSEvent);
          },
          authorize: (_functionArn, action) => options.authorize?.(action) ?? Promise.resolve(),
          report: (error) => reports.push(String(error)),
        }),
      );
    },
  };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

const isEmpty = ({ queue, queues }: Fixture): boolean => {
  const { visible, inFlight } = queues.counts(queue);
  return visible + inFlight === 0;
};

describe('a queue whose messages are gathered', () => {
  const send = async (it: Fixture): Promise<void> => {
    for (let sent = 0; sent < 12; sent++) await it.send(`{"message":${sent}}`);
  };

  it('hands over more at once than one call to SQS gives', async () => {
    const it = await fixture(() => OK, { name: 'messages', spec: { batchSize: 100, windowSeconds: 5 } });
    await send(it);
    it.start();
    await until(() => isEmpty(it));
    expect(it.events.map(({ Records }) => Records.length)).toEqual([12]);
  });

  it('hands over no more than that where it has no window', async () => {
    const it = await fixture(() => OK, { name: 'messages', spec: { batchSize: 100 } });
    await send(it);
    it.start();
    await until(() => isEmpty(it));
    expect(it.events.map(({ Records }) => Records.length)).toEqual([10, 2]);
  });
});

describe('a queue that feeds a function', () => {
  it('hands over messages as SQS records, and deletes them afterwards', async () => {
    const it = await fixture(() => OK);
    await it.send('{"role":"a"}', 'a');
    it.start();
    await until(() => isEmpty(it));
    expect(it.events).toEqual([
      {
        Records: [
          {
            messageId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
            receiptHandle: expect.any(String) as string,
            body: '{"role":"a"}',
            attributes: {
              ApproximateReceiveCount: '1',
              SentTimestamp: '1000',
              SenderId: 'AROA',
              ApproximateFirstReceiveTimestamp: '1000',
              MessageGroupId: 'a',
              MessageDeduplicationId: '1',
              SequenceNumber: '00000000000000000001',
            },
            messageAttributes: {},
            md5OfBody: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
            eventSource: 'aws:sqs',
            eventSourceARN: it.queue.arn,
            awsRegion: 'us-east-1',
          },
        ],
      },
    ]);
  });

  it('hides what is worked on for real time, and what failed for the queue’s own time', async () => {
    const hidden: number[] = [];
    let attempts = 0;
    const it = await fixture(
      () => {
        // In the middle of the work, at 100 times real time, the queue’s minute is long over.
        it.time.now += 100 * 60_000 - 1;
        hidden.push(it.queues.counts(it.queue).inFlight);
        return ++attempts === 1 ? failed('Error', 'busy') : OK;
      },
      { clockRate: 100 },
    );
    await it.send('one', 'a');
    it.start();
    await until(() => attempts === 1);
    await until(() => it.queues.counts(it.queue).inFlight === 1);
    it.time.now += 60_000;
    await until(() => isEmpty(it));
    expect(hidden).toEqual([1, 1]);
  });

  it('is woken by what comes', async () => {
    const it = await fixture(() => OK);
    it.start();
    await it.send('late', 'a');
    await until(() => isEmpty(it));
    expect(it.events).toHaveLength(1);
  });

  it('keeps a message that failed, and hands it over again after its time', async () => {
    let attempts = 0;
    const it = await fixture(() => (++attempts === 1 ? failed('Error', 'busy') : OK));
    await it.send('first', 'a');
    await it.send('second', 'a');
    await it.send('other', 'b');
    it.start();
    // The other group goes on; the second of the first group waits behind the first.
    await until(() => it.events.length === 2);
    expect(it.events.map((event) => event.Records[0]?.body)).toEqual(['first', 'other']);
    it.time.now += 60_000;
    await until(() => isEmpty(it));
    expect(it.events.map((event) => event.Records[0]?.body)).toEqual(['first', 'other', 'first', 'second']);
  });

  it('deletes only what the function does not report as failed', async () => {
    const reporting = (event: SQSEvent): Outcome => ({
      ok: true,
      payload: JSON.stringify({ batchItemFailures: [{ itemIdentifier: event.Records[1]?.messageId }] }),
    });
    const it = await fixture(reporting, { name: 'standard' });
    for (const body of ['a', 'b', 'c']) await it.send(body);
    it.start();
    await until(() => it.queues.counts(it.queue).inFlight === 1);
    expect(it.events[0]?.Records.map((record) => record.body)).toEqual(['a', 'b', 'c']);
  });

  it('keeps all where the report names none of them', async () => {
    const it = await fixture(() => ({ ok: true, payload: '{"batchItemFailures":[{"itemIdentifier":"nobody"}]}' }), {
      name: 'standard',
    });
    await it.send('a');
    it.start();
    await until(() => it.events.length === 1);
    await sources[0]?.stop();
    expect(it.queues.counts(it.queue)).toEqual({ visible: 0, inFlight: 1 });
  });

  it.each(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'])(
    'is not read where the function’s role lacks %s',
    async (missing) => {
      const it = await fixture(() => OK, {
        authorize: (action) => (action === missing ? Promise.reject(new Error('not authorized')) : Promise.resolve()),
      });
      await it.send('a', 'a');
      it.start();
      await until(() => it.reports.length > 0);
      expect(it.events).toEqual([]);
      expect(it.reports[0]).toBe('Error: not authorized');
    },
  );
});
