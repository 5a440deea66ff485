import type { TicketState, TicketSystem } from '../approvalPorts.ts';
import type { Entitlement } from '../entitlement.ts';
import { targetOf } from '../entitlement.ts';
import type { Grant } from '../grant.ts';
import { audiencesOf } from '../oauth/authority.ts';
import { tokenConsequences } from '../oauth/consequences.ts';
import { compileSessionPolicy } from '../sessionPolicy.ts';
import type { Caller, Deps } from './deps.ts';
import { entitlementOf } from './panel.ts';
import { readGrant } from './readGrants.ts';

/** How many of the requester's latest grants are looked at. */
const PAST = 100;

export interface PastUse {
  /** Of the same entitlement, among the requester's latest `lookedAt` requests. */
  readonly granted: number;
  readonly refused: number;
  /** Ended by somebody else than the holder or time. */
  readonly takenBack: number;
  readonly lastAt?: number;
  readonly lookedAt: number;
}

/** What somebody needs to know who decides: all of it as it would be enforced, nothing of it from the requester's words. */
export interface ApproverBrief {
  readonly grant: Grant;
  readonly entitlement: Entitlement | undefined;
  /** In plain words: the entitlement's own, and what follows from how its tokens work. */
  readonly consequences: readonly string[];
  /** Who takes its tokens; none for an AWS role. */
  readonly audiences: readonly string[];
  readonly account?: string;
  readonly region?: string;
  /** The exact session policy that AWS would get, were it issued now; absent where none is. */
  readonly sessionPolicy?: string;
  readonly pastUse: PastUse;
  readonly ticket: TicketState | 'unavailable' | undefined;
}

export interface BriefDeps extends Deps {
  readonly tickets: TicketSystem;
}

/** @throws WritError `not_found` as `readGrant` does */
export async function approverBrief(deps: BriefDeps, caller: Caller, grantId: string): Promise<ApproverBrief> {
  const { grant } = await readGrant(deps, caller, grantId);
  const { bundle } = deps.engine;
  const { request } = grant;
  const entitlement = entitlementOf(bundle, request.entitlement);
  const target = entitlement && targetOf(entitlement, bundle.targets);
  const [pastUse, ticket] = await Promise.all([
    pastUseOf(deps, grant),
    request.ticket === undefined ? undefined : deps.tickets.lookUp(request.ticket),
  ]);
  const now = deps.clock();
  return {
    grant,
    entitlement,
    consequences: entitlement
      ? [...entitlement.consequences, ...(entitlement.kind === 'aws' ? [] : tokenConsequences(entitlement))]
      : [],
    audiences: grant.roleArn === undefined ? audiencesOf(grant.scope) : [],
    ...(target && { account: target.account, region: target.region }),
    ...(grant.roleArn !== undefined && {
      sessionPolicy: compileSessionPolicy(grant.scope, now + request.durationSeconds * 1000),
    }),
    pastUse,
    ticket,
  };
}

async function pastUseOf(deps: Deps, { id, request }: Grant): Promise<PastUse> {
  const { items } = await deps.store.listByRequester(request.requester.id, { limit: PAST });
  const others = items.filter((grant) => grant.id !== id && grant.request.entitlement === request.entitlement);
  const granted = others.filter(({ state }) => 'activatedAt' in state);
  const refused = others.filter(({ state }) => state.status === 'denied');
  const takenBack = others.filter(({ state }) => state.status === 'revoked');
  const lastAt = granted[0]?.requestedAt;
  return {
    granted: granted.length,
    refused: refused.length,
    takenBack: takenBack.length,
    ...(lastAt !== undefined && { lastAt }),
    lookedAt: items.length,
  };
}
