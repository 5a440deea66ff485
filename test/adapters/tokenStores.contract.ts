import type { Open } from './stores.contract.ts';
import { activitiesContract } from './tokenStore/activities.contract.ts';
import { childrenContract } from './tokenStore/children.contract.ts';
import { consumingContract } from './tokenStore/consuming.contract.ts';
import { familiesContract } from './tokenStore/families.contract.ts';
import { issuingContract } from './tokenStore/issuing.contract.ts';
import { keyRingContract } from './tokenStore/keyRing.contract.ts';
import { revocationContract } from './tokenStore/revocation.contract.ts';

/** What every implementation of the ports for tokens does, whatever it stands on. */
export function tokenStoresContract(open: Open): void {
  issuingContract(open);
  consumingContract(open);
  activitiesContract(open);
  childrenContract(open);
  revocationContract(open);
  familiesContract(open);
  keyRingContract(open);
}
