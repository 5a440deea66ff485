import type { Companion } from './approvalPorts.ts';
import type { PolicyBundle } from './bundle.ts';
import type { PolicyAction, Verdict } from './decision.ts';
import type { Entitlement } from './entitlement.ts';
import type { Bucket, Grant } from './grant.ts';
import type { Leaf } from './leaf.ts';
import type { Principal, PrincipalId } from './principal.ts';
import type { AwsSession, Deny, Intent, IntentState } from './session.ts';

/** Epoch milliseconds. Server time only: no caller states the time. */
export type Clock = () => number;

/** Unguessable identifiers. */
export interface Ids {
  grant(): string;
  event(): string;
  approval(): string;
  extension(): string;
  consent(): string;
  /** `ses_` and at least 128 random bits. */
  intent(): string;
  /** `writ-` and at least 128 random bits, within STS's SourceIdentity grammar. */
  sourceIdentity(): string;
  /** 32 hex digits. */
  salt(): string;
  /** `tok_` and at least 128 random bits. */
  token(): string;
  /** Of a family of refresh tokens: `rtf_` and at least 128 random bits. */
  family(): string;
  /** An entry of the status list, by chance. */
  statusIndex(): number;
}

/** Lower-case hex SHA-256 of UTF-8 text. */
export type Sha256 = (text: string) => string;

/** The answer that a key has earned; returned again for the same key and body. */
export interface IdempotencyRecord {
  /** SHA-256 over principal, route and the caller's key: another person's key is another key. */
  readonly keySha256: string;
  /** SHA-256 of the canonical body. */
  readonly bodySha256: string;
  readonly response: { readonly status: number; readonly body: string };
  /** Epoch milliseconds: kept for the grant's lifetime and a day. */
  readonly keepUntil: number;
}

export type CommitOutcome =
  | { readonly result: 'committed' }
  /** Someone else moved the grant (or closed the intent) first: read again and decide again. */
  | { readonly result: 'conflict' }
  /** A companion's own condition does not hold. */
  | { readonly result: 'refused'; readonly by: Companion['type'] }
  /** The idempotency key has been used: its record. */
  | { readonly result: 'replayed'; readonly record: IdempotencyRecord };

export interface Page<T> {
  readonly items: readonly T[];
  /** Opaque; present when there may be more. */
  readonly cursor?: string;
}

export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string;
}

/**
 * Grants, intents and denies with their audit leaves. Every method that writes is one transaction: the change, its
 * leaves and its idempotency record are there together or not at all (I3). Reads by id are strongly consistent.
 * A failed transport rejects; the caller must then treat the outcome as unknown.
 */
export interface GrantStore {
  get(id: string): Promise<Grant | undefined>;
  /** Those that exist, in any order; as `get`. */
  getMany(ids: readonly string[]): Promise<readonly Grant[]>;
  findIdempotent(keySha256: string): Promise<IdempotencyRecord | undefined>;

  /** A new grant. Conflict when the id exists. */
  create(change: {
    grant: Grant;
    leaves: readonly Leaf[];
    companions?: readonly Companion[];
    idempotency?: IdempotencyRecord;
  }): Promise<CommitOutcome>;

  /**
   * Moves a grant from `grant.version - 1`, and records the deny that its end needs. `unlent`: there is no deny because
   * no session was ever attempted, on which the write is then conditional too.
   */
  transition(change: {
    grant: Grant;
    leaf: Leaf;
    deny?: Deny;
    unlent?: true;
    companions?: readonly Companion[];
    idempotency?: IdempotencyRecord;
  }): Promise<CommitOutcome>;

  /** Records an intent, if the grant is still active at `intent.version` and has issued fewer than `maxSessions`. */
  intend(change: { intent: Intent; leaf: Leaf; maxSessions: number }): Promise<CommitOutcome>;

  /** Closes an open intent as issued, if the grant is still active at `intent.version`; counts the credential. */
  issue(change: { intent: Intent; leaf: Leaf; at: number }): Promise<CommitOutcome>;

  /** Closes an open intent any other way, and denies the session that may exist. */
  closeIntent(change: {
    intent: Intent;
    state: Exclude<IntentState, 'open' | 'issued'>;
    leaf: Leaf;
    deny?: Deny;
  }): Promise<CommitOutcome>;

  /** A leaf of its own: a refusal at issuance, an administrative read. */
  append(leaf: Leaf): Promise<void>;

  /** Ids of the grants that were lent on from this one; ended ones too; strongly consistent. */
  childrenOf(grantId: string): Promise<readonly string[]>;

  /** Newest first. One query a page, whatever the table holds. */
  listByRequester(requester: PrincipalId, page: PageRequest): Promise<Page<Grant>>;
  listByBucket(bucket: Bucket, page: PageRequest): Promise<Page<Grant>>;

  /** Grants that time moves by `now`, oldest first, batch by batch to the last; eventually consistent. */
  dueGrants(now: number, batch: number): AsyncIterable<readonly string[]>;
  /** Open intents made before `before`, oldest first, batch by batch to the last; eventually consistent. */
  openIntents(before: number, batch: number): AsyncIterable<readonly Intent[]>;

  denies(roleArn: string): Promise<readonly Deny[]>;
  /** Remembers that these denies are on the role. Idempotent. */
  markApplied(denies: readonly Deny[], at: number): Promise<void>;
  /** The deny of a grant's sessions, for `enforcement`. */
  denyFor(roleArn: string, sourceIdentity: string): Promise<Deny | undefined>;
}

/** Leaves, for the auditor. No writes. */
export interface AuditReader {
  /** A grant's leaves in order; strongly consistent. */
  ofStream(stream: string, page: PageRequest): Promise<Page<Leaf>>;
  /** All leaves of a UTC day (`YYYY-MM-DD`) by id. */
  ofDay(day: string, page: PageRequest): Promise<Page<Leaf>>;
}

/** Facts that policy may look at besides principal and entitlement. */
export interface PolicyContext {
  readonly now: number;
  readonly sourceIp: string;
  /** How a decision reached Writ. @default api */
  readonly via?: 'api' | 'chat' | 'sealed';
  readonly durationSeconds?: number;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly ticket?: string;
  /** Whom an impersonation would act for. */
  readonly subject?: PrincipalId;
}

export type PolicyResource =
  | { readonly type: 'entitlement'; readonly entitlement: Entitlement }
  | { readonly type: 'grant'; readonly grant: Grant; readonly entitlement: Entitlement | undefined }
  | { readonly type: 'system' };

/** The policy engine over one bundle. Never throws: what it can't answer, it denies. */
export interface PolicyEngine {
  readonly bundle: PolicyBundle;
  decide(principal: Principal, action: PolicyAction, resource: PolicyResource, context: PolicyContext): Verdict;
}

/** What is asked of STS; everything in it is made by the server. */
export interface AssumeRequest {
  readonly roleArn: string;
  readonly externalId: string;
  readonly sessionName: string;
  readonly sourceIdentity: string;
  readonly durationSeconds: number;
  readonly policy: string;
  /** `writ:` tags, ids only. */
  readonly tags: Readonly<Record<string, string>>;
}

/** `refused`: STS said no, so no session exists. `unknown`: no answer; one may exist (I11). */
export type AssumeOutcome =
  | { readonly result: 'minted'; readonly session: AwsSession }
  | { readonly result: 'refused'; readonly code: string }
  | { readonly result: 'unknown' };

export interface SessionBroker {
  /** One attempt, short time-out. Never rejects. */
  assume(request: AssumeRequest): Promise<AssumeOutcome>;
}

export interface ConsoleSignIn {
  /** Exchanges a session for a sign-in link. The link is a secret and lives 15 minutes. Rejects on any failure. */
  link(session: AwsSession): Promise<string>;
}

/** The target account's side of revocation: reads and writes one inline policy of one role. */
export interface RevocationWriter {
  /** Puts (or with `undefined` removes) the revocation policy; does nothing when it is so already. */
  write(roleArn: string, policy: string | undefined): Promise<'written' | 'unchanged'>;
}

/** Tells the one writer of a role's revocation policy to look again. Carries no decision: the writer reads the denies. */
export interface RevocationQueue {
  enqueue(roleArn: string): Promise<void>;
}
