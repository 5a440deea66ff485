/**
 * AWS's truth table: how the answers of the single policies make one answer.
 *
 * The simulator tells what each policy says about a request. What follows from that is decided here, because the
 * simulator's own conclusion differs from AWS's in one respect that matters to us: it lets a session policy's silence
 * limit what a resource policy grants to the session itself.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics-single-account.html
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
 */

export type Verdict = 'allow' | 'deny' | 'silent';

/** Whom the resource's own policy allows. */
export interface ResourceGrant {
  /** A Deny matches. */
  readonly denied: boolean;
  /** The session's ARN, or `*`: a grant to the session itself. */
  readonly session: boolean;
  /** The role's ARN: a grant to the role, which its sessions use within their limits. */
  readonly role: boolean;
  /** The account: it delegates to the account's identity policies, and grants nothing by itself. */
  readonly account: boolean;
}

export interface Opinions {
  readonly sameAccount: boolean;
  readonly identity: Verdict;
  /** Absent where the role has no boundary, or the session no policy: then there is no such limit. */
  readonly boundary?: Verdict;
  readonly session?: Verdict;
  readonly resource: ResourceGrant;
  /**
   * Whether identity policies count only where the resource's policy delegates to the account, as for KMS keys and
   * role trust policies, even within one account.
   */
  readonly needsDelegation: boolean;
}

export type Layer = 'identity-based policy' | 'permissions boundary' | 'session policy' | 'resource-based policy';

export type Decision =
  { readonly allowed: true } | { readonly allowed: false; readonly explicit: boolean; readonly layer: Layer };

/** The one answer. Any deny wins; then it is about who grants, and within which limits. */
export function decide(opinions: Opinions): Decision {
  const { identity, boundary, session, resource } = opinions;
  if (identity === 'deny') return denied('identity-based policy', true);
  if (resource.denied) return denied('resource-based policy', true);
  if (boundary === 'deny') return denied('permissions boundary', true);
  if (session === 'deny') return denied('session policy', true);

  const granted = resource.session || resource.role || resource.account;
  if (!opinions.sameAccount) {
    if (!granted) return denied('resource-based policy', false);
    if (identity !== 'allow') return denied('identity-based policy', false);
    return withinLimits(boundary, session);
  }
  if (resource.session) return { allowed: true };
  if (!resource.role) {
    if (opinions.needsDelegation && !resource.account) return denied('resource-based policy', false);
    if (identity !== 'allow') return denied('identity-based policy', false);
  }
  return withinLimits(boundary, session);
}

function withinLimits(boundary: Verdict | undefined, session: Verdict | undefined): Decision {
  if (boundary !== undefined && boundary !== 'allow') return denied('permissions boundary', false);
  if (session !== undefined && session !== 'allow') return denied('session policy', false);
  return { allowed: true };
}

function denied(layer: Layer, explicit: boolean): Decision {
  return { allowed: false, explicit, layer };
}
