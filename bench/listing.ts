import { setTimeout as sleep } from 'node:timers/promises';
import { createDynamoGrantStore } from '../adapters/aws/dynamoGrantStore.ts';
import { toGrantItem } from '../adapters/aws/grantItem.ts';
import { createIds } from '../adapters/aws/ids.ts';
import type { Item } from '../adapters/aws/item.ts';
import type { Grant } from '../core/grant.ts';
import type { GrantStore, PageRequest } from '../core/ports.ts';
import type { PrincipalId, PrincipalRef } from '../core/principal.ts';
import type { Scope } from '../core/scope.ts';
import type { Cost } from './metered.ts';
import { noCost } from './metered.ts';
import { median, timed } from './numbers.ts';
import { rounded, table } from './report.ts';
import { startTables } from './tables.ts';

const SIZES = [1_000, 100_000];
/** The API's default. */
const PAGE = 25;
const RUNS = 25;

type Pages = readonly (readonly [
  view: string,
  read: (page: PageRequest) => ReturnType<GrantStore['listByRequester']>,
])[];

/**
 * What a page of grants costs in a small and in a large table. All grants are of one requester and have ended, so that
 * one partition of each index holds everything: the worst case.
 */
export async function listing(): Promise<string> {
  const tables = await startTables();
  try {
    const rows: (string | number)[][] = [];
    for (const size of SIZES) {
      const names = await tables.create(String(size));
      await tables.load(names.grantsTable, endedGrants(size));
      const store = createDynamoGrantStore({ client: tables.client, random: Math.random, sleep, ...names });
      rows.push(...(await read(store, size, tables.cost)));
    }
    return [
      table(['view', 'page', 'grants in the table', 'shown', 'DynamoDB calls', 'read units', 'ms'], rows),
      `Each line is one page of ${PAGE}; the time is the median of ${RUNS}. All grants are one requester's and have ended.`,
    ].join('\n');
  } finally {
    await tables.stop();
  }
}

async function read(store: GrantStore, size: number, cost: Cost): Promise<(string | number)[][]> {
  const pages: Pages = [
    ['mine', (page) => store.listByRequester(ALICE.id, page)],
    ['history', (page) => store.listByBucket('ended', page)],
  ];
  const rows: (string | number)[][] = [];
  for (const [view, list] of pages) {
    const { cursor } = await list({ limit: 100 });
    for (const [name, page] of Object.entries({ first: {}, later: cursor === undefined ? {} : { cursor } })) {
      Object.assign(cost, noCost());
      const { items } = await list({ limit: PAGE, ...page });
      const { calls, readUnits } = cost;
      const times: number[] = [];
      for (let run = 0; run < RUNS; run++) {
        times.push((await timed(() => list({ limit: PAGE, ...page }))).milliseconds);
      }
      rows.push([view, name, size.toLocaleString('en'), items.length, calls, readUnits, rounded(median(times))]);
    }
  }
  return rows;
}

function* endedGrants(count: number): Generator<Item> {
  const ids = createIds(Date.now, (bytes) => crypto.getRandomValues(new Uint8Array(bytes)));
  for (let made = 0; made < count; made++) {
    yield toGrantItem(grantOf(ids.grant(), ids.sourceIdentity(), START + made * 1_000));
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
  narrowings: 0,
  uses: { spent: 0 },
  credentials: { attempts: 1, issued: 1, lastIssuedAt: at + 1_000 },
});
