import type { Snapshot, SnapshotStore } from '../../oauth/ports.ts';
import { OAuthError } from '../../oauth/oauthError.ts';
import { STATUS_LIST_SIZE } from '../../oauth/accessToken.ts';
import type { GrantStore } from '../../ports.ts';
import type { Step } from '../takeSteps.ts';
import { takeSteps } from '../takeSteps.ts';
import type { TokenDeps } from './tokenDeps.ts';

/** How long a snapshot is good: verifiers refuse a staler one, and then everything. */
export const SNAPSHOT_LIFETIME_MS = 150_000;
/** Seconds for which a verifier may keep it without asking for a newer one (Token Status List draft §8.1, `ttl`). */
export const SNAPSHOT_TTL_S = 3;
/**
 * Seconds for which a cache between may keep it. What ended is known everywhere within five seconds: this, the verifier's
 * `ttl`, and a second until the table's stream has woken the builder.
 */
export const SNAPSHOT_SHARED_S = 1;
/** Two publishers at once: one number for each, so the loser counts again. */
const MAX_ATTEMPTS = 5;
/**
 * Reads under way at a time, in all. One after the other, whoever makes and returns grants all the time would have the
 * list take longer than it may, and with it every verifier's trust; as many as there are grants, a tree that was lent on
 * far and wide would crowd out everybody else.
 */
const AT_ONCE = 32;
/** Whatever a token was issued after: where its grant is over. */
const ALL = Number.POSITIVE_INFINITY;

export interface SnapshotDeps extends Pick<TokenDeps, 'clock' | 'tokens' | 'issuerUrl' | 'statusListUrl'> {
  readonly store: Pick<GrantStore, 'get' | 'childrenOf'>;
  readonly snapshots: SnapshotStore;
  /** The bits as `lst` of a status list, one bit a token: set where it was revoked. */
  readonly encode: (indexes: readonly number[], size: number) => string;
  /** Signs with the snapshot key, `typ: statuslist+jwt`. */
  readonly sign: (claims: Readonly<Record<string, unknown>>) => Promise<string>;
}

/**
 * Publishes which tokens ended before their time: those that were revoked, all of grants that ended early, and those from
 * before a narrowing; each with the grants that were lent on till then. What expired is left out: verifiers see that
 * themselves.
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
  /** Of each grant that was looked at: issued before how many narrowings its tokens are in the list. */
  const done = new Map<string, number>();
  const pages = deps.tokens.revoked(now)[Symbol.asyncIterator]();
  await takeSteps(nextPage, AT_ONCE);
  return [...indexes].sort((left, right) => left - right);

  async function nextPage(): Promise<readonly Step[]> {
    const page = await pages.next();
    if (page.done === true) return [];
    const found: Step[] = [nextPage];
    for (const ended of page.value) {
      if ('token' in ended) indexes.add(ended.token.statusIndex);
      else found.push(() => addGrant(ended.grantId, ended.narrowings ?? ALL));
    }
    return found;
  }

  async function addGrant(grantId: string, before: number): Promise<readonly Step[]> {
    if ((done.get(grantId) ?? 0) >= before) return [];
    done.set(grantId, before);
    for await (const tokens of deps.tokens.tokensOf(grantId, now)) {
      for (const { statusIndex, narrowings } of tokens) if (narrowings < before) indexes.add(statusIndex);
    }
    const children = await deps.store.childrenOf(grantId);
    return children.map((child) => () => addChild(child, grantId, before));
  }

  async function addChild(child: string, parent: string, before: number): Promise<readonly Step[]> {
    const fell = before === ALL || (await narrowingsWhenLent(deps, child, parent)) < before;
    return fell ? addGrant(child, ALL) : [];
  }
}

/** How often the grant above had been narrowed when the child was lent on from it. */
async function narrowingsWhenLent({ store }: SnapshotDeps, childId: string, parentId: string): Promise<number> {
  const child = await store.get(childId);
  return child?.lineage?.find(({ grantId }) => grantId === parentId)?.narrowings ?? 0;
}
