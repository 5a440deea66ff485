import { WritError } from '../errors.ts';
import type { Extension } from '../extension.ts';
import type { Grant } from '../grant.ts';
import { refOf } from '../principal.ts';
import { notActive } from '../transitions.ts';
import { ended } from '../transitions.ts';
import { isTerminal } from '../grant.ts';
import { decideRequest } from './decideRequest.ts';
import type { Answer, Caller, Deps, Idempotency } from './deps.ts';
import { notFound } from './loadGrant.ts';
import type { Respond, Step } from './moveGrant.ts';
import { moveGrant } from './moveGrant.ts';
import { entitlementOf, extensionLimit, panelOf, standingAt } from './panel.ts';
import { mayRead } from './readGrants.ts';
import { extensionSha256Of } from './requestHash.ts';

export interface ExtensionAsk {
  readonly durationSeconds: number;
  readonly justification: string;
}

/**
 * Asks for more time on a live grant: a decision of its own on the same grant, which moves the expiry only when
 * allowed. Where people decide, the grant runs on as it is until they have.
 *
 * @throws WritError `not_found`, `forbidden`, `grant_not_active`, `grant_ended`, `extension_out_of_range`,
 * `extension_denied`, `extension_pending`, `version_conflict`, `idempotency_key_reused`
 */
export function extendGrant(
  deps: Deps,
  caller: Caller,
  grantId: string,
  ask: ExtensionAsk,
  idempotency: Idempotency | undefined,
  respond: Respond,
): Promise<Answer> {
  return moveGrant(deps, grantId, idempotency, (grant, now) => stepOf(deps, caller, grant, ask, now), respond);
}

function stepOf(deps: Deps, caller: Caller, grant: Grant, ask: ExtensionAsk, now: number): Step {
  if (grant.request.requester.id !== caller.principal.id) {
    if (!mayRead(deps, caller, grant)) throw notFound();
    throw new WritError('forbidden', 'only the holder asks for more time');
  }
  if (isTerminal(grant.state.status)) throw ended(grant);
  if (grant.state.status !== 'active') throw notActive(grant);
  const extension = extensionOf(deps, caller, grant, grant.state, ask, now);
  return {
    event: { type: 'askExtension', extension, by: refOf(caller.principal) },
    facts: { extension: extension.id, durationSeconds: ask.durationSeconds, outcome: extension.decision.outcome },
  };
}

function extensionOf(
  deps: Deps,
  caller: Caller,
  grant: Grant,
  state: Extract<Grant['state'], { status: 'active' }>,
  { durationSeconds, justification }: ExtensionAsk,
  now: number,
): Extension {
  const { bundle } = deps.engine;
  const { request } = grant;
  const entitlement = entitlementOf(bundle, request.entitlement);
  if (!entitlement) throw new WritError('extension_denied', 'the entitlement is no longer offered');
  const { activatedAt, expiresAt } = state;
  const to = expiresAt + durationSeconds * 1000;
  const limit = extensionLimit(entitlement, state, now);
  if (to > limit) {
    const left = Math.max(0, Math.floor((limit - expiresAt) / 1000));
    throw new WritError('extension_out_of_range', `the grant can be extended by ${left} s at most`, {
      remediation: left > 0 ? `Ask for at most ${left} seconds.` : 'Make a new request when it is over: writ request.',
    });
  }
  // Policy sees the whole loan as it would be: many small wishes are no way around a limit on one.
  const whole = { ...request, durationSeconds: Math.ceil((to - activatedAt) / 1000) };
  const decision = decideRequest(deps, caller, entitlement, whole, 'extend');
  if (decision.outcome === 'denied') {
    throw new WritError('extension_denied', decision.reasons.join('; ') || 'policy denies the extension', {
      ...(decision.remediation !== undefined && { remediation: decision.remediation }),
    });
  }
  const id = deps.ids.extension();
  const actorIds = caller.principal.actors?.map((actor) => actor.id) ?? [];
  const wish = { id, durationSeconds, justification, expiresAt, actors: actorIds, bundleSha256: bundle.sha256 };
  const panel = panelOf(bundle, request);
  const isPending = decision.outcome === 'needs_approval';
  if (isPending && !panel) throw new WritError('internal_error', 'nobody can be asked'); // `decideRequest` denies then
  const { actors } = caller.principal;
  return {
    id,
    durationSeconds,
    justification,
    requestedAt: now,
    requestSha256: extensionSha256Of(deps, grant, wish),
    decision,
    ...(actors && actors.length > 0 && { actors }),
    state:
      panel && isPending
        ? { status: 'pending', ...standingAt(panel, 0, now, expiresAt) }
        : { status: 'allowed', at: now, from: expiresAt, to },
    approvals: [],
  };
}
