import { expect, test } from 'vitest';
import { openQueues } from '../../../local/aws/sqs/queues.ts';
import { storeOver } from '../../../local/aws/store.ts';

async function queueOf(name: string) {
  let batches = 0;
  const store = storeOver(
    new Map(),
    async () => void (batches += 1),
    async () => {},
  );
  const time = { now: 0 };
  const queues = openQueues(store, () => time.now);
  const queue = await queues.put({ accountId: '999988887777', region: 'us-east-1', name });
  const send = (body: string, groupId?: string) =>
    queues.send(queue, { body, senderId: 'x', ...(groupId && { groupId, deduplicationId: body }) });
  return { queues, queue, send, time, batches: () => batches };
}

test('several messages are deleted in one write', async () => {
  const { queues, queue, send, batches } = await queueOf('plain');
  for (const body of ['a', 'b', 'c']) await send(body);
  const [a, b] = await queues.receive(queue, 2);
  const before = batches();
  await queues.deleteAll(
    queue,
    [a, b, a].flatMap((message) => message?.receiptHandle ?? []),
  );
  expect(batches() - before).toBe(1);
  expect(queues.counts(queue)).toEqual({ visible: 1, inFlight: 0 });
  await queues.deleteAll(queue, [a?.receiptHandle ?? '']);
  expect(batches() - before).toBe(1);
});

test('where one of them may not be deleted, none is', async () => {
  const { queues, queue, send, time } = await queueOf('ordered.fifo');
  await send('a', 'one');
  const [late] = await queues.receive(queue, 1);
  time.now += 31_000;
  await send('b', 'two');
  const [, other] = await queues.receive(queue, 2);
  const handles = [other?.receiptHandle ?? '', late?.receiptHandle ?? ''];
  await expect(queues.deleteAll(queue, handles)).rejects.toThrow('The receipt handle has expired');
  expect(queues.counts(queue)).toEqual({ visible: 0, inFlight: 2 });
});
