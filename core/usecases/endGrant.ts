import { WritError } from '../errors.ts';
import type { Grant } from '../grant.ts';
import type { Principal } from '../principal.ts';
import { refOf } from '../principal.ts';
import type { GrantEvent } from '../transitions.ts';
import type { Answer, Caller, Deps, Idempotency } from './deps.ts';
import { notFound } from './loadGrant.ts';
import type { Respond } from './moveGrant.ts';
import { moveGrant } from './moveGrant.ts';
import { entitlementOf } from './panel.ts';
import { mayRead } from './readGrants.ts';

/** How a person ends a grant. */
export type Ending =
  { readonly type: 'cancel' } | { readonly type: 'return' } | { readonly type: 'revoke'; readonly note: string };

/**
 * Ends a grant by one conditional write, which also records the deny for its live sessions. From that commit on
 * nothing is issued (I1). Its subject ends an impersonation at any time.
 *
 * @throws WritError `not_found` for a grant that the caller may not see, `forbidden` for one that is not theirs to
 * end, `grant_ended`, `grant_not_active`, `grant_not_cancellable`, `version_conflict`, `idempotency_key_reused`.
 */
export function endGrant(
  deps: Deps,
  caller: Caller,
  grantId: string,
  ending: Ending,
  idempotency: Idempotency | undefined,
  respond: Respond,
): Promise<Answer> {
  return moveGrant(
    deps,
    grantId,
    idempotency,
    (grant) => {
      checkDuty(deps, caller, grant, ending);
      return { event: eventOf(ending, caller.principal, grant) };
    },
    respond,
  );
}

function checkDuty(deps: Deps, caller: Caller, grant: Grant, ending: Ending): void {
  if (ending.type === 'revoke') {
    if (grant.request.subject !== caller.principal.id) checkRevoker(deps, caller, grant);
    return;
  }
  if (grant.request.requester.id === caller.principal.id) return;
  if (!mayRead(deps, caller, grant)) throw notFound();
  throw new WritError('forbidden', 'only the holder may do this', {
    remediation: 'To end somebody else’s grant: writ revoke.',
  });
}

/** @throws WritError unless policy lets the caller end this grant for others */
export function checkRevoker(deps: Deps, caller: Caller, grant: Grant): void {
  const entitlement = entitlementOf(deps.engine.bundle, grant.request.entitlement);
  const context = { now: deps.clock(), sourceIp: caller.sourceIp };
  const verdict = deps.engine.decide(caller.principal, 'revoke', { type: 'grant', grant, entitlement }, context);
  if (verdict.allowed) return;
  if (!mayRead(deps, caller, grant)) throw notFound();
  throw new WritError('forbidden', verdict.reasons[0] ?? 'policy does not let you revoke this grant', {
    ...(verdict.remediation !== undefined && { remediation: verdict.remediation }),
  });
}

function eventOf(ending: Ending, principal: Principal, { request }: Grant): GrantEvent {
  const by = refOf(principal);
  if (ending.type !== 'revoke') return { type: ending.type, by };
  const reason = request.subject === principal.id ? 'consent_withdrawn' : 'revoked';
  return { type: 'revoke', by, reason, note: ending.note };
}
