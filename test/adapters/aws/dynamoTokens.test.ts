import { afterAll, beforeAll } from 'vitest';
import { tokenStoresContract } from '../tokenStores.contract.ts';
import { freshStores } from './stores.ts';
import type { LocalTables } from './tables.ts';
import { startTables } from './tables.ts';

let tables: LocalTables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

tokenStoresContract(() => freshStores(tables));
