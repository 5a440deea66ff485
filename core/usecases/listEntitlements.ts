import type { Decision } from '../decision.ts';
import { groupsAsked } from '../chain.ts';
import type { Entitlement, Target } from '../entitlement.ts';
import { targetOf } from '../entitlement.ts';
import { decideRequest } from './decideRequest.ts';
import type { Caller, Deps } from './deps.ts';

export interface Offer {
  readonly entitlement: Entitlement;
  /** Where it lends; absent for an impersonation. */
  readonly target?: Target;
  /** Groups that would be asked. */
  readonly approvers: readonly string[];
  /** What policy says before duration and parameters are known. */
  readonly decision: Decision;
}

/** Whether an entitlement is for the caller's domain and project. To all others it looks like none (I10). */
export const isOfferedTo = ({ principal }: Caller, { domains, project }: Entitlement): boolean =>
  domains.includes(principal.domain) && project === principal.project;

/** What the caller's domain and project have to ask for, and what would happen. Other domains' offers are not shown. */
export function listEntitlements(deps: Pick<Deps, 'engine' | 'clock'>, caller: Caller): Offer[] {
  const { catalogue, targets, chains } = deps.engine.bundle;
  return catalogue.flatMap((entitlement) => {
    const target = targetOf(entitlement, targets);
    if ((entitlement.kind === 'aws' && !target) || !isOfferedTo(caller, entitlement)) return [];
    const chain = chains.find((candidate) => candidate.id === entitlement.approvals);
    const approvers = chain ? groupsAsked(chain, entitlement) : [];
    const decision = decideRequest(deps, caller, entitlement, {});
    return [{ entitlement, ...(target && { target }), approvers, decision }];
  });
}
