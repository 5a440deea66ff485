import type { Snapshot, SnapshotStore } from '../../oauth/ports.ts';
import { OAuthError } from '../../oauth/oauthError.ts';
import { STATUS_LIST_SIZE } from '../../oauth/accessToken.ts';
import type { TokenDeps } from './tokenDeps.ts';

/** How long a snapshot is good: verifiers refuse a staler one, and then everything. */
export const SNAPSHOT_LIFETIME_MS = 150_000;
/** Seconds for which a verifier may keep it without asking for a newer one (Token Status List draft §8.1, `ttl`). */
export const SNAPSHOT_TTL_S = 3;
/** Two publishers at once: one number for each, so the loser counts again. */
const MAX_ATTEMPTS = 5;

export interface SnapshotDeps extends Pick<TokenDeps, 'clock' | 'store' | 'tokens' | 'issuerUrl' | 'statusListUrl'> {
  readonly snapshots: SnapshotStore;
  /** The bits as `lst` of a status list, one bit a token: set where it was revoked. */
  readonly encode: (indexes: readonly number[], size: number) => string;
  /** Signs with the snapshot key, `typ: statuslist+jwt`. */
  readonly sign: (claims: Readonly<Record<string, unknown>>) => Promise<string>;
}

/**
 * Publishes which tokens ended before their time: those that were revoked, and all of grants that ended early, with the
 * grants that were lent on from them. What expired is left out: verifiers see that themselves.
 *
 * @throws OAuthError `temporarily_unavailable` when others keep publishing; whatever store and signer reject with
 */
export async function publishSnapshot(deps: SnapshotDeps): Promise<Snapshot> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const before = await deps.snapshots.readSnapshot();
    const now = deps.clock();
    const revoked = await revokedIndexes(deps, now);
    const number = (before?.number ?? 0) + 1;
    const expiresAt = now + SNAPSHOT_LIFETIME_MS;
    const jwt = await deps.sign({
      iss: deps.issuerUrl,
      sub: deps.statusListUrl,
      iat: Math.floor(now / 1000),
      exp: Math.floor(expiresAt / 1000),
      ttl: SNAPSHOT_TTL_S,
      num: number,
      status_list: { bits: 1, lst: deps.encode(revoked, STATUS_LIST_SIZE) },
    });
    const snapshot = { number, jwt, issuedAt: now, expiresAt };
    if ((await deps.snapshots.putSnapshot(snapshot)) === 'stored') return snapshot;
  }
  throw new OAuthError('temporarily_unavailable', 'others keep publishing the snapshot');
}

async function revokedIndexes(deps: SnapshotDeps, now: number): Promise<readonly number[]> {
  const indexes = new Set<number>();
  const seen = new Set<string>();
  for await (const batch of deps.tokens.revoked(now)) {
    for (const ended of batch) {
      if ('token' in ended) indexes.add(ended.token.statusIndex);
      else await addGrant(ended.grantId);
    }
  }
  return [...indexes].sort((left, right) => left - right);

  async function addGrant(grantId: string): Promise<void> {
    if (seen.has(grantId)) return;
    seen.add(grantId);
    for await (const tokens of deps.tokens.tokensOf(grantId, now)) {
      for (const { statusIndex } of tokens) indexes.add(statusIndex);
    }
    for (const child of await deps.store.childrenOf(grantId)) await addGrant(child);
  }
}
