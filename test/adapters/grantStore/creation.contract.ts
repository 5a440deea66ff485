import { describe, expect, test } from 'vitest';
import { birthOf, newGrant, recordOf, requester, typesOf } from '../samples.ts';
import { COMMITTED, CONFLICT, withGrant } from './setup.ts';
import type { Open } from './setup.ts';

export function creationContract(open: Open): void {
  describe('create', () => {
    test('keeps the grant, its leaves and the answer', async () => {
      const store = await open();
      const grant = newGrant();
      const leaves = birthOf(grant);
      const idempotency = recordOf();
      expect(await store.create({ grant, leaves, idempotency })).toEqual(COMMITTED);
      expect(await store.get(grant.id)).toEqual(grant);
      expect(await store.findIdempotent(idempotency.keySha256)).toEqual(idempotency);
      expect((await store.ofStream(grant.id, { limit: 10 })).items).toEqual(leaves);
    });

    test('says nothing of what is not there', async () => {
      const store = await open();
      expect(await store.get('grt_00000000000000000000000000')).toBeUndefined();
      expect(await store.findIdempotent('0'.repeat(64))).toBeUndefined();
      expect((await store.ofStream('grt_00000000000000000000000000', { limit: 10 })).items).toEqual([]);
    });

    test('reads many together: those that are there', async () => {
      const store = await open();
      const grants = [newGrant(), newGrant(), newGrant()];
      for (const grant of grants) await store.create({ grant, leaves: birthOf(grant) });
      const ids = grants.map(({ id }) => id);
      // More than one call of DynamoDB reads.
      const others = Array.from({ length: 120 }, (_, i) => `grt_${String(i).padStart(26, '0')}`);
      const found = await store.getMany([...ids, ...others, ...ids]);
      expect([...found].sort((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id))).toEqual(grants);
      expect(await store.getMany([])).toEqual([]);
    });

    test('conflicts with a grant of the same id, and keeps nothing of it', async () => {
      const { store, grant } = await withGrant(open);
      const other = { ...grant, salt: '11'.repeat(16) };
      const idempotency = recordOf();
      const leaves = birthOf({ ...other, version: 7 });
      expect(await store.create({ grant: other, leaves, idempotency })).toEqual(CONFLICT);
      expect(await store.get(grant.id)).toEqual(grant);
      expect(await store.findIdempotent(idempotency.keySha256)).toBeUndefined();
      expect(await typesOf(store, grant.id)).toEqual(['grant.requested', 'grant.activated']);
    });

    test('answers a used key with its record, and keeps nothing', async () => {
      const store = await open();
      const first = newGrant();
      const second = newGrant();
      const idempotency = recordOf();
      await store.create({ grant: first, leaves: birthOf(first), idempotency });
      const again = { ...idempotency, response: { status: 201, body: '{"other":true}' } };
      expect(await store.create({ grant: second, leaves: birthOf(second), idempotency: again })).toEqual({
        result: 'replayed',
        record: idempotency,
      });
      expect(await store.get(second.id)).toBeUndefined();
      expect(await typesOf(store, second.id)).toEqual([]);
    });

    test('20 parallel ones of one key make one grant, and all get the same record', async () => {
      const store = await open();
      const alone = requester('parallel');
      const attempts = Array.from({ length: 20 }, (_, i) => {
        const base = newGrant();
        const grant = { ...base, request: { ...base.request, requester: alone } };
        const response = { status: 201, body: `{"attempt":${i}}` };
        return { grant, leaves: birthOf(grant), idempotency: recordOf({ keySha256: 'e'.repeat(64), response }) };
      });
      const outcomes = await Promise.all(attempts.map((attempt) => store.create(attempt)));
      const winners = attempts.filter((_, i) => outcomes[i]?.result === 'committed');
      expect(winners).toHaveLength(1);
      const record = winners[0]?.idempotency;
      expect(outcomes.filter((outcome) => outcome.result === 'replayed')).toEqual(
        Array.from({ length: 19 }, () => ({ result: 'replayed', record })),
      );
      expect((await store.listByRequester(alone.id, { limit: 100 })).items).toEqual([winners[0]?.grant]);
    });

    test('keeps values, not references', async () => {
      const store = await open();
      const grant = newGrant();
      const parameters: Record<string, string> = { customer: 'C-42' };
      await store.create({
        grant: { ...grant, request: { ...grant.request, parameters } },
        leaves: birthOf(grant),
      });
      parameters['customer'] = 'C-43';
      expect((await store.get(grant.id))?.request.parameters).toEqual({ customer: 'C-42' });
    });
  });
}
