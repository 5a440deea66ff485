import type { Hold } from '../../core/oauth/ports.ts';
import type { MemoryState } from './state.ts';

/** Whether the grant is lent by tokens, active and as it was read. */
export function isHeld({ grants }: MemoryState, { grantId, at }: Hold): boolean {
  const grant = grants.get(grantId);
  if (grant?.state.status !== 'active' || grant.roleArn !== undefined) return false;
  return 'version' in at ? grant.version === at.version : grant.narrowings === at.narrowings;
}
