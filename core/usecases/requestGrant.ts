import type { Approval } from '../approval.ts';
import type { Companion, ConsentStore, SealedKeyStore } from '../approvalPorts.ts';
import type { BreakGlassUse } from '../breakGlass.ts';
import type { PolicyBundle } from '../bundle.ts';
import { asksSubject } from '../chain.ts';
import type { Consent } from '../consent.ts';
import { consentCovers } from '../consent.ts';
import type { Decision } from '../decision.ts';
import type { Entitlement } from '../entitlement.ts';
import { ceilingOf, lentRoleArn, MAX_LEAD_SECONDS, MIN_DURATION_SECONDS, targetOf } from '../entitlement.ts';
import { WritError } from '../errors.ts';
import type { Grant, GrantRequest } from '../grant.ts';
import { leafOf } from '../leafOf.ts';
import type { AuthorizationDetail } from '../oauth/authorizationDetails.ts';
import { detailsCover, filledDetails } from '../oauth/authorizationDetails.ts';
import type { OAuthClient } from '../oauth/client.ts';
import { principalOfClient } from '../oauth/client.ts';
import { openGrant } from '../openGrant.ts';
import type { Parameters } from '../parameters.ts';
import { parseParameters } from '../parameters.ts';
import type { PrincipalId, PrincipalRef } from '../principal.ts';
import { principalDomain, refOf, SYSTEM } from '../principal.ts';
import type { RequestedStatement, Scope } from '../scope.ts';
import { narrowScope } from '../scope.ts';
import { compileSessionPolicy } from '../sessionPolicy.ts';
import type { AfterVote } from '../transitions.ts';
import { nextWindow } from '../window.ts';
import { auditLeaf } from './auditLeaf.ts';
import { begunUse } from './changeOf.ts';
import { consentSha256 } from './consentHash.ts';
import { decideRequest } from './decideRequest.ts';
import type { Answer, Caller, Deps, Idempotency } from './deps.ts';
import { answerOf, earlierAnswer, recordOf } from './idempotently.ts';
import { isOfferedTo } from './listEntitlements.ts';
import { beginningOf, panelOf, standingAfter, standingAt, tooLateAt } from './panel.ts';
import { requestSha256Of } from './requestHash.ts';

/** How many requests of one person may wait for people at a time. */
export const MAX_PENDING = 20;
/** The index from tickets to grants keeps an entry for longer than any grant can wait, be scheduled and run. */
const TICKET_KEEP_MS = 400 * 24 * 3600 * 1000;

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
  /** Principal id of whom an impersonation acts for. */
  readonly subject?: string;
  /** Fewer authorization details than the entitlement's, filled in. @default all of them */
  readonly details?: readonly AuthorizationDetail[];
  /** Fewer uses than the entitlement's. @default the entitlement's limit */
  readonly maxUses?: number;
}

export interface RequestDeps extends Deps {
  readonly consents: Pick<ConsentStore, 'consentsOf'>;
  readonly keys: Pick<SealedKeyStore, 'openUseOf'>;
}

/**
 * Asks for a grant: checks it against the catalogue, has policy decide, and keeps the grant (a denied one too) with
 * its leaves and the answer in one transaction.
 *
 * @param respond renders the answer that is kept for the idempotency key.
 * @throws WritError `unknown_entitlement`, `invalid_parameters`, `duration_out_of_range`, `start_out_of_range`,
 * `scope_exceeds_entitlement`, `session_policy_too_large`, `outside_window`, `subject_required`, `too_many_pending`,
 * `review_outstanding`, `forbidden` (a suspended client), `idempotency_key_reused`. Nothing is kept then.
 */
export async function requestGrant(
  deps: RequestDeps,
  caller: Caller,
  ask: GrantAsk,
  idempotency: Idempotency | undefined,
  respond: (grant: Grant) => Answer,
): Promise<Answer> {
  const earlier = await earlierAnswer(deps, idempotency);
  if (earlier) return earlier;

  const checkedAsk = checked(deps, caller, ask);
  const { request, entitlement, roleArn, maxUses } = checkedAsk;
  const now = deps.clock();
  const decision = decide(deps, caller, checkedAsk);
  const requestSha256 = requestSha256Of(deps, request, decision.bundleSha256);
  const breakGlass = breakGlassUse(caller, entitlement);
  if (breakGlass) await refuseUnreviewed(deps, caller, request);
  const consent = decision.outcome === 'needs_approval' ? await consentFor(deps, request, now) : undefined;
  const approvals = consent ? [approvalBy(deps, consent, requestSha256, now)] : [];
  const after = afterDecision(deps, checkedAsk, decision, requestSha256, approvals, now);
  const { grant, leaves } = openGrant(
    {
      id: deps.ids.grant(),
      request,
      requestSha256,
      decision,
      approvals,
      ...(roleArn !== undefined && { roleArn }),
      ...(breakGlass && { breakGlass }),
      ...(maxUses !== undefined && { maxUses }),
      sourceIdentity: deps.ids.sourceIdentity(),
      salt: deps.ids.salt(),
    },
    after,
    now,
  );
  const answer = respond(grant);
  const companions = companionsOf(grant, consent);
  const outcome = await deps.store.create({
    grant,
    leaves: [
      leafOf(deps, grant, { type: leaves[0], role: 'transition', at: now, by: request.requester, version: 1 }),
      leafOf(deps, grant, {
        type: leaves[1],
        role: 'transition',
        at: now,
        by: SYSTEM,
        version: 2,
        ...(consent && { facts: { consent: consent.id, consentSha256: consentSha256(deps, consent) } }),
      }),
    ],
    ...(companions.length > 0 && { companions }),
    ...(idempotency && { idempotency: recordOf(idempotency, answer, latestEnd(grant)) }),
  });
  if (outcome.result === 'replayed') return answerOf(outcome.record, idempotency);
  if (outcome.result === 'refused') throw await refused(deps, caller, request, outcome.by);
  if (outcome.result === 'conflict') throw new WritError('version_conflict', 'a grant with this id exists');
  return answer;
}

/** The end of the grant's life, were it decided and started as late as can be: its key has one effect until then (I8). */
function latestEnd({ request, requestedAt, state }: Grant): number {
  const starts = 'startsAt' in state ? state.startsAt : 0;
  const begins = Math.max(requestedAt, request.startsAt ?? 0, starts, 'lapsesAt' in state ? state.lapsesAt : 0);
  return begins + request.durationSeconds * 1000;
}

/** What would be asked and decided; nothing is kept. @throws as `requestGrant` does for what does not fit the catalogue. */
export function preview(
  deps: Deps,
  caller: Caller,
  ask: GrantAsk,
): { readonly request: GrantRequest; readonly decision: Decision } {
  const asked = checked(deps, caller, ask);
  return { request: asked.request, decision: decide(deps, caller, asked) };
}

function decide(deps: Deps, caller: Caller, { request, entitlement }: Checked): Decision {
  const sealed = caller.principal.authentication.sealedKey !== undefined;
  return decideRequest(deps, caller, entitlement, request, sealed ? 'breakGlass' : 'request');
}

/** What an answer of policy leads to; undefined for a denial. */
function afterDecision(
  deps: Deps,
  { request, entitlement }: Checked,
  { outcome, bundleSha256 }: Decision,
  requestSha256: string,
  approvals: readonly Approval[],
  now: number,
): AfterVote | undefined {
  if (outcome === 'denied') return undefined;
  const begin = (): AfterVote => {
    const beginning = beginningOf(entitlement, request, now);
    if (beginning) return { to: 'begin', beginning };
    throw new WritError('outside_window', 'the entitlement has no window in which the grant could begin');
  };
  if (outcome === 'allowed') return begin();
  const panel = panelOf(deps.engine.bundle, request);
  if (!panel) throw new WritError('internal_error', 'nobody can be asked'); // `decideRequest` denies then
  const first = standingAt(panel, 0, now, tooLateAt(request));
  const question = { ...first, requestSha256, bundleSha256, approvals };
  const standing = approvals.length > 0 ? standingAfter(panel, question, now, tooLateAt(request)) : first;
  return standing ? { to: 'wait', standing } : begin();
}

/**
 * A subject's remembered consent counts as their approval of the first stage, where it covers the request. It was given
 * to a person: whoever acts in their name is asked about anew.
 */
async function consentFor(deps: RequestDeps, request: GrantRequest, now: number): Promise<Consent | undefined> {
  const { subject, actors = [] } = request;
  if (actors.length > 0) return undefined;
  const chain = panelOf(deps.engine.bundle, request)?.chain;
  const [first, ...later] = chain?.stages ?? [];
  if (subject === undefined || !first || !asksSubject(first)) return undefined;
  // The clock starts when the last of the others has agreed.
  const waits = later.reduce((total, stage) => total + stage.timeoutSeconds * 1000, 0);
  const need = {
    subject,
    actor: request.requester.id,
    entitlement: request.entitlement,
    purpose: request.purpose,
    operations: request.scope.flatMap((line) => line.actions),
    durationSeconds: request.durationSeconds,
    until: Math.max(now + waits, request.startsAt ?? now) + request.durationSeconds * 1000,
  };
  const given = await deps.consents.consentsOf(subject, request.entitlement);
  return given.find((consent) => consentCovers(consent, need, now));
}

const approvalBy = (deps: Deps, { id, subject }: Consent, requestSha256: string, now: number): Approval => ({
  id: deps.ids.approval(),
  by: subjectRef(subject),
  verdict: 'approve',
  comment: 'as agreed before',
  stage: 0,
  stageSince: now,
  at: now,
  requestSha256,
  bundleSha256: deps.engine.bundle.sha256,
  via: 'remembered',
  consent: id,
});

function subjectRef(id: PrincipalId): PrincipalRef {
  const [, , ...subject] = id.split(':');
  return { id, domain: principalDomain(id), subject: subject.join(':'), person: id };
}

function breakGlassUse({ principal }: Caller, { ...entitlement }: Entitlement): BreakGlassUse | undefined {
  const { sealedKey } = principal.authentication;
  return sealedKey !== undefined && entitlement.kind === 'aws' && entitlement.breakGlass
    ? { keys: [sealedKey] }
    : undefined;
}

function companionsOf(grant: Grant, consent: Consent | undefined): Companion[] {
  const { id, request, state } = grant;
  const { person } = request.requester;
  const { ticket } = request;
  const companions: Companion[] = begunUse(undefined, grant);
  if (state.status === 'pending') companions.push({ type: 'pendingSlot', person, change: { takeUpTo: MAX_PENDING } });
  if (consent) companions.push({ type: 'consentHolds', consent }, { type: 'consentUse', consent, grantId: id });
  if (ticket !== undefined && state.status !== 'denied') {
    companions.push({ type: 'ticket', ticket, grantId: id, keepUntil: grant.requestedAt + TICKET_KEEP_MS });
  }
  return companions;
}

const REVIEW_OUTSTANDING = () =>
  new WritError('review_outstanding', 'an earlier break-glass use of yours has not been reviewed', {
    remediation: 'Have a security admin review it: writ review.',
  });

/** Said at once, not only when the second person has signed; the commit that begins the use has the last word. */
async function refuseUnreviewed(deps: RequestDeps, caller: Caller, request: GrantRequest): Promise<void> {
  const { person } = request.requester;
  if ((await deps.keys.openUseOf(person)) === undefined) return;
  throw await refused(deps, caller, request, 'breakGlassUse');
}

/** What is refused before there is a grant leaves a leaf all the same. */
async function refused(
  deps: Deps,
  { principal }: Caller,
  { entitlement }: GrantRequest,
  by: Companion['type'],
): Promise<WritError> {
  if (by === 'consentHolds') return new WritError('version_conflict', 'the consent was withdrawn at the same time');
  const isUse = by === 'breakGlassUse';
  const type = isUse ? 'breakglass.refused' : 'grant.refused';
  const code = isUse ? 'review_outstanding' : 'too_many_pending';
  await deps.store.append(auditLeaf(deps, type, refOf(principal), { code, entitlement }));
  if (isUse) return REVIEW_OUTSTANDING();
  return new WritError('too_many_pending', `${MAX_PENDING} of your requests are waiting for people already`, {
    remediation: 'Wait for a decision, or cancel what you no longer need: writ requests.',
  });
}

interface Checked {
  readonly request: GrantRequest;
  readonly entitlement: Entitlement;
  readonly roleArn: string | undefined;
  readonly maxUses: number | undefined;
}

function checked(deps: Deps, caller: Caller, ask: GrantAsk): Checked {
  const { bundle } = deps.engine;
  const entitlement = bundle.catalogue.find((candidate) => candidate.id === ask.entitlement);
  const target = entitlement && targetOf(entitlement, bundle.targets);
  const isComplete = entitlement && (entitlement.kind !== 'aws' || target !== undefined);
  // The rest of a refusal tells of accounts, resources and parameters: not to those to whom nothing is offered.
  if (!isComplete || !isOfferedTo(caller, entitlement)) {
    throw new WritError('unknown_entitlement', `there is no entitlement \`${ask.entitlement}\``);
  }
  const parameters = parseParameters(entitlement.parameters, ask.parameters);
  const now = deps.clock();
  checkTimes(entitlement, ask, now);
  const scope = scopeOf(entitlement, ceilingOf(entitlement, target, parameters), ask.scope, now);
  const { parameters: _, scope: __, subject: ___, details: ____, maxUses: _____, ...rest } = ask;
  const subject = subjectOf(caller, entitlement, ask.subject);
  const { actors } = caller.principal;
  const details = detailsOf(entitlement, parameters, ask.details);
  const client = requestingClient(bundle, caller);
  const request: GrantRequest = {
    ...rest,
    requester: refOf(caller.principal),
    ...(actors && actors.length > 0 && { actors }),
    ...(subject !== undefined && { subject }),
    ...(details.length > 0 && { details }),
    ...(client && { client: client.id }),
    parameters,
    scope,
  };
  const maxUses = usesOf(entitlement, ask.maxUses);
  return { request, entitlement, roleArn: target && lentRoleArn(entitlement, target), maxUses };
}

/** What its tokens may say in `authorization_details`: all that the entitlement has, or less. */
function detailsOf(
  entitlement: Entitlement,
  parameters: Parameters,
  asked: readonly AuthorizationDetail[] | undefined,
): readonly AuthorizationDetail[] {
  const offered = entitlement.kind === 'token' ? filledDetails(entitlement.authorizationDetails, parameters) : [];
  if (!asked || detailsCover(offered, asked)) return asked ?? offered;
  throw new WritError('scope_exceeds_entitlement', 'the authorization details are wider than the entitlement’s', {
    remediation:
      offered.length > 0
        ? `Ask for no more than: ${JSON.stringify(offered)}.`
        : 'It has none: leave `authorizationDetails` out.',
  });
}

/** How often it may be used: as often as the entitlement allows, or less often. */
function usesOf({ id, kind, limits }: Entitlement, asked: number | undefined): number | undefined {
  if (asked === undefined) return limits.maxUses;
  if (kind === 'aws') {
    throw new WritError('invalid_request', `uses of \`${id}\` are not counted: leave \`maxUses\` out`);
  }
  if (limits.maxUses === undefined || asked <= limits.maxUses) return asked;
  throw new WritError('scope_exceeds_entitlement', `\`${id}\` can be used ${limits.maxUses} times at most`, {
    remediation: `Ask for at most ${limits.maxUses} uses.`,
  });
}

/** The registered client that the caller is, if any: while it is suspended, it gets nothing. */
function requestingClient({ clients }: PolicyBundle, { principal }: Caller): OAuthClient | undefined {
  const client = clients.find((registered) => principalOfClient(registered) === principal.id);
  if (client?.status !== 'suspended') return client;
  throw new WritError('forbidden', `the client \`${client.id}\` is suspended`, {
    remediation: `Ask its owner: ${client.owner}.`,
  });
}

function scopeOf(
  entitlement: Entitlement,
  ceiling: Scope,
  requested: readonly RequestedStatement[] | undefined,
  now: number,
): Scope {
  const scope = narrowScope(ceiling, requested, entitlement.kind);
  if (entitlement.kind === 'aws') compileSessionPolicy(scope, now); // refuses now what could never be issued
  return scope;
}

/** An impersonation names its subject, of the domain that it is for, and nobody impersonates themselves. */
function subjectOf({ principal }: Caller, entitlement: Entitlement, subject: string | undefined) {
  if (entitlement.kind !== 'impersonation') {
    if (subject === undefined) return undefined;
    throw new WritError('invalid_request', `\`${entitlement.id}\` acts for nobody: leave \`subject\` out`);
  }
  if (subject === undefined || !subject.startsWith(`${entitlement.subjectDomain}:`)) {
    throw new WritError('subject_required', `\`${entitlement.id}\` acts for a ${entitlement.subjectDomain} principal`, {
      remediation: `Name whom you act for in \`subject\`, such as ${entitlement.subjectDomain}:<issuer>:<name>.`,
    });
  }
  if (subject === principal.id) throw new WritError('invalid_request', 'nobody needs a grant to act for themselves');
  return subject as PrincipalId; // a claim of the caller's: consent is what it is checked by
}

function checkTimes(entitlement: Entitlement, { durationSeconds, startsAt }: GrantAsk, now: number): void {
  const { limits, windows } = entitlement;
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
  if (startsAt === undefined || !windows) return;
  const opens = nextWindow(windows, startsAt);
  if (opens === startsAt) return;
  throw new WritError('outside_window', 'the entitlement is not lent at that time', {
    remediation:
      opens === undefined
        ? 'Ask its owner when it is.'
        : `Its next window opens at ${new Date(opens).toISOString()}: ask for that start, or leave \`startsAt\` out.`,
  });
}
