import type { PolicyAction, Verdict } from '../../decision.ts';
import type { TokenKind } from '../../entitlement.ts';
import type { Grant } from '../../grant.ts';
import { leafOf } from '../../leafOf.ts';
import { OAuthError } from '../../oauth/oauthError.ts';
import type { Principal } from '../../principal.ts';
import { refOf } from '../../principal.ts';
import type { TokenDeps } from './tokenDeps.ts';

/** Who must be allowed something so that a token comes into being. */
export interface Parties {
  /** The holder of a grant of their own, by their sign-in: decided about as for every credential. */
  readonly holder?: Principal;
  /** The client, an actor, the holder of a grant that was lent on: each may carry what is lent. */
  readonly carriers: readonly Principal[];
}

/**
 * Decides again, at every issuance: a changed policy, a lost group, a lapsed sign-in take effect here. A no is a leaf too,
 * and the leaf comes first.
 *
 * @throws OAuthError `access_denied` with policy's reason
 */
export async function decideToken(
  deps: TokenDeps,
  grant: Grant,
  entitlement: TokenKind,
  { holder, carriers }: Parties,
  sourceIp: string,
): Promise<void> {
  const { durationSeconds, parameters, ticket, subject } = grant.request;
  const context = {
    now: deps.clock(),
    sourceIp,
    durationSeconds,
    parameters,
    ...(ticket !== undefined && { ticket }),
    ...(subject !== undefined && { subject }),
  };
  const carrying: PolicyAction = entitlement.kind === 'impersonation' ? 'impersonate' : 'delegate';
  const questions: { principal: Principal; action: PolicyAction }[] = [
    ...(holder ? [{ principal: holder, action: 'issue' as const }] : []),
    ...carriers.map((principal) => ({ principal, action: carrying })),
  ];
  for (const { principal, action } of questions) {
    const verdict = deps.engine.decide(principal, action, { type: 'grant', grant, entitlement }, context);
    if (!verdict.allowed) await refuse(deps, grant, principal, action, verdict);
  }
}

async function refuse(deps: TokenDeps, grant: Grant, by: Principal, action: string, verdict: Verdict): Promise<never> {
  await deps.store.append(
    leafOf(deps, grant, {
      type: 'token.refused',
      role: 'event',
      at: deps.clock(),
      by: refOf(by),
      facts: {
        action,
        policies: verdict.policies.map(({ id }) => id).join(' '),
        engineFailed: verdict.error !== undefined,
      },
    }),
  );
  const reason = verdict.reasons[0] ?? 'policy does not allow a token for this grant now';
  throw new OAuthError('access_denied', [reason, verdict.remediation].filter(Boolean).join(' '));
}
