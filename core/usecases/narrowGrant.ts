import { canonicalJson } from '../canonical.ts';
import { WritError } from '../errors.ts';
import type { Grant } from '../grant.ts';
import { isTerminal } from '../grant.ts';
import { refOf } from '../principal.ts';
import type { RequestedStatement, Scope } from '../scope.ts';
import { narrowScope, scopeCovers } from '../scope.ts';
import { ended, notActive } from '../transitions.ts';
import type { Answer, Caller, Deps, Idempotency } from './deps.ts';
import { checkRevoker } from './endGrant.ts';
import type { Respond, Step } from './moveGrant.ts';
import { moveGrant } from './moveGrant.ts';

export interface NarrowAsk {
  readonly scope?: readonly RequestedStatement[];
  /** Epoch milliseconds. */
  readonly expiresAt?: number;
}

/**
 * Makes a live grant smaller or shorter, never wider. Live sessions of the wider scope, or of the later end, are
 * denied; its holder gets new ones that fit.
 *
 * @throws WritError `not_found`, `forbidden`, `grant_not_active`, `grant_ended`, `not_narrower`, `invalid_request`,
 * `version_conflict`, `idempotency_key_reused`
 */
export function narrowGrant(
  deps: Deps,
  caller: Caller,
  grantId: string,
  ask: NarrowAsk,
  idempotency: Idempotency | undefined,
  respond: Respond,
): Promise<Answer> {
  return moveGrant(deps, grantId, idempotency, (grant, now) => stepOf(deps, caller, grant, ask, now), respond);
}

function stepOf(deps: Deps, caller: Caller, grant: Grant, ask: NarrowAsk, now: number): Step {
  const isHolder = grant.request.requester.id === caller.principal.id;
  if (!isHolder) checkRevoker(deps, caller, grant);
  if (isTerminal(grant.state.status)) throw ended(grant);
  if (grant.state.status !== 'active') throw notActive(grant);
  const expiresAt = sooner(grant.state.expiresAt, ask.expiresAt, now);
  const scope = ask.scope ? smaller(grant, ask.scope) : grant.scope;
  if (expiresAt === grant.state.expiresAt && scope === grant.scope) throw notNarrower('nothing would change');
  const event = {
    type: 'narrow',
    by: refOf(caller.principal),
    scope,
    expiresAt,
    forGood: !isHolder && expiresAt < grant.state.expiresAt,
    sourceIdentity: deps.ids.sourceIdentity(),
  } as const;
  const scopeSha256 = deps.sha256(canonicalJson(scope.map((line) => ({ ...line }))));
  return { event, facts: { expiresAt, scopeNarrowed: scope !== grant.scope, scopeSha256 } };
}

function sooner(current: number, wished: number | undefined, now: number): number {
  if (wished === undefined) return current;
  const whole = Math.floor(wished / 1000) * 1000;
  if (whole > current) throw notNarrower('the new end would be later');
  if (whole <= now) throw notNarrower('the new end is over already', 'To end it now: writ done.');
  return whole;
}

function smaller({ scope: current, roleArn }: Grant, wished: readonly RequestedStatement[]): Scope {
  try {
    const scope = narrowScope(current, wished, roleArn === undefined ? 'impersonation' : 'aws');
    return scopeCovers(scope, current) ? current : scope;
  } catch (error) {
    if (error instanceof WritError && error.code === 'scope_exceeds_entitlement') {
      throw notNarrower('the new scope is not within the grant’s', error.remediation);
    }
    throw error;
  }
}

const notNarrower = (detail: string, remediation?: string): WritError =>
  new WritError('not_narrower', detail, {
    remediation: remediation ?? 'A live grant only gets smaller or shorter. For more: writ extend, or a new request.',
  });
