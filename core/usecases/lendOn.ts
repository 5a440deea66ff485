import type { Decision } from '../decision.ts';
import type { Ancestor } from '../delegation.ts';
import type { TokenEntitlement } from '../entitlement.ts';
import { WritError } from '../errors.ts';
import type { Grant, GrantRequest } from '../grant.ts';
import { leafOf } from '../leafOf.ts';
import { openGrant } from '../openGrant.ts';
import { refOf, SYSTEM } from '../principal.ts';
import { narrowScope } from '../scope.ts';
import { ended, notActive } from '../transitions.ts';
import type { Answer, Caller, Deps, Idempotency } from './deps.ts';
import { answerOf, earlierAnswer, recordOf } from './idempotently.ts';
import type { KnownActor } from './knownActor.ts';
import { knownActor } from './knownActor.ts';
import type { LendOnAsk } from './lendOnChecks.ts';
import { cannotLendOn, checkLending } from './lendOnChecks.ts';
import { loadSettled, notFound } from './loadGrant.ts';
import { requestSha256Of } from './requestHash.ts';

/**
 * Lends a live grant on to a named actor: a child grant that is no wider than its parent in any dimension, and lives no
 * longer. The actor holds it and gets tokens for it; they say for whom it acts. It ends with any grant above it.
 *
 * @throws WritError `not_found` for a grant that is not the caller's, `grant_not_active`, `grant_ended`, `cannot_lend_on`
 * (with what to ask for instead), `scope_exceeds_entitlement`, `duration_out_of_range`, `request_denied`,
 * `version_conflict`, `idempotency_key_reused`. Nothing is kept then.
 */
export async function lendOn(
  deps: Deps,
  caller: Caller,
  ask: LendOnAsk,
  idempotency: Idempotency | undefined,
  respond: (grant: Grant) => Answer,
): Promise<Answer> {
  const earlier = await earlierAnswer(deps, idempotency);
  if (earlier) return earlier;
  const { parent, until, lineage, now, request, decision, maxUses } = await checked(deps, caller, ask);
  const requestSha256 = requestSha256Of(deps, request, decision.bundleSha256);
  const { grant, leaves } = openGrant(
    {
      id: deps.ids.grant(),
      request,
      requestSha256,
      decision,
      approvals: [],
      lineage,
      ...(maxUses !== undefined && { maxUses }),
      sourceIdentity: deps.ids.sourceIdentity(),
      salt: deps.ids.salt(),
    },
    { to: 'begin', beginning: { startsAt: now, endsBy: until } },
    now,
  );
  const answer = respond(grant);
  const by = refOf(caller.principal);
  const facts = { parent: parent.id, depth: lineage.length };
  const outcome = await deps.store.create({
    grant,
    leaves: [
      leafOf(deps, grant, { type: leaves[0], role: 'transition', at: now, by, version: 1, facts }),
      leafOf(deps, grant, { type: leaves[1], role: 'transition', at: now, by: SYSTEM, version: 2, facts }),
    ],
    companions: [{ type: 'child', lineage, grantId: grant.id }],
    ...(idempotency && { idempotency: recordOf(idempotency, answer, until) }),
  });
  if (outcome.result === 'committed') return answer;
  if (outcome.result === 'replayed') return answerOf(outcome.record, idempotency);
  throw new WritError('version_conflict', 'the grant changed while it was lent on');
}

/** What lending on would decide; nothing is kept. @throws as `lendOn` does for what can't be lent on */
export async function previewLendOn(deps: Deps, caller: Caller, ask: LendOnAsk): Promise<Decision> {
  return (await checked(deps, caller, ask)).decision;
}

async function checked(deps: Deps, caller: Caller, ask: LendOnAsk) {
  const parent = await loadSettled(deps, ask.parent);
  if (parent?.request.requester.id !== caller.principal.id) throw notFound();
  const until = liveUntil(parent);
  const actor = knownActor(deps.engine.bundle, ask.actor);
  if (!actor) {
    throw cannotLendOn(`\`${ask.actor}\` is neither a registered client nor in the directory`, 'Name one that is.');
  }
  const entitlement = lendable(deps, parent);
  const [root] = parent.lineage ?? [];
  const [first = parent, children] = await Promise.all([
    root && deps.store.get(root.grantId),
    deps.store.childrenOf(parent.id),
  ]);
  const { principal } = caller;
  checkLending({ holder: principal, parent, first, children: children.length, ask, actor, entitlement });
  const now = deps.clock();
  const request = requestOf(parent, ask, actor, now, until);
  const decision = decide(deps, caller, parent, entitlement, actor, request);
  const lineage = [...(parent.lineage ?? []), ancestorOf(parent)];
  return { parent, until, lineage, now, request, decision, maxUses: usesOf(parent, ask) };
}

const ancestorOf = ({ id, request, narrowings }: Grant): Ancestor => ({
  grantId: id,
  holder: request.requester,
  narrowings,
});

function liveUntil(parent: Grant): number {
  const { state } = parent;
  if (state.status === 'active') return state.expiresAt;
  throw state.status === 'pending' || state.status === 'scheduled' ? notActive(parent) : ended(parent);
}

function lendable({ engine }: Deps, { request }: Grant): TokenEntitlement {
  const entitlement = engine.bundle.catalogue.find(({ id }) => id === request.entitlement);
  if (!entitlement) throw cannotLendOn('the entitlement is no longer offered', 'Return the grant.');
  if (entitlement.kind !== 'token') {
    throw cannotLendOn(`\`${entitlement.id}\` is not lent on`, 'Let the actor make a request of its own.');
  }
  return entitlement;
}

function requestOf(parent: Grant, ask: LendOnAsk, actor: KnownActor, now: number, until: number): GrantRequest {
  const left = Math.floor((until - now) / 1000);
  if (ask.durationSeconds > left) {
    throw new WritError('duration_out_of_range', 'the child would outlive its parent', {
      remediation: `Ask for at most ${left} seconds.`,
    });
  }
  const scope = narrowScope(parent.scope, ask.scope, 'token');
  const details = ask.details ?? parent.request.details;
  const { entitlement, parameters } = parent.request;
  return {
    entitlement,
    requester: actor.ref,
    parameters,
    scope,
    durationSeconds: ask.durationSeconds,
    purpose: ask.purpose,
    justification: ask.justification,
    ...(details && { details }),
    ...(actor.client !== undefined && { client: actor.client }),
    parent: parent.id,
  };
}

const usesOf = ({ uses }: Grant, { maxUses }: LendOnAsk): number | undefined =>
  maxUses ?? (uses.max === undefined ? undefined : uses.max - uses.spent);

/**
 * Whether policy lets the holder use the grant now, by this sign-in as for any token, and the actor carry what is lent.
 * The holder is not asked about again: what they may not use, they could hand to somebody who then does.
 */
function decide(
  deps: Deps,
  { principal: holder, sourceIp }: Caller,
  parent: Grant,
  entitlement: TokenEntitlement,
  actor: KnownActor,
  { durationSeconds, parameters }: GrantRequest,
) {
  const resource = { type: 'grant' as const, grant: parent, entitlement };
  const { ticket } = parent.request;
  const context = {
    now: deps.clock(),
    sourceIp,
    durationSeconds,
    parameters,
    ...(ticket !== undefined && { ticket }),
  };
  // Who holds by having been lent on carries it too.
  const own = deps.engine.decide(holder, parent.lineage ? 'delegate' : 'issue', resource, context);
  const verdict = own.allowed ? deps.engine.decide(actor.principal, 'delegate', resource, context) : own;
  const bundleSha256 = deps.engine.bundle.sha256;
  const { policies, reasons } = verdict;
  if (verdict.allowed) return { outcome: 'allowed' as const, policies, reasons, bundleSha256 };
  throw new WritError(
    'request_denied',
    reasons[0] ?? 'policy lets the holder not use the grant now, or this actor not carry it',
    {
      ...(verdict.remediation !== undefined && { remediation: verdict.remediation }),
    },
  );
}
