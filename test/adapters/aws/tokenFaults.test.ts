/** What DynamoDB does now and then, to the stores of tokens: one effect each, with all that belongs to it or none. */
import { afterAll, beforeAll } from 'vitest';
import type { Stores } from '../../../adapters/memory/store.ts';
import type { Grant } from '../../../core/grant.ts';
import { NOW } from '../../core/fixtures.ts';
import { all, birthOf, eventOf } from '../samples.ts';
import {
  childOf,
  familyOf,
  issuing,
  markOf,
  successorOf,
  telling,
  tokenGrant,
  tokenOf,
  using,
} from '../tokenStore/samples.ts';
import { childCompanion, born } from '../tokenStore/setup.ts';
import type { Writes } from './oneEffect.ts';
import { oneEffectEach } from './oneEffect.ts';
import type { LocalTables } from './tables.ts';
import { startTables } from './tables.ts';

let tables: LocalTables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

const COMMITTED = { result: 'committed' };

async function withToken(store: Stores) {
  const grant = await born(store, tokenGrant({ uses: { spent: 0, max: 2 } }));
  const family = familyOf(grant);
  const change = issuing(grant, { family: { from: undefined, to: family } });
  await store.issueToken(change);
  return { grant, family, token: change.token };
}

const newLeaves = async (store: Stores, grant: Grant) => (await store.ofStream(grant.id, { limit: 9 })).items.slice(3);

const WRITES: Writes = {
  'a token with a proof, an assertion and the next refresh token': async (store) => {
    const { grant, family, token: first } = await withToken(store);
    const to = successorOf(family);
    const change = issuing(grant, {
      marks: [markOf('dpop'), markOf('assertion')],
      family: { from: family, to },
    });
    return {
      write: () => store.issueToken(change),
      answer: COMMITTED,
      effect: async () => [
        await store.familyById(family.id),
        await newLeaves(store, grant),
        (await store.tokenState(change.token.jti, [grant.id])).token,
        (await store.issueToken(issuing(grant, { marks: change.marks }))).result,
        (await store.issueToken(issuing(grant, { token: tokenOf(grant, { statusIndex: change.token.statusIndex }) })))
          .result,
        (await all(store.tokensOf(grant.id, NOW))).some(({ jti }) => jti === first.jti),
      ],
      once: [to, [change.leaf], change.token, 'replayed', 'slot_taken', true],
      never: [family, [], undefined, 'committed', 'committed', true],
    };
  },
  'a use that the grant counts': async (store) => {
    const { grant, token } = await withToken(store);
    const use = using(grant, token, { maxUses: 2, counted: [{ grantId: grant.id, maxUses: 2 }] });
    return {
      write: () => store.consume(use),
      answer: { result: 'spent' },
      effect: async () => [
        await newLeaves(store, grant),
        (await store.tokenState(token.jti, [grant.id])).token?.uses,
        (await store.get(grant.id))?.uses.spent,
        (await store.consume({ ...use, leaf: eventOf(grant, 'token.spent') })).result,
      ],
      once: [[use.leaf], 1, 1, 'repeated'],
      never: [[], 0, 0, 'spent'],
    };
  },
  'what was done under a token': async (store) => {
    const { grant, token } = await withToken(store);
    const told = telling(grant, token);
    return {
      write: () => store.record(told),
      answer: told.activity,
      effect: async () => [(await store.activitiesOf(grant.id, { limit: 9 })).items, await newLeaves(store, grant)],
      once: [[told.activity], [told.leaf]],
      never: [[], []],
    };
  },
  'the end of a token': async (store) => {
    const { grant, token } = await withToken(store);
    const leaf = eventOf(grant, 'token.revoked');
    return {
      write: () => store.revokeToken(token, NOW + 1, leaf),
      answer: 'revoked',
      effect: async () => [
        (await store.tokenState(token.jti, [grant.id])).token,
        await newLeaves(store, grant),
        (await all(store.revoked(NOW))).length,
      ],
      once: [{ ...token, revokedAt: NOW + 1 }, [leaf], 1],
      never: [token, [], 0],
    };
  },
  'what is presented with nothing else': async (store) => {
    const mark = markOf('assertion');
    return {
      write: () => store.presentOnce(mark),
      answer: true,
      effect: () => store.presentOnce(mark),
      once: false,
      never: true,
      operation: 'PutItem',
    };
  },
  'the end of a family': async (store) => {
    const { grant, family } = await withToken(store);
    const revoked = { ...family, generation: 2, revokedAt: NOW };
    const leaf = eventOf(grant, 'token.revoked');
    return {
      write: () => store.revokeFamily(family, revoked, leaf, []),
      answer: 'revoked',
      effect: async () => [await store.familyById(family.id), await newLeaves(store, grant)],
      once: [revoked, [leaf]],
      never: [family, []],
    };
  },
  'a grant that is lent on': async (store) => {
    const parent = await born(store, tokenGrant());
    const grant = childOf(parent);
    const leaves = birthOf(grant);
    return {
      write: () => store.create({ grant, leaves, companions: [childCompanion(grant)] }),
      answer: COMMITTED,
      effect: async () => [
        await store.get(grant.id),
        await store.childrenOf(parent.id),
        (await store.issueToken(issuing(grant))).result,
      ],
      once: [grant, [grant.id], 'committed'],
      never: [undefined, [], 'moved'],
    };
  },
  'another generation of keys': async (store) => {
    const grant = tokenGrant();
    const ring = { version: 1, current: 'b', since: NOW };
    const leaf = eventOf(grant, 'keys.rotated');
    return {
      write: () => store.moveRing(undefined, ring, leaf),
      answer: 'moved',
      effect: async () => [await store.readRing(), (await store.ofStream(grant.id, { limit: 9 })).items],
      once: [ring, [leaf]],
      never: [undefined, []],
    };
  },
  'a snapshot': async (store) => {
    const snapshot = { number: 1, jwt: 'e30.e30.c2ln', issuedAt: NOW, expiresAt: NOW + 150_000 };
    return {
      write: () => store.putSnapshot(snapshot),
      answer: 'stored',
      effect: () => store.readSnapshot(),
      once: snapshot,
      never: undefined,
      operation: 'PutItem',
    };
  },
};

oneEffectEach(() => tables, WRITES);
