import type { CedarValueJson, EntityJson, TypeAndId } from '@cedar-policy/cedar-wasm/web';

/**
 * Names the entities of a question by numbers, in the order in which they come, but for those that stand in the policies.
 * Cedar tells one entity from another and can't read what either is called, so questions that only differ in names get the
 * same answer: what holds for one grant holds for all that are like it in what the policies look at.
 */
export class Renaming {
  readonly #kept: ReadonlySet<string>;
  readonly #numbers = new Map<string, number>();

  /** @param kept entities that stand in the policies, as {@link nameOf} writes them */
  constructor(kept: ReadonlySet<string>) {
    this.#kept = kept;
  }

  /** Its type and its own name, which is text, or its number. */
  entity(uid: EntityJson['uid']): readonly [type: string, name: string | number] {
    const { type, id } = uidOf(uid);
    const name = nameOf({ type, id });
    if (this.#kept.has(name)) return [type, id];
    const number = this.#numbers.get(name) ?? this.#numbers.size;
    this.#numbers.set(name, number);
    return [type, number];
  }

  /** The same value, with the entities in it renamed. */
  value(value: CedarValueJson | undefined): unknown {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((item) => this.value(item));
    if ('__entity' in value) return { __entity: this.entity(value as EntityJson['uid']) };
    // A record stays one: as a list of its members it could be mistaken for a set.
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, this.value(member)]));
  }
}

/** As Cedar writes it: a type has no quotes, so no two entities are written alike. */
export const nameOf = ({ type, id }: TypeAndId): string => `${type}::"${id}"`;

export const uidOf = (uid: EntityJson['uid']): TypeAndId => ('__entity' in uid ? uid.__entity : uid);
