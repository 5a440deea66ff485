import type { Decision } from '../decision.ts';
import { WritError } from '../errors.ts';
import type { Grant } from '../grant.ts';
import { transition } from '../transitions.ts';
import { changeOf } from './changeOf.ts';
import type { Deps } from './deps.ts';
import { beginningOf, entitlementOf, panelOf, standingAt, tooLateAt } from './panel.ts';
import { requestSha256Of } from './requestHash.ts';

/**
 * A pending request under a bundle that is not the one it was decided under: what people said to it counts no more
 * (I7). It is asked anew under the bundle in force, from the first stage; where that offers it no more or asks nobody,
 * it is denied. Never allowed without people: the requester is not here to be decided about.
 *
 * @throws WritError `request_changed` when the grant changed so: whoever acts must look at it again.
 */
export async function redecide(deps: Deps, grant: Grant): Promise<void> {
  const { bundle } = deps.engine;
  if (grant.state.status !== 'pending' || grant.decision.bundleSha256 === bundle.sha256) return;
  const now = deps.clock();
  const entitlement = entitlementOf(bundle, grant.request.entitlement);
  const panel = panelOf(bundle, grant.request);
  const stays = panel !== undefined && entitlement !== undefined && beginningOf(entitlement, grant.request, now);
  const decision: Decision = stays
    ? { ...grant.decision, bundleSha256: bundle.sha256 }
    : {
        outcome: 'denied',
        policies: [],
        reasons: ['The policies changed while it was pending, and nobody can be asked for it any more.'],
        remediation: 'See what there is to ask for: writ entitlements.',
        bundleSha256: bundle.sha256,
      };
  const until = tooLateAt(grant.request);
  const standing = panel ? standingAt(panel, 0, now, until) : { stage: 0, stageSince: now, lapsesAt: now };
  const moved = transition(
    grant,
    {
      type: 'redecide',
      decision,
      requestSha256: requestSha256Of(deps, grant.request, bundle.sha256),
      after: { to: 'wait', standing },
    },
    now,
  );
  await deps.store.transition(changeOf(deps, grant, moved, now, { facts: { from: grant.decision.bundleSha256 } }));
  throw new WritError(
    'request_changed',
    'the policies changed since this was asked: earlier approvals are void, and it is asked anew',
    { remediation: 'Look at it again, then decide: writ approve shows it.' },
  );
}
