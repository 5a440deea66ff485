import { afterAll, beforeAll } from 'vitest';
import { createDynamoAuditReader } from '../../../adapters/aws/dynamoAuditReader.ts';
import { createDynamoGrantStore } from '../../../adapters/aws/dynamoGrantStore.ts';
import { grantStoreContract } from '../grantStore.contract.ts';
import type { LocalTables } from './tables.ts';
import { AT_ONCE, startTables } from './tables.ts';

let tables: LocalTables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

grantStoreContract(async () => {
  const options = { client: tables.client, ...AT_ONCE, ...(await tables.fresh()) };
  return { ...createDynamoGrantStore(options), ...createDynamoAuditReader(options) };
});
