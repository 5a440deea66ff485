/** A grant from request to refusal, on the whole system: what the README promises. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ExecuteStatementCommand,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { GetRolePolicyCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConsoleSessionView, GrantView, LeafView } from '../../contract/schemas.ts';
import {
  expectStatus,
  issue,
  outcome,
  problemCode,
  query,
  request,
  signedIn,
  startSystem,
  untilRefused,
} from './harness.ts';
import type { Caller, Lent } from './harness.ts';

let system: Awaited<ReturnType<typeof startSystem>>;
let alice: Caller;
beforeAll(async () => {
  system = await startSystem();
  alice = await signedIn(system, 'alice');
});
afterAll(() => system.stop());

const KEY = { customer: { S: 'C-42' }, order: { S: 'O-2026-03-011' } };
const OTHER_KEY = { ...KEY, customer: { S: 'C-43' } };
const ITEM = { ...KEY, article: { S: 'forged' } };

interface Clients {
  readonly db: DynamoDBClient;
  readonly sts: STSClient;
  readonly iam: IAMClient;
}

const assume = (RoleArn: string) => (clients: Clients) =>
  clients.sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'onward' }));
const POLICY = { RoleName: 'writ-orders-read', PolicyName: 'WritRevocations' };
const OPEN_DOOR = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}';
const SELECT = `SELECT * FROM "orders" WHERE customer = 'C-42'`;
const INSERT = `INSERT INTO "orders" VALUE {'customer': 'C-42', 'order': 'forged'}`;
const QUERY = { KeyConditionExpression: 'customer = :c', ExpressionAttributeValues: { ':c': { S: 'C-42' } } };
const UPDATE = { UpdateExpression: 'SET article = :a', ExpressionAttributeValues: { ':a': { S: 'forged' } } };
const TableName = 'orders';

/** Everything that a holder of `orders-read` for C-42 might try besides. IAM refuses each by itself. */
const REFUSED: readonly (readonly [what: string, attempt: (clients: Clients) => Promise<unknown>])[] = [
  ['another customer’s item', ({ db }) => db.send(new GetItemCommand({ TableName, Key: OTHER_KEY }))],
  [
    'both customers’ items at once',
    ({ db }) => db.send(new BatchGetItemCommand({ RequestItems: { orders: { Keys: [KEY, OTHER_KEY] } } })),
  ],
  ['a scan', ({ db }) => db.send(new ScanCommand({ TableName }))],
  ['a PartiQL query', ({ db }) => db.send(new ExecuteStatementCommand({ Statement: SELECT }))],
  ['a PartiQL write', ({ db }) => db.send(new ExecuteStatementCommand({ Statement: INSERT }))],
  ['an index', ({ db }) => db.send(new QueryCommand({ TableName, IndexName: 'by-town', ...QUERY }))],
  ['a put', ({ db }) => db.send(new PutItemCommand({ TableName, Item: ITEM }))],
  ['an update', ({ db }) => db.send(new UpdateItemCommand({ TableName, Key: KEY, ...UPDATE }))],
  ['a delete', ({ db }) => db.send(new DeleteItemCommand({ TableName, Key: KEY }))],
  [
    'a batch of writes',
    ({ db }) => db.send(new BatchWriteItemCommand({ RequestItems: { orders: [{ PutRequest: { Item: ITEM } }] } })),
  ],
  [
    'a transaction that writes',
    ({ db }) => db.send(new TransactWriteItemsCommand({ TransactItems: [{ Put: { TableName, Item: ITEM } }] })),
  ],
  [
    'a transaction that reads another customer',
    ({ db }) => db.send(new TransactGetItemsCommand({ TransactItems: [{ Get: { TableName, Key: OTHER_KEY } }] })),
  ],
  ['the table’s description', ({ db }) => db.send(new DescribeTableCommand({ TableName }))],
  ['the list of tables', ({ db }) => db.send(new ListTablesCommand({}))],
  ['its own role again', assume('arn:aws:iam::111122223333:role/writ/lend/writ-orders-read')],
  ['a stronger role', assume('arn:aws:iam::111122223333:role/writ/lend/writ-account-admin')],
  ['the enforcer’s role', assume('arn:aws:iam::111122223333:role/writ/writ-enforcer')],
  ['the broker’s role', assume('arn:aws:iam::999988887777:role/writ/broker/writ-aws-session')],
  ['its own revocation', ({ iam }) => iam.send(new PutRolePolicyCommand({ ...POLICY, PolicyDocument: OPEN_DOOR }))],
  ['a look at its revocation', ({ iam }) => iam.send(new GetRolePolicyCommand(POLICY))],
];

describe('one customer’s orders for ten minutes', () => {
  let grant: GrantView;
  let lent: Lent;
  beforeAll(async () => {
    grant = await request(alice);
    lent = await issue(system, alice, grant);
  });

  it('are lent at once, with the reasons', () => {
    expect(grant).toMatchObject({ status: 'active', decision: { outcome: 'allowed' }, durationSeconds: 600 });
    expect(grant.decision.reasons.length).toBeGreaterThan(0);
  });

  it('can be read', async () => {
    const { Items } = await query(lent, 'C-42');
    expect(Items?.length).toBeGreaterThan(0);
    expect(new Set(Items?.map((item) => item['customer']?.S))).toEqual(new Set(['C-42']));
  });

  it('come with a session that names the grant and nobody', async () => {
    const { Arn } = await new STSClient(lent.options).send(new GetCallerIdentityCommand({}));
    expect(Arn).toMatch(/^arn:aws:sts::111122223333:assumed-role\/writ-orders-read\/ses_[a-z0-9]+$/);
    expect(Arn).not.toContain('alice');
  });

  it.each([
    ['another customer’s orders', 'C-43', 'orders'],
    ['another table', 'C-42', 'payments'],
  ])('come without %s', async (_what, customer, table) => {
    expect(await outcome(query(lent, customer, table))).toBe('AccessDeniedException');
  });

  it.each(REFUSED)('come without %s', async (_what, attempt) => {
    const { options } = lent;
    const clients = { db: new DynamoDBClient(options), sts: new STSClient(options), iam: new IAMClient(options) };
    // DynamoDB's JSON protocol calls it an exception, the query protocol of the others does not.
    expect(await outcome(attempt(clients))).toMatch(/^AccessDenied(Exception)?$/);
  });

  it('leave a trace for every step that the auditor can read', async () => {
    const audrey = await signedIn(system, 'audrey');
    const answer = await audrey.get<{ items: LeafView[] }>(`/v1/audit/events?grant=${grant.id}&limit=100`);
    const types = expectStatus(answer, 200).items.map((leaf) => leaf.type);
    expect(types.slice(0, 2)).toEqual(['grant.requested', 'grant.activated']);
    expect(types).toContain('credential.issued');
  });
});

describe('giving back', () => {
  it.each([
    ['the shop account', 'orders-read', 'orders'],
    ['the archive account', 'archive-read', 'orders-archive'],
  ])('ends sessions in %s within five seconds', async (_where, entitlement, table) => {
    const grant = await request(alice, { entitlement });
    const lent = await issue(system, alice, grant);
    expect((await query(lent, 'C-42', table)).Count).toBeGreaterThan(0);
    expect(await outcome(query(lent, 'C-43', table))).toBe('AccessDeniedException');

    const returned = expectStatus(await alice.post<GrantView>(`/v1/grants/${grant.id}/return`), 200);
    expect(returned).toMatchObject({ status: 'returned', endReason: 'returned' });
    await untilRefused(lent, 'C-42', table);
    expect(problemCode(await alice.post(`/v1/grants/${grant.id}/aws-credentials`))).toBe('409 grant_ended');
  });

  it('ends all sessions of the grant, and none of another grant of the same entitlement', async () => {
    const [first, second] = [await request(alice), await request(alice)];
    const [one, renewed] = [await issue(system, alice, first), await issue(system, alice, first)];
    const other = await issue(system, alice, second);
    await alice.post(`/v1/grants/${first.id}/return`);
    await untilRefused(one, 'C-42');
    await untilRefused(renewed, 'C-42');
    expect(await outcome(query(other, 'C-42'))).toBe('allowed');

    const bob = await signedIn(system, 'bob');
    const his = await issue(system, bob, await request(bob));
    await alice.post(`/v1/grants/${second.id}/return`);
    await untilRefused(other, 'C-42');
    expect(await outcome(query(his, 'C-42'))).toBe('allowed');
  });

  it('is done for somebody else by a security admin, and not by an auditor', async () => {
    const grant = await request(alice);
    const lent = await issue(system, alice, grant);
    const [audrey, carol] = [await signedIn(system, 'audrey', true), await signedIn(system, 'carol', true)];
    const reason = { reason: 'the laptop was stolen' };
    expect(problemCode(await audrey.post(`/v1/grants/${grant.id}/revoke`, reason))).toBe('403 forbidden');
    expect(await outcome(query(lent, 'C-42'))).toBe('allowed');
    expectStatus(await carol.post(`/v1/grants/${grant.id}/revoke`, reason), 200);
    await untilRefused(lent, 'C-42');
    expect(problemCode(await alice.post(`/v1/grants/${grant.id}/aws-credentials`))).toBe('409 grant_ended');
  });

  it('says when the denial is on the role', async () => {
    const grant = await request(alice);
    const lent = await issue(system, alice, grant);
    await alice.post(`/v1/grants/${grant.id}/return`);
    await untilRefused(lent, 'C-42');
    const shown = async (): Promise<GrantView> =>
      expectStatus(await alice.get<GrantView>(`/v1/grants/${grant.id}`), 200);
    // The role has it first; the record of that follows.
    let view = await shown();
    while (view.enforcement?.appliedAt === undefined) view = await shown();
    expect(Date.parse(view.enforcement.appliedAt)).toBeGreaterThanOrEqual(Date.parse(view.enforcement.since));
  });
});

describe('time', () => {
  it('ends a five-second grant by a second after its end', async () => {
    const grant = await request(alice, { durationSeconds: 5 });
    const lent = await issue(system, alice, grant);
    expect(await outcome(query(lent, 'C-42'))).toBe('allowed');
    await sleep(Date.parse(grant.expiresAt ?? '') + 1_000 - Date.now());
    expect(await outcome(query(lent, 'C-42'))).toBe('AccessDeniedException');
    expect(problemCode(await alice.post(`/v1/grants/${grant.id}/aws-credentials`))).toBe('409 grant_ended');
    expect((await alice.get<GrantView>(`/v1/grants/${grant.id}`)).body).toMatchObject({ status: 'expired' });
  });
});

describe('the console', () => {
  it('opens with a link, and shows what the session may do', async () => {
    const grant = await request(alice);
    const { url, expiresAt } = expectStatus(
      await alice.post<ConsoleSessionView>(`/v1/grants/${grant.id}/console-session`),
      200,
    );
    expect(Date.parse(expiresAt)).toBeLessThanOrEqual(Date.parse(grant.expiresAt ?? ''));
    const page = await (await fetch(url)).text();
    expect(page).toContain('writ-orders-read');
    expect(page).toContain('C-42');
  });
});
