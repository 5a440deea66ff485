import type { Grant } from './grant.ts';
import type { Deny } from './session.ts';
import { CONSOLE_SESSION_SECONDS, DENY_MARGIN_MS, MINT_LAG_MS } from './session.ts';

/** The inline policy that the enforcer, and nobody else, writes on a lent role. */
export const REVOCATION_POLICY_NAME = 'WritRevocations';
/** A role's inline policies share 10,240 characters, white space not counted (IAM quotas). */
export const REVOCATION_POLICY_LIMIT = 10_000;
/** STS's clock may be ahead of ours by this much when it stamps a session. */
const ISSUE_CLOCK_SKEW_MS = 2_000;

/**
 * The deny that ends all sessions which a grant has under its identity as it was before it ended or was narrowed.
 * Undefined for what lends no AWS role.
 */
export function denyOf(before: Grant, now: number): Deny | undefined {
  if (before.roleArn === undefined) return undefined;
  const longest = now + CONSOLE_SESSION_SECONDS * 1000 + MINT_LAG_MS;
  const expiry = 'expiresAt' in before.state ? (before.state.expiresAt ?? longest) : longest;
  return {
    roleArn: before.roleArn,
    match: { sourceIdentity: before.sourceIdentity },
    grantId: before.id,
    createdAt: now,
    until: Math.min(expiry, longest) + DENY_MARGIN_MS,
  };
}

/**
 * The whole revocation policy of a role, from all denies that are still needed: level, not edge, so that any later
 * write repairs a lost or reordered one. Where the list does not fit, the newest denies are listed, and everything
 * issued before the newest of the others is denied by its issue time: holders of live grants renew, ended grants can't.
 *
 * @returns the policy JSON, or undefined when nothing has to be denied.
 */
export function revocationPolicy(denies: readonly Deny[], now: number): string | undefined {
  const live = denies.filter((deny) => deny.until > now).sort(newestFirst);
  if (live.length === 0) return undefined;
  const listing = (count: number): string => policyOf(live.slice(0, count), live[count]);
  let [fits, most] = [0, live.length];
  if (listing(most).length <= REVOCATION_POLICY_LIMIT) return listing(most);
  while (fits < most) {
    const middle = Math.ceil((fits + most) / 2);
    if (listing(middle).length <= REVOCATION_POLICY_LIMIT) fits = middle;
    else most = middle - 1;
  }
  return listing(fits);
}

/** By time, then by name, so that the order of records changes nothing. */
function newestFirst(a: Deny, b: Deny): number {
  const [left, right] = [textOf(a), textOf(b)];
  return b.createdAt - a.createdAt || (left < right ? -1 : Number(left > right));
}

const textOf = ({ match }: Deny): string => ('sessionName' in match ? match.sessionName : match.sourceIdentity);

/** Denies what is listed, and where there are more, all sessions that were issued before the newest of those. */
function policyOf(listed: readonly Deny[], newestOther: Deny | undefined): string {
  const names = listed.flatMap(({ match }) => ('sessionName' in match ? [`*:${match.sessionName}`] : [])).sort();
  const identities = listed.flatMap(({ match }) => ('sourceIdentity' in match ? [match.sourceIdentity] : [])).sort();
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      ...(newestOther ? [denyWhen({ DateLessThan: { 'aws:TokenIssueTime': issuedBy(newestOther) } })] : []),
      ...(identities.length > 0 ? [denyWhen({ StringEquals: { 'aws:SourceIdentity': identities } })] : []),
      ...(names.length > 0 ? [denyWhen({ StringLike: { 'aws:userid': names } })] : []),
    ],
  });
}

/** The next whole second: TokenIssueTime has no fraction, and the last denied session may share its second. */
const issuedBy = ({ createdAt }: Deny): string =>
  new Date(Math.floor((createdAt + ISSUE_CLOCK_SKEW_MS) / 1000) * 1000 + 1000).toISOString().replace('.000Z', 'Z');

const denyWhen = (condition: object): object => ({ Effect: 'Deny', Action: '*', Resource: '*', Condition: condition });
