/** What policy said, in a form that a person can act upon and an auditor can check. */
export interface Decision {
  readonly outcome: 'allowed' | 'needs_approval' | 'denied';
  /** The policies that determined the outcome. */
  readonly policies: readonly { readonly id: string; readonly effect: 'permit' | 'forbid' }[];
  readonly reasons: readonly string[];
  /** What to do about a denial. */
  readonly remediation?: string;
  /** The bundle that was in force. */
  readonly bundleSha256: string;
}

/** The Cedar actions that handlers ask about. */
export const POLICY_ACTIONS = [
  'request',
  'autoApprove',
  'approve',
  'consent',
  'issue',
  'extend',
  'delegate',
  'impersonate',
  'breakGlass',
  'review',
  'revoke',
  'read',
  'audit',
  'administer',
] as const;
export type PolicyAction = (typeof POLICY_ACTIONS)[number];

/** One question's answer. A fault of the engine is a denial (`error`), never an exception. */
export interface Verdict {
  readonly allowed: boolean;
  readonly policies: Decision['policies'];
  readonly reasons: readonly string[];
  readonly remediation?: string;
  /** Set when the engine could not answer or a policy failed: it denies (I13). */
  readonly error?: string;
}
