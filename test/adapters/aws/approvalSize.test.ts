/** An item has room for 400 kB: a full grant takes no more words, and still ends. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Grant, GrantState } from '../../../core/grant.ts';
import { CAROL, NOW } from '../../core/fixtures.ts';
import { approvalOf, birthOf, extensionOf, leafOf, movedTo, newGrant, pendingUntil } from '../samples.ts';
import { freshStores } from './stores.ts';
import type { LocalTables } from './tables.ts';
import { startTables } from './tables.ts';

let tables: LocalTables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

const comment = '💥'.repeat(500);
const WAITING = pendingUntil(NOW + 1_000);

/** As many approvals, withdrawn again, as fit. */
const spoken = (grant: Grant, count: number, state: GrantState): Grant => ({
  ...movedTo(grant, state),
  approvals: Array.from({ length: count }, () => approvalOf(grant, { comment, withdrawnAt: NOW })),
});

test('a grant holds 100 long comments, then no more, and can still be denied', async () => {
  const { store } = await freshStores(tables);
  const grant = newGrant({}, WAITING);
  await store.create({ grant, leaves: birthOf(grant) });
  const long = spoken(grant, 100, WAITING);
  expect(await store.transition({ grant: long, leaf: leafOf(long, 'approval.given') })).toEqual({
    result: 'committed',
  });
  const more = spoken(long, 115, WAITING);
  await expect(store.transition({ grant: more, leaf: leafOf(more, 'approval.given') })).rejects.toMatchObject({
    code: 'payload_too_large',
    message: 'the grant holds as many decisions as it can',
  });
  expect(await store.get(grant.id)).toEqual(long);
  const over = spoken(long, 115, { status: 'denied', endedAt: NOW, endedBy: CAROL });
  expect(await store.transition({ grant: over, leaf: leafOf(over, 'grant.denied') })).toEqual({ result: 'committed' });
  expect(await store.get(grant.id)).toEqual(over);
});

test('extensions count too', async () => {
  const { store } = await freshStores(tables);
  const grant = newGrant();
  await store.create({ grant, leaves: birthOf(grant) });
  const justification = 'x'.repeat(2_000);
  const asked = {
    ...movedTo(grant, grant.state),
    extensions: Array.from({ length: 110 }, () => ({
      ...extensionOf(grant, { status: 'denied', at: NOW }),
      justification,
    })),
  };
  await expect(store.transition({ grant: asked, leaf: leafOf(asked, 'extension.denied') })).rejects.toMatchObject({
    code: 'payload_too_large',
  });
});
