import { WritError } from '../errors.ts';
import type { BreakGlassReview } from '../breakGlass.ts';
import type { Answer, Caller, Deps, Idempotency } from './deps.ts';
import { notFound } from './loadGrant.ts';
import type { Respond } from './moveGrant.ts';
import { moveGrant } from './moveGrant.ts';
import { entitlementOf } from './panel.ts';
import { mayRead } from './readGrants.ts';
import { refOf } from '../principal.ts';

/**
 * Reviews a use of break-glass that is over: alarms stop, and its holder may break glass again. By somebody whom policy
 * lets review, never by whoever took part in it.
 *
 * @throws WritError `not_found`, `forbidden`, `own_request`, `invalid_request` for any other grant, `grant_not_ended`,
 * `already_reviewed`, `version_conflict`, `idempotency_key_reused`
 */
export function reviewGrant(
  deps: Deps,
  caller: Caller,
  grantId: string,
  said: Pick<BreakGlassReview, 'verdict' | 'comment'>,
  idempotency: Idempotency | undefined,
  respond: Respond,
): Promise<Answer> {
  const { principal } = caller;
  return moveGrant(
    deps,
    grantId,
    idempotency,
    (grant, now) => {
      const entitlement = entitlementOf(deps.engine.bundle, grant.request.entitlement);
      const context = { now, sourceIp: caller.sourceIp };
      const verdict = deps.engine.decide(principal, 'review', { type: 'grant', grant, entitlement }, context);
      if (!verdict.allowed) {
        if (!mayRead(deps, caller, grant)) throw notFound();
        throw new WritError('forbidden', verdict.reasons[0] ?? 'policy does not let you review this');
      }
      const { requester, actors = [] } = grant.request;
      const took = [requester, ...actors, ...grant.approvals.map(({ by }) => by)].map(({ person }) => person);
      const reviewers = [principal, ...(principal.actors ?? [])];
      if (reviewers.some(({ person }) => took.includes(person))) {
        throw new WritError('own_request', 'whoever took part in it does not review it');
      }
      const review: BreakGlassReview = { ...said, by: refOf(principal), at: now };
      const companions = [
        { type: 'breakGlassUse', person: requester.person, grantId: grant.id, change: 'close' } as const,
      ];
      return { event: { type: 'review', review }, facts: { verdict: said.verdict }, companions };
    },
    respond,
  );
}
