import type { Stores } from '../../adapters/memory/store.ts';
import type { Grant } from '../../core/grant.ts';
import { approvalListsContract } from './approvalLists.contract.ts';
import { companionsContract } from './companions.contract.ts';
import { consentStoreContract } from './consentStore.contract.ts';
import { onceStoreContract } from './onceStore.contract.ts';
import { sealedKeyStoreContract } from './sealedKeyStore.contract.ts';
import { waitStoreContract } from './waitStore.contract.ts';

/** Empty stores. */
export interface Opened {
  readonly store: Stores;
  /** Puts many grants there at once, without their leaves. */
  readonly seed: (grants: readonly Grant[]) => Promise<unknown>;
}

export type Open = () => Promise<Opened>;

/** What every implementation of the ports for approvals does, whatever it stands on. */
export function approvalStoresContract(open: Open): void {
  companionsContract(open);
  approvalListsContract(open);
  consentStoreContract(open);
  onceStoreContract(open);
  waitStoreContract(open);
  sealedKeyStoreContract(open);
}
