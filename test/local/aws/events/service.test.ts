import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openBacklog } from '../../../../local/aws/backlog.ts';
import type { Delivery } from '../../../../local/aws/events/match.ts';
import { memoryStore } from '../../../../local/aws/store.ts';
import { BROKER, failure, functionCredentials, SHOP, startLocalAws } from '../harness.ts';
import type { Harness } from '../harness.ts';

const BUS = `arn:aws:events:us-east-1:${BROKER}:event-bus/writ`;
const QUEUE = `arn:aws:sqs:us-east-1:${BROKER}:q`;
const store = memoryStore();
const may = { Effect: 'Allow', Action: 'events:PutEvents', Resource: BUS };

let harness: Harness;
let client: EventBridgeClient;

beforeEach(async () => {
  harness = await startLocalAws({ store });
  const { buses } = harness.aws;
  buses.put({ accountId: BROKER, region: 'us-east-1', name: 'writ' });
  buses.putRule({
    arn: `arn:aws:events:us-east-1:${BROKER}:rule/writ/r`,
    name: 'r',
    busArn: BUS,
    pattern: { source: ['writ'] },
    enabled: true,
    targets: [{ id: 'T', arn: QUEUE, maxRetries: 1, maxAgeMs: 60_000 }],
  });
  client = new EventBridgeClient(harness.client(await functionCredentials(harness, 'relay', may)));
});
afterEach(() => harness.stop());

const entry = (change: Partial<PutEventsRequestEntry> = {}): PutEventsRequestEntry => ({
  EventBusName: 'writ',
  Source: 'writ',
  DetailType: 'grant.activated.v1',
  Detail: '{"id":"g-1"}',
  ...change,
});
const put = (...Entries: PutEventsRequestEntry[]) => client.send(new PutEventsCommand({ Entries }));
const as = async (name: string, ...statements: object[]) => {
  const credentials = await functionCredentials(harness, name, ...statements);
  return new EventBridgeClient(harness.client(credentials));
};

test('an event is on the disk, for each target that wants it, when it is acknowledged', async () => {
  const time = new Date('2026-11-20T08:00:00Z');
  const answer = await put(entry({ Time: time, Resources: ['r1'] }), entry({ EventBusName: BUS, Source: 'other' }));
  expect(answer).toMatchObject({ FailedEntryCount: 0, Entries: [{ EventId: expect.any(String) as string }, {}] });
  const [kept, ...others] = openBacklog<Delivery>(store, 'events').entries();
  expect(others).toEqual([]);
  expect(kept).toMatchObject({ acceptedAt: harness.now, failures: 0, item: { target: { arn: QUEUE } } });
  expect(JSON.parse(kept?.item.input ?? '')).toEqual({
    version: '0',
    id: answer.Entries?.[0]?.EventId,
    'detail-type': 'grant.activated.v1',
    source: 'writ',
    account: BROKER,
    time: '2026-11-20T08:00:00Z',
    region: 'us-east-1',
    resources: ['r1'],
    detail: { id: 'g-1' },
  });
});

test('bad entries fail alone', async () => {
  const { DetailType: _, ...untyped } = entry();
  const answer = await put(
    entry({ Detail: '{' }),
    entry({ Detail: '[]' }),
    untyped,
    entry({ Source: 'aws.ec2' }),
    entry(),
  );
  expect(answer.FailedEntryCount).toBe(4);
  expect(answer.Entries).toEqual([
    { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' },
    { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' },
    {
      ErrorCode: 'InvalidArgument',
      ErrorMessage: 'Parameter DetailType is not valid. Reason: DetailType is a required argument.',
    },
    { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' },
    { EventId: expect.any(String) as string },
  ]);
});

test('a call is limited in entries and bytes', async () => {
  expect((await failure(put(...Array.from({ length: 11 }, () => entry())))).name).toBe('ValidationException');
  const half = entry({ Detail: JSON.stringify({ text: 'x'.repeat(131_072) }) });
  expect((await put(half)).FailedEntryCount).toBe(0);
  expect(await failure(put(half, half))).toEqual({
    name: 'ValidationException',
    message: 'Total size of the entries in the request is over the limit.',
  });
});

test('IAM decides for each entry, by source and type', async () => {
  const narrow = await as('narrow', {
    Effect: 'Allow',
    Action: 'events:PutEvents',
    Resource: BUS,
    Condition: { StringEquals: { 'events:source': 'writ', 'events:detail-type': ['grant.activated.v1'] } },
  });
  const send = (...Entries: PutEventsRequestEntry[]) => narrow.send(new PutEventsCommand({ Entries }));
  expect((await send(entry())).FailedEntryCount).toBe(0);
  for (const other of [entry({ Source: 'payroll' }), entry({ DetailType: 'grant.ended.v1' })]) {
    expect(await failure(send(entry(), other))).toEqual({
      name: 'AccessDeniedException',
      message: expect.stringMatching(
        /is not authorized to perform: events:PutEvents on resource: .*writ because no/,
      ) as string,
    });
  }
  const nobody = await as('nobody');
  expect((await failure(nobody.send(new PutEventsCommand({ Entries: [entry()] })))).name).toBe('AccessDeniedException');
});

test('another account needs the bus’s policy', async () => {
  const root = harness.aws.bootstrap.rootCredentials(SHOP);
  const shop = new EventBridgeClient(harness.client(root));
  const send = () => shop.send(new PutEventsCommand({ Entries: [entry({ EventBusName: BUS })] }));
  expect((await failure(send())).name).toBe('AccessDeniedException');
  harness.aws.buses.putStatement(BUS, 'shop', {
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${SHOP}:root` },
    Action: 'events:PutEvents',
    Resource: BUS,
  });
  expect((await send()).FailedEntryCount).toBe(0);
});

test('a bus’s policy can keep everybody but one role from it, whatever their own policies allow', async () => {
  const herald = await as('herald', may);
  harness.aws.buses.putStatement(BUS, 'alone', {
    Effect: 'Deny',
    Principal: '*',
    Action: 'events:PutEvents',
    Resource: BUS,
    Condition: { StringNotEquals: { 'aws:PrincipalArn': `arn:aws:iam::${BROKER}:role/writ/broker/herald` } },
  });
  expect((await failure(put(entry()))).name).toBe('AccessDeniedException');
  const root = new EventBridgeClient(harness.client(harness.aws.bootstrap.rootCredentials(BROKER)));
  expect((await failure(root.send(new PutEventsCommand({ Entries: [entry()] })))).name).toBe('AccessDeniedException');
  expect((await herald.send(new PutEventsCommand({ Entries: [entry()] }))).FailedEntryCount).toBe(0);
});

test('a bus that is not there is told of', async () => {
  expect(await failure(put(entry({ EventBusName: 'gone' })))).toEqual({
    name: 'ResourceNotFoundException',
    message: 'Event bus gone does not exist.',
  });
});

test('a signature with a wrong key, and a throttle', async () => {
  const good = await functionCredentials(harness, 'relay');
  const bad = new EventBridgeClient(harness.client({ ...good, secretAccessKey: 'wrong' }));
  expect((await failure(bad.send(new PutEventsCommand({ Entries: [entry()] })))).name).toBe(
    'InvalidSignatureException',
  );
  harness.faults.set({ rules: [{ service: 'events', operation: 'PutEvents', kind: 'throttle', rate: 1 }] });
  expect((await failure(put(entry()))).name).toBe('ThrottlingException');
});
