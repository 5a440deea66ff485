/** Writes two items a transaction, says so on standard output when it is acknowledged, and never stops by itself. */
import { createDynamoDb } from '../../../../local/aws/dynamodb/dynamodb.ts';
import { BROKER, callOf, ORDERS, REGION, START } from './harness.ts';

const [, , directory = ''] = process.argv;
const db = await createDynamoDb({ directory, clock: () => START });
await db.createTable(BROKER, REGION, ORDERS);
const transact = db.operations['TransactWriteItems'];
for (let n = 1; ; n += 1) {
  const TransactItems = [2 * n, 2 * n + 1].map((total) => ({
    Put: {
      TableName: 'orders',
      Item: {
        customer: { S: 'C' },
        order: { S: String(total) },
        status: { S: 'open' },
        total: { N: String(total) },
      },
    },
  }));
  // As in the endpoint: the table of operations can't know its inputs' types.
  await transact?.handle({ TransactItems } as never, callOf(BROKER));
  process.stdout.write(`${n}\n`);
}
