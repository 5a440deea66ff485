import type { Grant } from './grant.ts';
import type { Deny } from './session.ts';
import { CONSOLE_SESSION_SECONDS, DENY_MARGIN_MS } from './session.ts';

/** The inline policy that the enforcer, and nobody else, writes on a lent role. */
export const REVOCATION_POLICY_NAME = 'WritRevocations';
/** A role's inline policies share 10,240 characters, white space not counted (IAM quotas). */
export const REVOCATION_POLICY_LIMIT = 10_000;

/** The deny that ends all sessions of a grant that was ended before its time. */
export function denyOf(grant: Grant, now: number): Deny {
  const longest = now + CONSOLE_SESSION_SECONDS * 1000;
  const expiry = 'expiresAt' in grant.state ? (grant.state.expiresAt ?? longest) : longest;
  return {
    roleArn: grant.roleArn,
    match: { sourceIdentity: grant.sourceIdentity },
    grantId: grant.id,
    createdAt: now,
    until: Math.min(expiry, longest) + DENY_MARGIN_MS,
  };
}

/**
 * The whole revocation policy of a role, from all denies that are still needed: level, not edge, so that any later
 * write repairs a lost or reordered one. Where the list does not fit, everything issued before the newest deny is
 * denied by its issue time: holders of live grants renew, ended grants can't.
 *
 * @returns the policy JSON, or undefined when nothing has to be denied.
 */
export function revocationPolicy(denies: readonly Deny[], now: number): string | undefined {
  const live = denies.filter((deny) => deny.until > now);
  if (live.length === 0) return undefined;
  const names = live.flatMap(({ match }) => ('sessionName' in match ? [`*:${match.sessionName}`] : [])).sort();
  const identities = live.flatMap(({ match }) => ('sourceIdentity' in match ? [match.sourceIdentity] : [])).sort();
  const exact = policyOf(
    identities.length > 0 ? [denyWhen({ StringEquals: { 'aws:SourceIdentity': identities } })] : [],
    names,
  );
  if (exact.length <= REVOCATION_POLICY_LIMIT) return exact;
  const newest = Math.max(...live.map((deny) => deny.createdAt));
  // The next whole second: TokenIssueTime has no fraction, and the newest denied session may share its second.
  const before = new Date(Math.floor(newest / 1000) * 1000 + 1000).toISOString().replace('.000Z', 'Z');
  return policyOf([denyWhen({ DateLessThan: { 'aws:TokenIssueTime': before } })], []);
}

const policyOf = (first: readonly object[], names: readonly string[]): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [...first, ...(names.length > 0 ? [denyWhen({ StringLike: { 'aws:userid': names } })] : [])],
  });

const denyWhen = (condition: object): object => ({ Effect: 'Deny', Action: '*', Resource: '*', Condition: condition });
