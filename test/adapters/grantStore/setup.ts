import { expect } from 'vitest';
import type { Grant } from '../../../core/grant.ts';
import type { AuditReader, GrantStore } from '../../../core/ports.ts';
import { RETURNED, birthOf, denyOf, eventOf, intentOf, leafOf, movedTo, newGrant } from '../samples.ts';

export type GrantStores = GrantStore & AuditReader;

/** An empty store. */
export type Open = () => Promise<GrantStores>;

export const COMMITTED = { result: 'committed' };
export const CONFLICT = { result: 'conflict' };

/** A store that holds a grant, active unless `over` says otherwise. */
export async function withGrant(open: Open, over: Partial<Grant> = {}): Promise<{ store: GrantStores; grant: Grant }> {
  const store = await open();
  const grant = newGrant(over);
  expect(await store.create({ grant, leaves: birthOf(grant) })).toEqual(COMMITTED);
  return { store, grant };
}

/** Besides, an intent that is open. */
export async function withIntent(open: Open) {
  const { store, grant } = await withGrant(open);
  const intent = intentOf(grant);
  const leaf = eventOf(grant, 'credential.intended');
  expect(await store.intend({ intent, leaf, maxSessions: 5 })).toEqual(COMMITTED);
  return { store, grant, intent };
}

export const end = (store: GrantStore, grant: Grant) =>
  store.transition({
    grant: movedTo(grant, RETURNED),
    leaf: leafOf(movedTo(grant, RETURNED), 'grant.returned'),
    deny: denyOf(grant),
  });
