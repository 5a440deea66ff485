/** The engine against the simplest thing that could be right: maps, and a sort for each query. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createDynamoDb } from '../../../../local/aws/dynamodb/dynamodb.ts';
import type { DynamoDb } from '../../../../local/aws/dynamodb/dynamodb.ts';
import { AwsError } from '../../../../local/aws/service.ts';
import { BROKER, callOf, ORDERS, REGION, START, temporaryDirectory } from './harness.ts';

interface Row {
  readonly customer: string;
  readonly order: string;
  readonly status?: string | undefined;
  readonly total?: number | undefined;
}

type Guard = 'none' | 'exists' | 'absent';

interface Action {
  readonly kind: 'Put' | 'Delete' | 'Add' | 'ConditionCheck';
  readonly row: Row;
  readonly guard: Guard;
}

const row = fc.record({
  customer: fc.constantFrom('A', 'B'),
  order: fc.constantFrom('1', '11', '2'),
  status: fc.option(fc.constantFrom('open', 'done'), { nil: undefined }),
  total: fc.option(fc.integer({ min: -12, max: 12 }), { nil: undefined }),
});
const action: fc.Arbitrary<Action> = fc.record({
  kind: fc.constantFrom('Put', 'Delete', 'Add', 'ConditionCheck'),
  row,
  guard: fc.constantFrom('none', 'exists', 'absent'),
});
const transactions = fc.array(fc.array(action, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 15 });

const nameOf = ({ customer, order }: Row): string => `${customer}/${order}`;

/** The state after a transaction, or nothing where it is refused. */
function apply(state: ReadonlyMap<string, Row>, actions: readonly Action[]): Map<string, Row> | undefined {
  const names = actions.map(({ row: target }) => nameOf(target));
  if (new Set(names).size < names.length) return undefined;
  const next = new Map(state);
  for (const { kind, row: target, guard } of actions) {
    const name = nameOf(target);
    const before = state.get(name);
    if (kind === 'ConditionCheck' ? !before : guard !== 'none' && (guard === 'exists') !== Boolean(before))
      return undefined;
    if (kind === 'Put') next.set(name, target);
    if (kind === 'Delete') next.delete(name);
    if (kind === 'Add') {
      const { customer, order } = target;
      next.set(name, { ...(before ?? { customer, order }), total: (before?.total ?? 0) + 1 });
    }
  }
  return next;
}

const itemOf = ({ customer, order, status, total }: Row): object => ({
  customer: { S: customer },
  order: { S: order },
  ...(status !== undefined && { status: { S: status } }),
  ...(total !== undefined && { total: { N: String(total) } }),
});

function actionOf({ kind, row: target, guard }: Action): object {
  const { customer, order } = target;
  const guards = { none: undefined, exists: 'attribute_exists(customer)', absent: 'attribute_not_exists(customer)' };
  const common = { TableName: 'orders', ...(guards[guard] !== undefined && { ConditionExpression: guards[guard] }) };
  const Key = itemOf({ customer, order });
  switch (kind) {
    case 'Put':
      return { Put: { ...common, Item: itemOf(target) } };
    case 'Delete':
      return { Delete: { ...common, Key } };
    case 'ConditionCheck':
      return { ConditionCheck: { ...common, Key, ConditionExpression: 'attribute_exists(customer)' } };
    case 'Add':
      return {
        Update: {
          ...common,
          Key,
          UpdateExpression: 'ADD #t :one',
          ExpressionAttributeNames: { '#t': 'total' },
          ExpressionAttributeValues: { ':one': { N: '1' } },
        },
      };
  }
}

async function perform(db: DynamoDb, operation: string, input: object): Promise<unknown> {
  return db.operations[operation]?.handle(input as never, callOf(BROKER));
}

async function query(db: DynamoDb, name: string, value: string, index: object, Limit: number): Promise<object[]> {
  const items: object[] = [];
  let start: object | undefined;
  do {
    const page = (await perform(db, 'Query', {
      TableName: 'orders',
      ...index,
      KeyConditionExpression: '#k = :v',
      ExpressionAttributeNames: { '#k': name },
      ExpressionAttributeValues: { ':v': { S: value } },
      Limit,
      ...(start && { ExclusiveStartKey: start }),
    })) as { Items: object[]; LastEvaluatedKey?: object };
    items.push(...page.Items);
    start = page.LastEvaluatedKey;
  } while (start);
  return items;
}

/** The table, its index, its counts and its stream all say what the model says. */
async function compareWith(db: DynamoDb, state: ReadonlyMap<string, Row>, streamArn: string): Promise<void> {
  const rows = [...state.values()];
  for (const customer of ['A', 'B']) {
    const expected = rows.filter((each) => each.customer === customer).sort((a, b) => (a.order < b.order ? -1 : 1));
    expect(await query(db, 'customer', customer, {}, 2)).toEqual(expected.map(itemOf));
  }
  for (const status of ['open', 'done']) {
    const found = await query(db, 'status', status, { IndexName: 'byStatus' }, 1);
    const expected = rows.filter((each) => each.status === status && each.total !== undefined);
    const totals = found.map((item) => Number((item as { total: { N: string } }).total.N));
    expect(totals).toEqual(expected.map((each) => each.total ?? 0).sort((a, b) => a - b));
    expect(new Set(found.map((item) => JSON.stringify(sorted(item))))).toEqual(
      new Set(expected.map((each) => JSON.stringify(sorted(itemOf(each))))),
    );
  }
  expect(await perform(db, 'DescribeTable', { TableName: 'orders' })).toMatchObject({
    Table: { ItemCount: rows.length },
  });
  const replayed = new Map<string, unknown>();
  for (const { dynamodb } of await db.readStream(streamArn, undefined, 10_000)) {
    const name = JSON.stringify(sorted(dynamodb.Keys));
    expect(dynamodb.OldImage).toEqual(replayed.get(name));
    if (dynamodb.NewImage) replayed.set(name, dynamodb.NewImage);
    else replayed.delete(name);
  }
  expect(replayed.size).toBe(rows.length);
}

const sorted = (item: object): object => Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));

async function play(db: DynamoDb, steps: readonly (readonly Action[])[]): Promise<Map<string, Row>> {
  let state = new Map<string, Row>();
  for (const actions of steps) {
    const next = apply(state, actions);
    const refused = await perform(db, 'TransactWriteItems', { TransactItems: actions.map(actionOf) }).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (next) {
      expect(refused).toBeUndefined();
      state = next;
    } else {
      expect(refused).toBeInstanceOf(AwsError);
    }
  }
  return state;
}

it('any transactions leave what a map would hold', async () => {
  await fc.assert(
    fc.asyncProperty(transactions, async (steps) => {
      const db = await createDynamoDb({ clock: () => START });
      const { streamArn = '' } = await db.createTable(BROKER, REGION, ORDERS);
      await compareWith(db, await play(db, steps), streamArn);
      await db.close();
    }),
    { numRuns: 150 },
  );
});

it('and leave it on the disk', async () => {
  await fc.assert(
    fc.asyncProperty(transactions, async (steps) => {
      const directory = await temporaryDirectory();
      const first = await createDynamoDb({ clock: () => START, directory: directory.path });
      const { streamArn = '' } = await first.createTable(BROKER, REGION, ORDERS);
      const state = await play(first, steps);
      await first.close();
      const second = await createDynamoDb({ clock: () => START, directory: directory.path });
      await compareWith(second, state, streamArn);
      await second.close();
      await directory.remove();
    }),
    { numRuns: 15 },
  );
});
