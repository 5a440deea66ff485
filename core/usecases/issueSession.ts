import type { Verdict } from '../decision.ts';
import type { AwsEntitlement, Target } from '../entitlement.ts';
import { lentRoleArn, targetOf } from '../entitlement.ts';
import { WritError } from '../errors.ts';
import type { Grant } from '../grant.ts';
import { leafOf, personHash } from '../leafOf.ts';
import type { AssumeOutcome, SessionBroker } from '../ports.ts';
import { SYSTEM } from '../principal.ts';
import type { AwsSession, Deny, Intent } from '../session.ts';
import { API_SESSION_SECONDS, CONSOLE_SESSION_SECONDS, DENY_MARGIN_MS, MINT_LAG_MS } from '../session.ts';
import { compileSessionPolicy } from '../sessionPolicy.ts';
import { ended, notActive } from '../transitions.ts';
import type { Caller, Deps } from './deps.ts';
import { loadSettled, notFound } from './loadGrant.ts';
import { stillLends } from './stillLends.ts';
import { mayRead } from './readGrants.ts';

export interface IssueDeps extends Deps {
  readonly broker: SessionBroker;
}

/**
 * Lends an AWS session:
 *
 *     decide again → intent and leaf → AssumeRole → issued and leaf, if the grant did not move → answer
 *
 * A session whose grant moved in between, or whose fate is not known, is denied by its name and never handed out.
 *
 * @returns the session, its expiry cut to the grant's. Secret.
 * @throws WritError `not_found`, `forbidden`, `grant_ended`, `grant_not_active`, `issuance_denied`,
 * `console_not_allowed`, `session_limit_reached`, `unavailable` (AWS refused or did not answer).
 */
export async function issueSession(
  deps: IssueDeps,
  caller: Caller,
  grantId: string,
  kind: Intent['kind'],
): Promise<AwsSession> {
  const grant = await loadSettled(deps, grantId);
  if (!grant) throw notFound();
  if (grant.request.requester.id !== caller.principal.id) {
    if (!mayRead(deps, caller, grant)) throw notFound();
    throw new WritError('forbidden', 'only the holder gets credentials', {
      remediation: 'Make a request of your own: writ request.',
    });
  }
  const expiresAt = activeUntil(grant);
  const { entitlement, target } = await decideAgain(deps, caller, grant, kind);

  const intent = intentOf(deps, grant, lentRoleArn(entitlement, target), expiresAt, kind);
  const policy = compileSessionPolicy(grant.scope, expiresAt);
  await commitIntent(deps, caller, grant, intent, entitlement);

  const outcome = await deps.broker.assume({
    roleArn: intent.roleArn,
    externalId: target.externalId,
    sessionName: intent.id,
    sourceIdentity: grant.sourceIdentity,
    durationSeconds: sessionSeconds(kind, intent.createdAt, expiresAt),
    policy,
    tags: {
      'writ:grant': grant.id,
      'writ:entitlement': entitlement.id,
      'writ:requester': personHash(deps.sha256, grant.salt, grant.request.requester),
    },
  });
  const session = await settleOutcome(deps, grant, intent, outcome);
  return { ...session, expiresAt: Math.min(session.expiresAt, expiresAt) };
}

/** Seconds to ask STS for, of which it makes 900 at least. A program renews; a console session lasts while it may. */
function sessionSeconds(kind: Intent['kind'], now: number, expiresAt: number): number {
  if (kind === 'api') return API_SESSION_SECONDS;
  const remaining = Math.ceil((expiresAt - now) / 1000);
  return Math.max(API_SESSION_SECONDS, Math.min(CONSOLE_SESSION_SECONDS, remaining));
}

function activeUntil(grant: Grant): number {
  if (grant.state.status === 'active') return grant.state.expiresAt;
  throw grant.state.status === 'pending' || grant.state.status === 'scheduled' ? notActive(grant) : ended(grant);
}

/** A changed catalogue or policy, a lost group or a lapsed sign-in takes effect here, at the next issuance. */
async function decideAgain(
  deps: Deps,
  caller: Caller,
  grant: Grant,
  kind: Intent['kind'],
): Promise<{ entitlement: AwsEntitlement; target: Target }> {
  const { catalogue, targets } = deps.engine.bundle;
  const { entitlement: id, durationSeconds, parameters, ticket } = grant.request;
  const entitlement = catalogue.find((candidate) => candidate.id === id);
  const target = entitlement && targetOf(entitlement, targets);
  if (entitlement && entitlement.kind !== 'aws') {
    const what = entitlement.kind === 'impersonation' ? 'acts for a person' : 'is used by delegation tokens';
    throw new WritError('invalid_request', `\`${id}\` ${what}: it has no AWS session`);
  }
  if (!entitlement || !target) return refuse(deps, grant, because(`the entitlement \`${id}\` is no longer offered`));
  if (!stillLends(entitlement, target, grant)) {
    return refuse(deps, grant, because(`\`${id}\` lends less now than when the grant was made`));
  }
  const verdict = deps.engine.decide(
    caller.principal,
    'issue',
    { type: 'grant', grant, entitlement },
    {
      now: deps.clock(),
      sourceIp: caller.sourceIp,
      durationSeconds,
      parameters,
      ...(ticket !== undefined && { ticket }),
    },
  );
  if (!verdict.allowed) return refuse(deps, grant, verdict);
  if (kind === 'console' && !entitlement.console) {
    throw new WritError('console_not_allowed', `\`${entitlement.id}\` has no console sign-in`);
  }
  return { entitlement, target };
}

const because = (reason: string): Verdict => ({
  allowed: false,
  policies: [],
  reasons: [reason],
  remediation: 'Return it and make a new request: writ entitlements.',
});

/** A no is a leaf too, and the leaf comes first. */
async function refuse(deps: Deps, grant: Grant, verdict: Verdict): Promise<never> {
  await deps.store.append(
    leafOf(deps, grant, {
      type: 'credential.refused',
      role: 'event',
      at: deps.clock(),
      by: grant.request.requester,
      facts: {
        policies: verdict.policies.map((policy) => policy.id).join(' '),
        engineFailed: verdict.error !== undefined,
      },
    }),
  );
  throw new WritError('issuance_denied', verdict.reasons[0] ?? 'policy does not allow credentials for this grant now', {
    ...(verdict.remediation !== undefined && { remediation: verdict.remediation }),
  });
}

function intentOf(deps: Deps, grant: Grant, roleArn: string, expiresAt: number, kind: Intent['kind']): Intent {
  const now = deps.clock();
  return {
    id: deps.ids.intent(),
    grantId: grant.id,
    version: grant.version,
    kind,
    roleArn,
    createdAt: now,
    latestExpiry: Math.min(now + sessionSeconds(kind, now, expiresAt) * 1000 + MINT_LAG_MS, expiresAt),
    state: 'open',
  };
}

async function commitIntent(
  deps: Deps,
  caller: Caller,
  grant: Grant,
  intent: Intent,
  entitlement: AwsEntitlement,
): Promise<void> {
  const leaf = leafOf(deps, grant, {
    type: 'credential.intended',
    role: 'event',
    at: intent.createdAt,
    by: caller.principal,
    facts: { intent: intent.id, kind: intent.kind, roleArn: intent.roleArn, latestExpiry: intent.latestExpiry },
  });
  const outcome = await deps.store.intend({ intent, leaf, maxSessions: entitlement.limits.maxSessions });
  if (outcome.result === 'committed') return;
  const current = await loadSettled(deps, grant.id);
  if (!current) throw notFound();
  activeUntil(current);
  throw new WritError('session_limit_reached', `the grant has issued its ${entitlement.limits.maxSessions} sessions`);
}

/** STS's own words for too many calls (Common Errors of the AWS Query API). */
const THROTTLED = /Throttl|RequestLimitExceeded|SlowDown/;

/** The second commit: only its success lets the session out. */
async function settleOutcome(deps: Deps, grant: Grant, intent: Intent, outcome: AssumeOutcome): Promise<AwsSession> {
  const at = deps.clock();
  const leaf = (type: 'issued' | 'failed' | 'discarded' | 'unknown', facts: Record<string, string> = {}) =>
    leafOf(deps, grant, {
      type: `credential.${type}`,
      role: 'event',
      at,
      by: SYSTEM,
      facts: { intent: intent.id, ...facts },
    });

  if (outcome.result === 'minted') {
    const issued = await deps.store.issue({ intent, leaf: leaf('issued'), at });
    if (issued.result === 'committed') return outcome.session;
    await deps.store.closeIntent({
      intent,
      state: 'discarded',
      leaf: leaf('discarded'),
      deny: denySession(intent, at),
    });
    const current = await loadSettled(deps, grant.id);
    if (!current) throw notFound();
    activeUntil(current);
    throw new WritError('version_conflict', 'the grant changed while AWS was asked');
  }
  if (outcome.result === 'refused') {
    await deps.store.closeIntent({ intent, state: 'failed', leaf: leaf('failed', { code: outcome.code }) });
    throw new WritError('unavailable', `AWS refused the session (${outcome.code})`, {
      remediation: THROTTLED.test(outcome.code)
        ? 'Try again in a moment.'
        : 'Run writ doctor; if it persists, the target account may lack Writ’s role.',
    });
  }
  await deps.store.closeIntent({ intent, state: 'unknown', leaf: leaf('unknown'), deny: denySession(intent, at) });
  throw new WritError('unavailable', 'AWS did not answer in time; the session that may exist is denied', {
    remediation: 'Try again.',
  });
}

/** Ends the one session that an attempt may have made; the grant's other sessions live on. */
export const denySession = (intent: Intent, now: number): Deny => ({
  roleArn: intent.roleArn,
  match: { sessionName: intent.id },
  grantId: intent.grantId,
  createdAt: now,
  until: intent.latestExpiry + DENY_MARGIN_MS,
});
