import { createMemoryStore } from '../../../adapters/memory/store.ts';
import { grantStoreContract } from '../grantStore.contract.ts';

grantStoreContract(async () => createMemoryStore());
