import type { Grant } from '../../core/grant.ts';
import type { TokenRecord } from '../../core/oauth/accessToken.ts';
import { slotFreeAt, tokenOverAt } from '../../core/oauth/afterlife.ts';
import type { Mark, TokenCommit, TokenStore } from '../../core/oauth/ports.ts';
import type { RefreshFamily } from '../../core/oauth/refresh.ts';
import { isHeld } from './holds.ts';
import type { MemoryState } from './state.ts';
import { addLeaf, leafKey, listRevoked } from './state.ts';

/**
 * Tokens in memory, for tests of the domain: the same conditions as the tables have, checked and applied without a pause
 * in between.
 */
export function createMemoryTokens(state: MemoryState): TokenStore {
  const { grants, tokens, families, presented, spent, rates, statusSlots } = state;

  const isAt = (from: RefreshFamily | undefined, id: string): boolean => {
    const stored = families.get(id);
    return stored?.generation === from?.generation && stored?.revokedAt === undefined;
  };

  const isRevoked = (jti: string): boolean => tokens.get(jti)?.revokedAt !== undefined;

  return {
    async issueToken({ token, holds, marks, family, leaf }): Promise<TokenCommit> {
      const again = marks.find((mark) => presented.has(markKey(mark)));
      if (again) return { result: 'replayed', mark: again.kind };
      if (!holds.every((hold) => isHeld(state, hold))) return { result: 'moved' };
      if ((token.origins ?? []).some((jti) => isRevoked(jti))) return { result: 'moved' };
      if (family && !isAt(family.from, family.to.id)) return { result: 'refreshed' };
      if ((statusSlots.get(token.statusIndex) ?? 0) > token.issuedAt) return { result: 'slot_taken' };
      if (tokens.has(token.jti) || state.leaves.has(leafKey(leaf))) throw new Error('a token is issued once');
      for (const mark of marks) presented.add(markKey(mark));
      if (family) families.set(family.to.id, structuredClone(family.to));
      statusSlots.set(token.statusIndex, slotFreeAt(token));
      tokens.set(token.jti, structuredClone(token));
      addLeaf(state, leaf);
      return { result: 'committed' };
    },

    async tokenState(jti, lineage) {
      if (lineage.length === 0) throw new TypeError('a token has a grant');
      const token = tokens.get(jti);
      return {
        token: token?.grantId === lineage.at(-1) ? structuredClone(token) : undefined,
        grants: lineage.flatMap((id) => structuredClone(grants.get(id)) ?? []),
      };
    },

    async revokeToken({ jti }, at, leaf) {
      const stored = tokens.get(jti);
      if (!stored || stored.revokedAt !== undefined) return 'already';
      tokens.set(jti, { ...stored, revokedAt: at });
      listRevoked(state, { token: listed(stored) }, tokenOverAt(stored));
      addLeaf(state, leaf);
      return 'revoked';
    },

    async *tokensOf(grantId, now) {
      const live = [...tokens.values()].filter(
        (token) => token.grantId === grantId && token.revokedAt === undefined && tokenOverAt(token) > now,
      );
      if (live.length > 0) yield live.map((token) => structuredClone(token));
    },

    async familyById(id) {
      return structuredClone(families.get(id));
    },

    async revokeFamily(from, to, leaf, marks) {
      const again = marks.find((mark) => presented.has(markKey(mark)));
      if (again) return again.kind;
      if (!families.has(from.id) || !isAt(from, from.id)) return 'conflict';
      for (const mark of marks) presented.add(markKey(mark));
      families.set(to.id, structuredClone(to));
      addLeaf(state, leaf);
      return 'revoked';
    },

    async consume({ token, maxUses, counted, holds, requestSha256, leaf }) {
      const stored = tokens.get(token.jti);
      const use = `${token.jti}|${requestSha256}`;
      if (spent.has(use)) return { result: 'repeated' };
      if (!stored || stored.revokedAt !== undefined) return { result: 'revoked' };
      if (!holds.every((hold) => isHeld(state, hold))) return { result: 'moved' };
      const uses = counted.map(({ grantId, maxUses: most }) => ({ grant: required(grants.get(grantId)), most }));
      if (maxUses !== undefined && stored.uses >= maxUses) return { result: 'exhausted' };
      if (uses.some(({ grant, most }) => grant.uses.spent >= most)) return { result: 'exhausted' };
      spent.add(use);
      tokens.set(token.jti, { ...stored, uses: stored.uses + 1 });
      for (const { grant } of uses) {
        grants.set(grant.id, { ...grant, uses: { ...grant.uses, spent: grant.uses.spent + 1 } });
      }
      addLeaf(state, leaf);
      return { result: 'spent' };
    },

    async *revoked(now) {
      const ended = [...state.revoked.values()].filter(({ until }) => until > now);
      if (ended.length > 0) yield ended.map(({ revoked }) => structuredClone(revoked));
    },

    async presentOnce(mark) {
      const isNew = !presented.has(markKey(mark));
      presented.add(markKey(mark));
      return isNew;
    },

    async countRequest(key, now) {
      const minute = `${key}|${Math.floor(now / 60_000)}`;
      const count = (rates.get(minute) ?? 0) + 1;
      rates.set(minute, count);
      return count;
    },
  };
}

const markKey = ({ kind, sha256 }: Mark): string => `${kind}|${sha256}`;

const listed = ({ jti, statusIndex, expiresAt }: TokenRecord) => ({ jti, statusIndex, expiresAt });

function required(grant: Grant | undefined): Grant {
  if (!grant) throw new TypeError('a grant that counts is held too');
  return grant;
}
