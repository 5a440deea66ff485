import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, expect, test } from 'vitest';
import { createFaults } from '../../../local/aws/faults.ts';
import type { FaultPlan } from '../../../local/aws/faults.ts';
import type { Service } from '../../../local/aws/service.ts';
import { failure, functionCredentials, startLocalAws, toyService } from './harness.ts';
import type { Harness } from './harness.ts';

const HALF: FaultPlan = {
  seed: 7,
  rules: [{ service: 'dynamodb', operation: 'PutItem', kind: 'throttle', rate: 0.5 }],
};
const fates = (plan: FaultPlan, count = 200): string[] => {
  const faults = createFaults(plan);
  return Array.from({ length: count }, () => faults.ofCall('dynamodb', 'PutItem'));
};

test('one seed, one series of fates; another seed, another', () => {
  expect(fates(HALF)).toEqual(fates(HALF));
  expect(fates(HALF)).not.toEqual(fates({ ...HALF, seed: 8 }));
});

test('a rate is about how often', () => {
  const hits = fates(HALF, 2_000).filter((fate) => fate === 'throttle').length;
  expect(hits).toBeGreaterThan(900);
  expect(hits).toBeLessThan(1_100);
});

test('other calls in between change nothing', () => {
  const faults = createFaults(HALF);
  const seen = Array.from({ length: 200 }, () => {
    faults.ofCall('dynamodb', 'GetItem');
    faults.ofCall('kms', 'Sign');
    faults.ofDynamodb('PutItem', 'orders');
    return faults.ofCall('dynamodb', 'PutItem');
  });
  expect(seen).toEqual(fates(HALF));
});

test('a rule hits as often as it may', () => {
  const rule = { service: 'dynamodb', kind: 'timeoutAfter', rate: 1, times: 2 } as const;
  expect(fates({ rules: [rule] }, 4)).toEqual(['timeoutAfter', 'timeoutAfter', 'none', 'none']);
});

test('conflicts are DynamoDB’s, by table', () => {
  const faults = createFaults({ rules: [{ service: 'dynamodb', table: 'writ-grants', kind: 'conflict', rate: 1 }] });
  expect(faults.ofDynamodb('TransactWriteItems', 'writ-grants')).toBe('conflict');
  expect(faults.ofDynamodb('TransactWriteItems', 'orders')).toBe('none');
  expect(faults.ofCall('dynamodb', 'TransactWriteItems')).toBe('none');
});

let harness: Harness;
let stop = async (): Promise<void> => {};
afterEach(async () => {
  await stop();
  stop = async () => {};
});

async function start(faultControl = false): Promise<{ list: () => Promise<unknown>; ran: () => number }> {
  let count = 0;
  const toy = toyService(() => [{ action: 'dynamodb:ListTables', resource: '*' }]);
  const handle = async (): Promise<unknown> => ({ TableNames: [String(++count)] });
  const service: Service = { ...toy, operations: { ListTables: { access: () => [], handle } } };
  harness = await startLocalAws({ services: [service], faultControl });
  stop = () => harness.stop();
  const credentials = await functionCredentials(harness, 'grants');
  const client = new DynamoDBClient(harness.client(credentials));
  return { list: () => client.send(new ListTablesCommand({})), ran: () => count };
}

test.each([
  ['throttle', 'ThrottlingException', 0],
  ['timeoutBefore', 'TimeoutError', 0],
  ['timeoutAfter', 'TimeoutError', 1],
] as const)('%s: the client sees %s, and the call has run %i times', async (kind, name, times) => {
  const { list, ran } = await start();
  harness.faults.set({ rules: [{ service: 'dynamodb', operation: 'ListTables', kind, rate: 1, times: 1 }] });
  expect((await failure(list())).name).toBe(name);
  expect(ran()).toBe(times);
  await expect(list()).resolves.toBeDefined();
});

const control = (body: string, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
  fetch(`${harness.url}/_writ/faults`, { method: 'POST', headers, body });

test('the control route sets the plan, where it is on', async () => {
  const { list } = await start(true);
  const plan: FaultPlan = { iamLagMs: 4_000, rules: [{ service: 'dynamodb', kind: 'throttle', rate: 1 }] };
  expect((await control(JSON.stringify(plan))).status).toBe(200);
  expect(harness.faults.iamLagMs()).toBe(4_000);
  expect((await failure(list())).name).toBe('ThrottlingException');
  expect((await control('{}')).status).toBe(200);
  await expect(list()).resolves.toBeDefined();
});

test('the control route is not there by default', async () => {
  await start();
  expect((await control('{}')).status).toBe(403);
  expect(await (await control('{}')).text()).toContain('MissingAuthenticationToken');
});

test('the control route takes nothing that a web page could send, and no nonsense', async () => {
  await start(true);
  expect((await control('{}', { 'content-type': 'text/plain' })).status).toBe(415);
  expect((await control('{}', { 'content-type': 'application/json', origin: 'http://evil.example' })).status).toBe(403);
  expect((await control('{')).status).toBe(400);
  expect((await control('{"rules":[{"service":"kms","kind":"throttle","rate":2}]}')).status).toBe(400);
  expect((await fetch(`${harness.url}/_writ/faults`)).status).toBe(405);
});
