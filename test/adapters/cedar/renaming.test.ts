import type { CedarValueJson } from '@cedar-policy/cedar-wasm/web';
import { expect, it } from 'vitest';
import { nameOf, Renaming } from '../../../adapters/cedar/renaming.ts';

const entity = (id: string, type = 'Writ::Principal') => ({ __entity: { type, id } });
const written = (value: CedarValueJson, kept: readonly string[] = []): string =>
  JSON.stringify(new Renaming(new Set(kept)).value(value));

it('numbers entities as they come, the same alike and others otherwise, and keeps those that are named', () => {
  expect(written([entity('alice'), entity('bob'), entity('alice')])).toBe(
    written([entity('x'), entity('y'), entity('x')]),
  );
  expect(written([entity('alice'), entity('bob')])).not.toBe(written([entity('alice'), entity('alice')]));
  expect(written(entity('alice'))).not.toBe(written(entity('alice', 'Writ::Group')));
  const kept = [nameOf({ type: 'Writ::Principal', id: 'alice' })];
  expect(written(entity('alice'), kept)).not.toBe(written(entity('bob'), kept));
});

it.each<[string, CedarValueJson, CedarValueJson]>([
  ['a record and a set of its members', { a: 1 }, [['a', 1]]],
  ['an entity and a set of what it is written as', entity('alice'), ['Writ::Principal', 0]],
  ['an entity and text', entity('alice'), 'alice'],
  ['a number and text', 0, '0'],
])('tells %s apart', (_what, one, other) => {
  expect(written(one)).not.toBe(written(other));
});
