import { creationContract } from './grantStore/creation.contract.ts';
import { deniesContract } from './grantStore/denies.contract.ts';
import { dueContract } from './grantStore/due.contract.ts';
import { issuanceContract } from './grantStore/issuance.contract.ts';
import { leavesContract } from './grantStore/leaves.contract.ts';
import { listsContract } from './grantStore/lists.contract.ts';
import { transitionContract } from './grantStore/transition.contract.ts';
import type { Open } from './grantStore/setup.ts';

/** What every implementation of `GrantStore` and `AuditReader` does, whatever it stands on. */
export function grantStoreContract(open: Open): void {
  creationContract(open);
  transitionContract(open);
  issuanceContract(open);
  leavesContract(open);
  listsContract(open);
  dueContract(open);
  deniesContract(open);
}
