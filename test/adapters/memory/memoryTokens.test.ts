import { createMemoryStore } from '../../../adapters/memory/store.ts';
import { birthOf } from '../samples.ts';
import { tokenStoresContract } from '../tokenStores.contract.ts';

tokenStoresContract(async () => {
  const store = createMemoryStore();
  return {
    store,
    seed: (grants) => Promise.all(grants.map((grant) => store.create({ grant, leaves: birthOf(grant) }))),
  };
});
