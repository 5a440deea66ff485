/** The DynamoDB stores over fresh tables, as one. */
import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import { createDynamoActivities } from '../../../adapters/aws/dynamoActivities.ts';
import { createDynamoApprovalLists } from '../../../adapters/aws/dynamoApprovalLists.ts';
import { createDynamoAuditReader } from '../../../adapters/aws/dynamoAuditReader.ts';
import { createDynamoConsents } from '../../../adapters/aws/dynamoConsents.ts';
import { createDynamoGrantStore } from '../../../adapters/aws/dynamoGrantStore.ts';
import { createDynamoKeyRing, createDynamoSnapshots } from '../../../adapters/aws/dynamoKeyRing.ts';
import { createDynamoOnce } from '../../../adapters/aws/dynamoOnce.ts';
import { createDynamoSealedKeys } from '../../../adapters/aws/dynamoSealedKeys.ts';
import { createDynamoTokens } from '../../../adapters/aws/dynamoTokens.ts';
import { createDynamoWaits } from '../../../adapters/aws/dynamoWaits.ts';
import { toGrantItem } from '../../../adapters/aws/grantItem.ts';
import type { Stores } from '../../../adapters/memory/store.ts';
import type { Grant } from '../../../core/grant.ts';
import type { Opened } from '../stores.contract.ts';
import type { LocalTables } from './tables.ts';
import { AT_ONCE } from './tables.ts';

type Names = Awaited<ReturnType<LocalTables['fresh']>>;

export function storesOver(
  tables: LocalTables,
  names: Names,
  sleep: () => Promise<void> = AT_ONCE.sleep,
  random: () => number = AT_ONCE.random,
): Stores {
  const options = { client: tables.client, random, sleep, ...names };
  return {
    ...createDynamoGrantStore(options),
    ...createDynamoAuditReader(options),
    ...createDynamoApprovalLists(options),
    ...createDynamoConsents(options),
    ...createDynamoOnce(options),
    ...createDynamoWaits(options),
    ...createDynamoSealedKeys(options),
    ...createDynamoTokens(options),
    ...createDynamoActivities(options),
    ...createDynamoKeyRing(options),
    ...createDynamoSnapshots(options),
  };
}

export async function freshStores(tables: LocalTables): Promise<Opened> {
  const names = await tables.fresh();
  return { store: storesOver(tables, names), seed: (grants) => seed(tables, names.grantsTable, grants) };
}

async function seed(tables: LocalTables, table: string, grants: readonly Grant[]): Promise<void> {
  for (let i = 0; i < grants.length; i += 25) {
    const puts = grants.slice(i, i + 25).map((grant) => ({ PutRequest: { Item: toGrantItem(grant) } }));
    await tables.client.send(new BatchWriteItemCommand({ RequestItems: { [table]: puts } }));
  }
}
