import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../../adapters/memory/store.ts';
import type { TokenStore } from '../../../../core/oauth/ports.ts';
import { MAX_ATTEMPTS } from '../../../../core/usecases/loadGrant.ts';
import { endFamily } from '../../../../core/usecases/tokens/endTokens.ts';
import { COMMITTED, born, countOf } from '../../../adapters/tokenStore/setup.ts';
import { familyOf, issuing, successorOf, tokenGrant, tokenOf } from '../../../adapters/tokenStore/samples.ts';
import { all, typesOf } from '../../../adapters/samples.ts';
import { NOW } from '../../fixtures.ts';
import { createWorld } from '../world.ts';

/** Far more than it may take: so that what never ends fails instead. */
const ENDLESS = 100;
const BUSY = {
  code: 'temporarily_unavailable',
  description: 'the refresh token keeps changing: try again',
};

/** A family with its first token. */
async function withFamily() {
  const store = createMemoryStore();
  const grant = await born(store, tokenGrant());
  const family = familyOf(grant);
  const issue = (from: typeof family | undefined, to: typeof family) =>
    store.issueToken(issuing(grant, { token: tokenOf(grant, { family: family.id }), family: { from, to } }));
  expect(await issue(undefined, family)).toEqual(COMMITTED);
  const end = (tokens: Partial<TokenStore>) =>
    endFamily({ ...createWorld(), clock: () => NOW, store, tokens: { ...store, ...tokens } }, family, 'token.reused');
  return { store, grant, family, issue, end };
}

/** A store in which somebody else refreshes just before each of so many tries to revoke the family. */
function refreshedBefore(tries: number, { store, issue }: Awaited<ReturnType<typeof withFamily>>) {
  const outcomes: { readonly result: string }[] = [];
  const revokeFamily: TokenStore['revokeFamily'] = async (from, to, leaf, marks) => {
    if (outcomes.length === ENDLESS) throw new Error('it never ends');
    if (outcomes.length < tries) expect(await issue(from, successorOf(from))).toEqual(COMMITTED);
    const result = await store.revokeFamily(from, to, leaf, marks);
    outcomes.push({ result });
    return result;
  };
  return { outcomes, revokeFamily };
}

describe('the end of a refresh family', () => {
  it('comes also where somebody refreshes meanwhile, again and again', async () => {
    const scene = await withFamily();
    const { outcomes, revokeFamily } = refreshedBefore(MAX_ATTEMPTS - 1, scene);
    await scene.end({ revokeFamily });
    expect(countOf(outcomes, 'conflict')).toBe(MAX_ATTEMPTS - 1);
    expect((await scene.store.familyById(scene.family.id))?.revokedAt).toBe(NOW);
    expect(await all(scene.store.tokensOf(scene.grant.id, NOW))).toEqual([]);
  });

  it('is given up after a while, and then comes when it is asked for again', async () => {
    const scene = await withFamily();
    const { outcomes, revokeFamily } = refreshedBefore(ENDLESS, scene);
    await expect(scene.end({ revokeFamily })).rejects.toMatchObject(BUSY);
    expect(countOf(outcomes, 'conflict')).toBe(MAX_ATTEMPTS);
    expect(await typesOf(scene.store, scene.grant.id)).not.toContain('token.reused');
    await scene.end({});
    expect((await scene.store.familyById(scene.family.id))?.revokedAt).toBe(NOW);
    expect(await all(scene.store.tokensOf(scene.grant.id, NOW))).toEqual([]);
  });

  it('is told of as not done while tokens of it keep turning up', async () => {
    const { grant, family, store, end } = await withFamily();
    let looks = 0;
    const tokensOf: TokenStore['tokensOf'] = async function* () {
      if (looks++ === ENDLESS) throw new Error('it never ends');
      const token = tokenOf(grant, { family: family.id });
      expect(await store.issueToken(issuing(grant, { token }))).toEqual(COMMITTED);
      yield [token];
    };
    await expect(end({ tokensOf })).rejects.toMatchObject(BUSY);
    expect(looks).toBe(MAX_ATTEMPTS);
  });
});
