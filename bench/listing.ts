import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DYNAMODB_CLIENT } from '../adapters/aws/clientOptions.ts';
import { createDynamoGrantStore } from '../adapters/aws/dynamoGrantStore.ts';
import { toGrantItem } from '../adapters/aws/grantItem.ts';
import { createIds } from '../adapters/aws/ids.ts';
import { AUDIT_TABLE, GRANTS_TABLE } from '../adapters/aws/tables.ts';
import type { Grant } from '../core/grant.ts';
import type { GrantStore, PageRequest } from '../core/ports.ts';
import type { PrincipalId, PrincipalRef } from '../core/principal.ts';
import type { Scope } from '../core/scope.ts';
import { createDynamoDb } from '../local/aws/dynamodb/dynamodb.ts';
import type { DynamoDb } from '../local/aws/dynamodb/dynamodb.ts';
import { definitionOf } from '../test/adapters/aws/tables.ts';
import { BROKER, startLocalAws } from '../test/local/aws/harness.ts';
import { median, timed } from './numbers.ts';
import { rounded, table } from './report.ts';

const SIZES = [1_000, 100_000];
/** The API's default. */
const PAGE = 25;
const RUNS = 25;
const BATCH = 25;

/** Calls and read units that one page costs, as the SDK's client sees them. */
interface Cost {
  calls: number;
  units: number;
}

type Pages = readonly (readonly [
  view: string,
  read: (page: PageRequest) => ReturnType<GrantStore['listByRequester']>,
])[];

/**
 * What a page of grants costs in a small and in a large table. All grants are of one requester and have ended, so that
 * one partition of each index holds everything: the worst case.
 */
export async function listing(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'writ-bench-'));
  const dynamodb = await createDynamoDb({ directory, clock: Date.now });
  const harness = await startLocalAws({ services: [dynamodb], now: Date.now() });
  const cost: Cost = { calls: 0, units: 0 };
  const client = meteredClient(harness.client(harness.aws.bootstrap.rootCredentials(BROKER)), cost);
  try {
    const rows: (string | number)[][] = [];
    for (const size of SIZES) {
      const grantsTable = `${GRANTS_TABLE.name}-${size}`;
      // Without the stream, which lists don't read: it would double the loading.
      const { StreamSpecification: _, ...definition } = definitionOf(GRANTS_TABLE, grantsTable);
      await dynamodb.createTable(BROKER, 'us-east-1', definition);
      await load(dynamodb, grantsTable, size);
      const names = { grantsTable, auditTable: AUDIT_TABLE.name };
      const store = createDynamoGrantStore({ client, random: Math.random, sleep, ...names });
      rows.push(...(await read(store, size, cost)));
    }
    return [
      table(['view', 'page', 'grants in the table', 'shown', 'DynamoDB calls', 'read units', 'ms'], rows),
      `Each line is one page of ${PAGE}; the time is the median of ${RUNS}. All grants are one requester's and have ended.`,
    ].join('\n');
  } finally {
    client.destroy();
    await harness.stop();
    rmSync(directory, { recursive: true });
  }
}

/** Counts calls below the retries, so that a repeated call counts too. */
function meteredClient(options: ConstructorParameters<typeof DynamoDBClient>[0], cost: Cost): DynamoDBClient {
  const client = new DynamoDBClient({ ...options, ...DYNAMODB_CLIENT });
  client.middlewareStack.add(
    (next) => (call) => {
      Object.assign(call.input, { ReturnConsumedCapacity: 'TOTAL' });
      return next(call);
    },
    { step: 'initialize' },
  );
  client.middlewareStack.add(
    (next) => async (call) => {
      cost.calls += 1;
      const result = await next(call);
      const output: object = result.output ?? {};
      if ('ConsumedCapacity' in output) cost.units += unitsOf(output.ConsumedCapacity);
      return result;
    },
    { step: 'deserialize', priority: 'high' },
  );
  return client;
}

const unitsOf = (consumed: unknown): number =>
  typeof consumed === 'object' && consumed !== null && 'CapacityUnits' in consumed ? Number(consumed.CapacityUnits) : 0;

async function read(store: GrantStore, size: number, cost: Cost): Promise<(string | number)[][]> {
  const pages: Pages = [
    ['mine', (page) => store.listByRequester(ALICE.id, page)],
    ['history', (page) => store.listByBucket('ended', page)],
  ];
  const rows: (string | number)[][] = [];
  for (const [view, list] of pages) {
    const { cursor } = await list({ limit: 100 });
    for (const [name, page] of Object.entries({ first: {}, later: cursor === undefined ? {} : { cursor } })) {
      Object.assign(cost, { calls: 0, units: 0 });
      const { items } = await list({ limit: PAGE, ...page });
      const { calls, units } = cost;
      const times: number[] = [];
      for (let run = 0; run < RUNS; run++) {
        times.push((await timed(() => list({ limit: PAGE, ...page }))).milliseconds);
      }
      rows.push([view, name, size.toLocaleString('en'), items.length, calls, units, rounded(median(times))]);
    }
  }
  return rows;
}

/** Straight into the engine, in AWS's own batches: signed calls would take minutes. */
async function load(dynamodb: DynamoDb, grantsTable: string, size: number): Promise<void> {
  const write = dynamodb.operations['BatchWriteItem'];
  if (!write) throw new Error('the local DynamoDB has no BatchWriteItem');
  const arn = `arn:aws:iam::${BROKER}:root`;
  const call = {
    caller: { kind: 'root', accountId: BROKER, arn },
    region: 'us-east-1',
    requestId: '',
    sourceIp: '',
  } as const;
  const ids = createIds(Date.now, (count) => crypto.getRandomValues(new Uint8Array(count)));
  for (let made = 0; made < size; made += BATCH) {
    const puts = Array.from({ length: BATCH }, (_, index) => ({
      PutRequest: { Item: toGrantItem(grantOf(ids.grant(), ids.sourceIdentity(), START + (made + index) * 1_000)) },
    }));
    const input = { RequestItems: { [grantsTable]: puts } };
    await write.handle(input as never, { ...call, now: Date.now() });
  }
}

const START = Date.UTC(2026, 0, 1);
const ALICE: PrincipalRef = {
  id: 'admin:local-admin:alice' as PrincipalId,
  domain: 'admin',
  subject: 'alice',
  person: 'alice',
};

const SCOPE: Scope = [
  {
    actions: ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'],
    resources: ['arn:aws:dynamodb:us-east-1:111122223333:table/orders'],
    leadingKeys: ['C-42'],
  },
];

const grantOf = (id: string, sourceIdentity: string, at: number): Grant => ({
  id,
  version: 3,
  request: {
    entitlement: 'orders-read',
    requester: ALICE,
    parameters: { customer: 'C-42' },
    scope: SCOPE,
    durationSeconds: 600,
    purpose: 'incident',
    justification: 'the customer cannot see an order',
    ticket: 'INC-42',
  },
  scope: SCOPE,
  requestSha256: 'a'.repeat(64),
  approvals: [],
  extensions: [],
  decision: {
    outcome: 'allowed',
    policies: [
      { id: 'engineers-use', effect: 'permit' },
      { id: 'engineers-low-risk', effect: 'permit' },
    ],
    reasons: ['Engineers may borrow what their project lends.', 'Low risk: engineers get it at once.'],
    bundleSha256: 'b'.repeat(64),
  },
  requestedAt: at,
  state: {
    status: 'returned',
    endReason: 'returned',
    activatedAt: at,
    expiresAt: at + 600_000,
    endedAt: at + 300_000,
    endedBy: ALICE,
  },
  sourceIdentity,
  roleArn: 'arn:aws:iam::111122223333:role/writ/lend/writ-orders-read',
  salt: '0'.repeat(32),
  credentials: { attempts: 1, issued: 1, lastIssuedAt: at + 1_000 },
});
