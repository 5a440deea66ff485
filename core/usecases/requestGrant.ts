import { canonicalJson } from '../canonical.ts';
import type { Decision } from '../decision.ts';
import type { Entitlement } from '../entitlement.ts';
import { ceilingOf, lentRoleArn, MAX_LEAD_SECONDS, MIN_DURATION_SECONDS } from '../entitlement.ts';
import { WritError } from '../errors.ts';
import type { Grant, GrantRequest } from '../grant.ts';
import { leafOf } from '../leafOf.ts';
import { openGrant } from '../openGrant.ts';
import { parseParameters } from '../parameters.ts';
import { refOf, SYSTEM } from '../principal.ts';
import type { RequestedStatement } from '../scope.ts';
import { narrowScope } from '../scope.ts';
import { compileSessionPolicy } from '../sessionPolicy.ts';
import { decideRequest } from './decideRequest.ts';
import type { Answer, Caller, Deps, Idempotency } from './deps.ts';
import { answerOf, earlierAnswer, recordOf } from './idempotently.ts';
import { isOfferedTo } from './listEntitlements.ts';

/** What a caller asks for: well-formed, otherwise untrusted. Times are epoch milliseconds. */
export interface GrantAsk {
  readonly entitlement: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly scope?: readonly RequestedStatement[];
  readonly durationSeconds: number;
  readonly purpose: string;
  readonly justification: string;
  readonly ticket?: string;
  readonly startsAt?: number;
}

/**
 * Asks for a grant: checks it against the catalogue, has policy decide, and keeps the grant (a denied one too) with
 * its leaves and the answer in one transaction.
 *
 * @param respond renders the answer that is kept for the idempotency key.
 * @throws WritError `unknown_entitlement`, `invalid_parameters`, `duration_out_of_range`, `start_out_of_range`,
 * `scope_exceeds_entitlement`, `session_policy_too_large`, `idempotency_key_reused`. Nothing is kept then.
 */
export async function requestGrant(
  deps: Deps,
  caller: Caller,
  ask: GrantAsk,
  idempotency: Idempotency | undefined,
  respond: (grant: Grant) => Answer,
): Promise<Answer> {
  const earlier = await earlierAnswer(deps, idempotency);
  if (earlier) return earlier;

  const { request, entitlement, roleArn } = checked(deps, caller, ask);
  const decision = decideRequest(deps, caller, entitlement, request);
  const { bundle } = deps.engine;
  const now = deps.clock();
  const chain = bundle.chains.find((candidate) => candidate.id === entitlement.approvals);
  const { grant, leaves } = openGrant(
    {
      id: deps.ids.grant(),
      request,
      requestSha256: deps.sha256(canonicalJson(hashed(request, bundle.sha256))),
      decision,
      roleArn,
      sourceIdentity: deps.ids.sourceIdentity(),
      salt: deps.ids.salt(),
    },
    now,
    chain?.lapseAfterSeconds ?? 0,
  );
  const answer = respond(grant);
  const outcome = await deps.store.create({
    grant,
    leaves: [
      leafOf(deps, grant, { type: leaves[0], role: 'transition', at: now, by: request.requester, version: 1 }),
      leafOf(deps, grant, { type: leaves[1], role: 'transition', at: now, by: SYSTEM, version: 2 }),
    ],
    ...(idempotency && {
      idempotency: recordOf(idempotency, answer, latestEnd(grant)),
    }),
  });
  if (outcome.result === 'replayed') return answerOf(outcome.record, idempotency);
  if (outcome.result === 'conflict') throw new WritError('version_conflict', 'a grant with this id exists');
  return answer;
}

/** The end of the grant's life, were it decided and started as late as can be: its key has one effect until then (I8). */
function latestEnd({ request, requestedAt, state }: Grant): number {
  const begins = Math.max(requestedAt, request.startsAt ?? 0, 'lapsesAt' in state ? state.lapsesAt : 0);
  return begins + request.durationSeconds * 1000;
}

/** The decision alone; nothing is kept. @throws as `requestGrant` does for what does not fit the catalogue. */
export function previewGrant(deps: Deps, caller: Caller, ask: GrantAsk): Decision {
  const { request, entitlement } = checked(deps, caller, ask);
  return decideRequest(deps, caller, entitlement, request);
}

interface Checked {
  readonly request: GrantRequest;
  readonly entitlement: Entitlement;
  readonly roleArn: string;
}

function checked(deps: Deps, caller: Caller, ask: GrantAsk): Checked {
  const { bundle } = deps.engine;
  const entitlement = bundle.catalogue.find((candidate) => candidate.id === ask.entitlement);
  const target = entitlement && bundle.targets[entitlement.target];
  // The rest of a refusal tells of accounts, resources and parameters: not to those to whom nothing is offered.
  if (!entitlement || !target || !isOfferedTo(caller, entitlement)) {
    throw new WritError('unknown_entitlement', `there is no entitlement \`${ask.entitlement}\``);
  }
  const parameters = parseParameters(entitlement.parameters, ask.parameters);
  const now = deps.clock();
  checkTimes(entitlement, ask, now);
  const scope = narrowScope(ceilingOf(entitlement, target, parameters), ask.scope);
  compileSessionPolicy(scope, now); // refuses now what could never be issued
  const { parameters: _, scope: __, ...rest } = ask;
  const request = { ...rest, requester: refOf(caller.principal), parameters, scope };
  return { request, entitlement, roleArn: lentRoleArn(entitlement, target) };
}

function checkTimes({ limits }: Entitlement, { durationSeconds, startsAt }: GrantAsk, now: number): void {
  if (durationSeconds < MIN_DURATION_SECONDS || durationSeconds > limits.maxDurationSeconds) {
    throw new WritError(
      'duration_out_of_range',
      `${durationSeconds} s is outside ${MIN_DURATION_SECONDS} s to ${limits.maxDurationSeconds} s`,
      { remediation: `Ask for at most ${limits.maxDurationSeconds} seconds.` },
    );
  }
  if (startsAt !== undefined && (startsAt < now || startsAt > now + MAX_LEAD_SECONDS * 1000)) {
    throw new WritError('start_out_of_range', 'the start must lie between now and 30 days from now');
  }
}

/** What an approval binds to (I7). */
function hashed(request: GrantRequest, bundleSha256: string) {
  const { requester, scope, ...rest } = request;
  return { ...rest, requester: requester.id, scope: scope.map((line) => ({ ...line })), bundleSha256 };
}
