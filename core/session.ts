/**
 * What is known of one attempt to mint an AWS session. Written before STS is called, so that a crash, a time-out or a
 * lost answer leaves a record of the session that may exist (I11).
 */
export interface Intent {
  /** Also the RoleSessionName: unguessable, one per attempt, so that one lost session can be denied alone. */
  readonly id: string;
  readonly grantId: string;
  /** The grant's version that the attempt is conditional on. */
  readonly version: number;
  readonly kind: 'api' | 'console';
  readonly roleArn: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** Latest time at which a session from this attempt could still work. */
  readonly latestExpiry: number;
  readonly state: IntentState;
}

/** `open` counts as issued. Only `failed` (STS said no) means that no session exists. */
export type IntentState = 'open' | 'issued' | 'failed' | 'discarded' | 'unknown';

/** An explicit deny on a lent role, kept until the last session that it concerns is dead. */
export interface Deny {
  readonly roleArn: string;
  /** All sessions of one grant, or the one session of an attempt whose outcome is not known. */
  readonly match: { readonly sourceIdentity: string } | { readonly sessionName: string };
  readonly grantId: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly until: number;
  /** When the enforcer had it on the role; absent until then. */
  readonly appliedAt?: number;
}

/** An AWS session as STS gave it. Secret: goes to the caller and nowhere else. */
export interface AwsSession {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** Shortest and usual STS session, in seconds; the session policy ends it earlier where the grant does. */
export const API_SESSION_SECONDS = 900;
/** Longest session of a chained role, and so of a console link. */
export const CONSOLE_SESSION_SECONDS = 3_600;
/**
 * STS takes a request for five minutes after it was signed (IAM User Guide, "Elements of an AWS API request
 * signature"), so the session of an attempt may begin this much later than the attempt.
 */
export const MINT_LAG_MS = 300_000;
/** Clocks differ: a deny stays this much longer than the last session. */
export const DENY_MARGIN_MS = 60_000;
