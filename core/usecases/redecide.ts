import type { Decision } from '../decision.ts';
import { targetOf } from '../entitlement.ts';
import { WritError } from '../errors.ts';
import { pendingExtension } from '../extension.ts';
import type { Grant } from '../grant.ts';
import type { GrantEvent } from '../transitions.ts';
import { transition } from '../transitions.ts';
import { changeOf } from './changeOf.ts';
import type { Deps } from './deps.ts';
import { beginningOf, entitlementOf, panelOf, standingAt, tooLateAt } from './panel.ts';
import { requestSha256Of } from './requestHash.ts';
import { stillLends } from './stillLends.ts';

/**
 * A question under a bundle that is not the one it was asked under: what people said to it counts no more (I7).
 *
 * A request is asked anew from the first stage; where the bundle in force no longer lends it as it was asked for, or asks
 * nobody, it is denied. It is never allowed without people: the requester is not here to be decided about. An extension
 * is void, and can be asked for anew.
 *
 * @throws WritError `request_changed` when the grant changed so: whoever acts must look at it again.
 */
export async function redecide(deps: Deps, grant: Grant): Promise<void> {
  const event = eventOf(deps, grant);
  if (!event) return;
  const now = deps.clock();
  const facts = { from: grant.decision.bundleSha256 };
  await deps.store.transition(changeOf(deps, grant, transition(grant, event, now), now, { facts }));
  throw new WritError(
    'request_changed',
    'the policies changed since this was asked: earlier approvals are void, and it is asked anew',
    { remediation: 'Look at it again, then decide: writ approve shows it.' },
  );
}

function eventOf(deps: Deps, grant: Grant): GrantEvent | undefined {
  const { sha256 } = deps.engine.bundle;
  if (grant.state.status === 'active') {
    const asked = pendingExtension(grant);
    return asked && asked.decision.bundleSha256 !== sha256 ? { type: 'voidExtension' } : undefined;
  }
  const isOld = grant.state.status === 'pending' && grant.decision.bundleSha256 !== sha256;
  return isOld ? askedAnew(deps, grant, deps.clock()) : undefined;
}

function askedAnew(deps: Deps, grant: Grant, now: number): GrantEvent {
  const { bundle } = deps.engine;
  const panel = panelOf(bundle, grant.request);
  const decision: Decision =
    panel && isStillLent(deps, grant, now)
      ? { ...grant.decision, bundleSha256: bundle.sha256 }
      : {
          outcome: 'denied',
          policies: [],
          reasons: ['The policies changed while it was pending: it is no longer lent as it was asked for.'],
          remediation: 'See what there is to ask for: writ entitlements.',
          bundleSha256: bundle.sha256,
        };
  const none = { stage: 0, stageSince: now, lapsesAt: now };
  return {
    type: 'redecide',
    decision,
    requestSha256: requestSha256Of(deps, grant.request, bundle.sha256),
    after: { to: 'wait', standing: panel ? standingAt(panel, 0, now, tooLateAt(grant.request)) : none },
  };
}

function isStillLent(deps: Deps, grant: Grant, now: number): boolean {
  const { bundle } = deps.engine;
  const entitlement = entitlementOf(bundle, grant.request.entitlement);
  return (
    entitlement !== undefined &&
    grant.request.durationSeconds <= entitlement.limits.maxDurationSeconds &&
    stillLends(entitlement, targetOf(entitlement, bundle.targets), grant) &&
    beginningOf(entitlement, grant.request, now) !== undefined
  );
}
