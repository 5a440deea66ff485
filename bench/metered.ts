import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DYNAMODB_CLIENT } from '../adapters/aws/clientOptions.ts';

/** What calls cost, as the SDK's client sees them. A transaction counts as one call. */
export interface Cost {
  calls: number;
  /** Items that DynamoDB looked at to answer reads. */
  items: number;
  readUnits: number;
  writeUnits: number;
}

export const noCost = (): Cost => ({ calls: 0, items: 0, readUnits: 0, writeUnits: 0 });

const READS: readonly string[] = ['GetItemCommand', 'BatchGetItemCommand', 'QueryCommand', 'TransactGetItemsCommand'];

/** Adds up what calls cost in `cost`, below the retries, so that a repeated call counts too. */
export function meteredClient(options: ConstructorParameters<typeof DynamoDBClient>[0], cost: Cost): DynamoDBClient {
  const client = new DynamoDBClient({ ...options, ...DYNAMODB_CLIENT });
  client.middlewareStack.add(
    (next) => (call) => {
      Object.assign(call.input, { ReturnConsumedCapacity: 'TOTAL' });
      return next(call);
    },
    { step: 'initialize' },
  );
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (call) => {
        cost.calls += 1;
        const result = await next(call);
        const output: object = result.output ?? {};
        cost.items += itemsIn(output);
        if ('ConsumedCapacity' in output) {
          cost[READS.includes(commandName) ? 'readUnits' : 'writeUnits'] += unitsOf(output.ConsumedCapacity);
        }
        return result;
      },
    { step: 'deserialize', priority: 'high' },
  );
  return client;
}

function itemsIn(output: object): number {
  if ('ScannedCount' in output) return Number(output.ScannedCount);
  // Of a batch, by table.
  if ('Responses' in output) return Object.values(output.Responses ?? {}).flat().length;
  return 'Item' in output && output.Item !== undefined ? 1 : 0;
}

/** Of one table, or the sum over the tables of a transaction. */
function unitsOf(consumed: unknown): number {
  if (Array.isArray(consumed)) return consumed.reduce<number>((sum, each) => sum + unitsOf(each), 0);
  if (typeof consumed !== 'object' || consumed === null || !('CapacityUnits' in consumed)) return 0;
  return Number(consumed.CapacityUnits);
}
