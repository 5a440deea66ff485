import type { Grant } from '../grant.ts';
import type { Leaf } from '../leaf.ts';
import type { IdempotencyRecord } from '../ports.ts';
import type { AccessTokenClaims, TokenRecord } from './accessToken.ts';
import type { RefreshFamily } from './refresh.ts';

/** Something presented that must not be presented twice: a DPoP proof's or an assertion's `jti`. */
export interface Mark {
  readonly kind: 'dpop' | 'assertion';
  /** SHA-256, hex, over who presented it and its id: of bounded length whatever was sent. */
  readonly sha256: string;
  /** Epoch milliseconds until which it could be accepted again. */
  readonly until: number;
}

/** Grants that must still be as they were read, so that a token comes into being: the grant's own and its ancestors'. */
export interface Hold {
  readonly grantId: string;
  /** The grant's own: exactly this version. Of an ancestor: this many narrowings, whatever else happened. */
  readonly at: { readonly version: number } | { readonly narrowings: number };
}

export type TokenCommit =
  | { readonly result: 'committed' }
  /** A grant of the lineage ended, moved or was narrowed, or a token that it was exchanged for was revoked. */
  | { readonly result: 'moved' }
  /** Presented before. */
  | { readonly result: 'replayed'; readonly mark: Mark['kind'] }
  /** The status list's entry is another live token's: choose another. */
  | { readonly result: 'slot_taken' }
  /** The refresh family moved: somebody refreshed, or it was revoked. */
  | { readonly result: 'refreshed' };

/** Tokens of one grant that ended early. */
export interface RevokedTokens {
  readonly grantId: string;
  /** Those alone that were issued before it had been narrowed this often. Absent where the grant is over: all. */
  readonly narrowings?: number;
}

/** What ended early: tokens of a grant, or one token. */
export type Revoked = RevokedTokens | { readonly token: Pick<TokenRecord, 'jti' | 'statusIndex' | 'expiresAt'> };

/**
 * Issued tokens, refresh families and what was presented. Each write is one transaction with its leaf. A failed transport
 * rejects: the outcome is unknown, so nothing may be handed out.
 */
export interface TokenStore {
  /**
   * Records a token (with the refresh family that it begins or moves on) if every hold is kept, none of its origins was
   * revoked, no mark was made before, and its entry of the status list is free. The writers of one grant's tokens do not
   * wait for each other, nor do those of what one token is exchanged for. Whoever exchanges a token has read it: one that
   * is not there was not revoked.
   */
  issueToken(change: {
    readonly token: TokenRecord;
    readonly holds: readonly Hold[];
    readonly marks: readonly Mark[];
    readonly family?: { readonly from: RefreshFamily | undefined; readonly to: RefreshFamily };
    readonly leaf: Leaf;
  }): Promise<TokenCommit>;

  /**
   * The token, its grant and the ancestors, read together and strongly consistent; what is gone is left out.
   *
   * @param lineage ids as the token's claims name them: the ancestors, root first, and last its own grant
   */
  tokenState(
    jti: string,
    lineage: readonly string[],
  ): Promise<{ readonly token: TokenRecord | undefined; readonly grants: readonly Grant[] }>;

  /** Ends one token; idempotent. */
  revokeToken(token: TokenRecord, at: number, leaf: Leaf): Promise<'revoked' | 'already'>;

  /** Live tokens of a grant, for what has to end with it or be told of it; batch by batch. */
  tokensOf(grantId: string, now: number): AsyncIterable<readonly TokenRecord[]>;

  familyById(id: string): Promise<RefreshFamily | undefined>;
  /**
   * Moves a family on from exactly `from`, with a leaf: its revocation. What was presented to have it revoked is marked with
   * it; where a mark was made before, its kind is the answer, and nothing is revoked.
   */
  revokeFamily(
    from: RefreshFamily,
    to: RefreshFamily,
    leaf: Leaf,
    marks: readonly Mark[],
  ): Promise<'revoked' | 'conflict' | Mark['kind']>;

  /**
   * Spends one use of a token and of every grant that counts (its own, and the ancestors that it was lent on from), all
   * or none, each below its limit. The same request id spends once: repeated, it answers as it did.
   */
  consume(change: {
    readonly token: TokenRecord;
    /** @default the token itself is not counted */
    readonly maxUses?: number;
    readonly counted: readonly { readonly grantId: string; readonly maxUses: number }[];
    readonly holds: readonly Hold[];
    /** The resource server's name for this use: SHA-256, hex, over client and id. */
    readonly requestSha256: string;
    readonly leaf: Leaf;
  }): Promise<
    | { readonly result: 'spent' }
    /** This request id spent it before. */
    | { readonly result: 'repeated' }
    | { readonly result: 'exhausted' | 'moved' | 'revoked' }
  >;

  /**
   * Grants that ended early or were narrowed, and tokens that were revoked, where tokens could still be used at `now`.
   * Strongly consistent: what was committed before the call is there, so that no snapshot misses it.
   */
  revoked(now: number): AsyncIterable<readonly Revoked[]>;

  /** Makes a mark where nothing else is written that it could go with; whether it had not been made before. */
  presentOnce(mark: Mark): Promise<boolean>;

  /** Notes one more request under the key in the minute of `now`; how many there were, this one included. */
  countRequest(key: string, now: number): Promise<number>;
}

/** Which keys sign. The public halves of all of them are published all the time, so that a change surprises nobody. */
export interface KeyRing {
  /** Rises by one with each rotation; 0 before the first. */
  readonly version: number;
  /** Name of the generation that signs. */
  readonly current: string;
  readonly since: number;
}

export interface KeyRingStore {
  /** Undefined before the first rotation: the deployment's first generation signs. */
  readRing(): Promise<KeyRing | undefined>;
  /** If it is as it was read. With its leaf and its idempotency record; the one that there is, where the key was used. */
  moveRing(
    from: KeyRing | undefined,
    to: KeyRing,
    leaf: Leaf,
    idempotency?: IdempotencyRecord,
  ): Promise<'moved' | 'conflict' | IdempotencyRecord>;
}

/** The signed revocation snapshot that is served. */
export interface Snapshot {
  /** Rises by one with each; every write is conditional on it. */
  readonly number: number;
  /** A `statuslist+jwt` (Token Status List draft §5.1). Public. */
  readonly jwt: string;
  /** Epoch milliseconds. */
  readonly issuedAt: number;
  readonly expiresAt: number;
}

export interface SnapshotStore {
  readSnapshot(): Promise<Snapshot | undefined>;
  /** If the one there has the number before. */
  putSnapshot(snapshot: Snapshot): Promise<'stored' | 'conflict'>;
}

/** Signs with a key that never leaves KMS. Rejects when KMS can't be asked: then there is no token. */
export interface TokenSigner {
  /** @param claims a plain JSON object; signed as it stands. @returns the JWT in compact form. Secret. */
  sign(
    typ: 'at+jwt' | 'token-introspection+jwt',
    claims: AccessTokenClaims | Readonly<Record<string, unknown>>,
  ): Promise<string>;
}
