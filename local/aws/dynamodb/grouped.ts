/** A transaction's permissions: one for each action on each table, over all the items that it names there. */
import type { AccessFacts } from './access.ts';

export function grouped(all: readonly AccessFacts[]): readonly AccessFacts[] {
  const groups = new Map<string, AccessFacts>();
  for (const facts of all) {
    const name = `${facts.action} ${facts.table.given}`;
    const group = groups.get(name);
    groups.set(name, {
      ...facts,
      keys: [...(group?.keys ?? []), ...(facts.keys ?? [])],
      attributes: [...(group?.attributes ?? []), ...(facts.attributes ?? [])],
    });
  }
  return [...groups.values()];
}
