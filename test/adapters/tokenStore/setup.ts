import { expect } from 'vitest';
import type { Stores } from '../../../adapters/memory/store.ts';
import type { Companion } from '../../../core/approvalPorts.ts';
import type { Grant } from '../../../core/grant.ts';
import { NOW } from '../../core/fixtures.ts';
import { birthOf, leafOf, movedTo, RETURNED } from '../samples.ts';
import type { Open } from '../stores.contract.ts';
import { childOf, issuing, tokenGrant } from './samples.ts';

export const COMMITTED = { result: 'committed' };
export const MOVED = { result: 'moved' };

export async function born(store: Stores, grant: Grant): Promise<Grant> {
  expect(await store.create({ grant, leaves: birthOf(grant) })).toEqual(COMMITTED);
  return grant;
}

/** A store that holds an active grant which is lent by tokens. */
export async function withGrant(open: Open, over: Partial<Grant> = {}): Promise<{ store: Stores; grant: Grant }> {
  const { store } = await open();
  return { store, grant: await born(store, tokenGrant(over)) };
}

/** Besides, one of its tokens. */
export async function withToken(open: Open, over: Partial<Grant> = {}) {
  const { store, grant } = await withGrant(open, over);
  const change = issuing(grant);
  expect(await store.issueToken(change)).toEqual(COMMITTED);
  return { store, grant, token: change.token, change };
}

export const childCompanion = ({ id, lineage = [] }: Grant): Companion => ({ type: 'child', lineage, grantId: id });

/** A grant, one that was lent on from it, and one from that. */
export async function withLineage(open: Open) {
  const { store, grant: root } = await withGrant(open);
  const middle = await lentOn(store, root);
  return { store, root, middle, leaf: await lentOn(store, root, middle) };
}

async function lentOn(store: Stores, ...above: readonly Grant[]): Promise<Grant> {
  const grant = childOf(...above);
  const companions = [childCompanion(grant)];
  expect(await store.create({ grant, leaves: birthOf(grant), companions })).toEqual(COMMITTED);
  return grant;
}

export async function ended(store: Stores, grant: Grant, state: Grant['state'] = RETURNED): Promise<Grant> {
  const over = movedTo(grant, state);
  expect(await store.transition({ grant: over, leaf: leafOf(over, 'grant.returned') })).toEqual(COMMITTED);
  return over;
}

export async function narrowed(store: Stores, grant: Grant): Promise<Grant> {
  const narrow = { ...movedTo(grant, grant.state), narrowings: grant.narrowings + 1, narrowedAt: NOW };
  expect(await store.transition({ grant: narrow, leaf: leafOf(narrow, 'grant.narrowed') })).toEqual(COMMITTED);
  return narrow;
}

/** Something that narrows nothing and ends nothing, such as an extension. */
export async function extended(store: Stores, grant: Grant): Promise<Grant> {
  const longer = movedTo(grant, grant.state);
  expect(await store.transition({ grant: longer, leaf: leafOf(longer, 'extension.allowed') })).toEqual(COMMITTED);
  return longer;
}

export const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

export const countOf = (outcomes: readonly { readonly result: string }[], result: string): number =>
  outcomes.filter((outcome) => outcome.result === result).length;
