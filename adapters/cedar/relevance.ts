import type { CedarValueJson, EntityJson, Expr, PolicyJson, TypeAndId } from '@cedar-policy/cedar-wasm/web';
import { nameOf, Renaming, uidOf } from './renaming.ts';
import type { CedarRequest } from './request.ts';

/** What some policies can tell apart in a question. */
export interface Relevance {
  /**
   * The question without what none of the policies looks at: the answer is the same, reasons and errors included, and it
   * is smaller, which is most of what answering takes.
   */
  trimmed(question: CedarRequest): CedarRequest;
  /** The same for two trimmed questions that the policies can't tell apart, so that one answer holds for both. */
  keyOf(trimmed: CedarRequest): string;
}

/**
 * Reads off the policies what they look at. Cedar has no other way to an attribute than by a name that stands in the
 * policy (`.` and `has`), so an attribute whose name is nowhere can't matter; of a number in the context that is only ever
 * compared with numbers, it matters only where among those it is.
 *
 * @param policies all that are asked, as Cedar reads them
 * @returns undefined where it can't be told: a kind of expression that this does not know
 */
export function relevanceOf(policies: readonly PolicyJson[]): Relevance | undefined {
  const seen: Seen = {
    attributes: new Set(),
    entities: new Set(),
    loose: new Set(),
    bounds: new Map(),
    context: 'named',
  };
  try {
    for (const { principal, resource, conditions } of policies) {
      collectNamed([principal, resource], seen.entities);
      for (const { body } of conditions) visit(body, seen);
    }
  } catch (error) {
    if (error instanceof Unknown) return undefined;
    throw error;
  }
  const names = [...seen.attributes];
  /** What is left out is not even read: some of it is made when it is. */
  const named = <T>(values: Readonly<Record<string, T>>): Record<string, T> => {
    const kept: Record<string, T> = {};
    for (const name of names) if (Object.hasOwn(values, name)) kept[name] = values[name] as T;
    return kept;
  };

  return {
    trimmed(question) {
      const context = seen.context === 'whole' ? question.context : named(question.context);
      const entities = question.entities.map((entity) => ({ ...entity, attrs: named(entity.attrs) }));
      const { principal, resource } = question;
      return { ...question, context, entities: reachable(entities, [principal, resource], context, seen.entities) };
    },
    keyOf({ principal, resource, context, entities }) {
      const renaming = new Renaming(seen.entities);
      const asked = [principal, resource].map((uid) => renaming.entity(uid));
      const places = Object.entries(context).map(([name, value]) => [name, placeOf(name, value, seen, renaming)]);
      const known = entities.map(({ uid, attrs, parents, tags }) => [
        renaming.entity(uid),
        renaming.value(attrs),
        parents.map((parent) => renaming.entity(parent)),
        renaming.value(tags),
      ]);
      return JSON.stringify([asked, places, known]);
    },
  };
}

interface Seen {
  /** Names after `.` and `has`, of whatever. */
  readonly attributes: Set<string>;
  /** Entities that stand in the policies, as {@link nameOf} writes them. */
  readonly entities: Set<string>;
  /** Members of the context that are more than compared with numbers. */
  readonly loose: Set<string>;
  /** Numbers that members of the context are compared with. */
  readonly bounds: Map<string, Set<number>>;
  /** `whole` where it is used otherwise than by the names of its members. */
  context: 'named' | 'whole';
}

class Unknown extends Error {}

const COMPARISONS = new Set(['==', '!=', '<', '<=', '>', '>=']);

/** The expressions in one, by kind; its literals and names are read in {@link visit}. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  Var: [],
  Value: [],
  '!': ['arg'],
  neg: ['arg'],
  isEmpty: ['arg'],
  ...Object.fromEntries(
    [...COMPARISONS, 'in', '&&', '||', '+', '-', '*', 'contains', 'containsAll', 'containsAny', 'getTag', 'hasTag'].map(
      (kind) => [kind, ['left', 'right']],
    ),
  ),
  '.': ['left'],
  has: ['left'],
  like: ['left'],
  is: ['left', 'in'],
  'if-then-else': ['if', 'then', 'else'],
};

function visit(expression: Expr, seen: Seen): void {
  const [[kind, body] = ['', undefined], ...more] = Object.entries(expression as Readonly<Record<string, unknown>>);
  if (more.length > 0) throw new Unknown();
  // A call of an extension's function is told by its list of arguments.
  if (Array.isArray(body)) {
    for (const part of body as Expr[]) visit(part, seen);
    return;
  }
  if (kind === 'Value') {
    collectEntities(body, seen.entities);
    return;
  }
  if (kind === 'Var') {
    if (body === 'context') seen.context = 'whole';
    return;
  }
  if (typeof body !== 'object' || body === null) throw new Unknown();
  const parts = body as Readonly<Record<string, Expr | undefined>>;
  if (kind === 'Record') {
    for (const part of Object.values(parts)) if (part) visit(part, seen);
    return;
  }
  if (COMPARISONS.has(kind) && isBound(parts, seen)) return;
  if (kind === '.' || kind === 'has') {
    const names = [(parts as { attr?: unknown }).attr].flat();
    for (const name of names) {
      if (typeof name !== 'string') throw new Unknown();
      seen.attributes.add(name);
      if (kind === '.' || names.length > 1) seen.loose.add(name);
    }
    // By name: that makes it no use of the whole.
    if (isContext(parts['left'])) return;
  }
  const within = Object.hasOwn(PARTS, kind) ? PARTS[kind] : undefined;
  if (!within) throw new Unknown();
  for (const name of within) {
    const part = parts[name];
    if (part) visit(part, seen);
    else if (name !== 'in') throw new Unknown();
  }
}

const isContext = (expression: Expr | undefined): boolean =>
  expression !== undefined && 'Var' in expression && expression.Var === 'context';

/** Whether it is a member of the context compared with a number; if so, it is noted. */
function isBound({ left, right }: Readonly<Record<string, Expr | undefined>>, seen: Seen): boolean {
  for (const [one, other] of [
    [left, right],
    [right, left],
  ]) {
    const access = one && '.' in one ? (one['.'] as { left: Expr; attr: string }) : undefined;
    const number = other && 'Value' in other ? other.Value : undefined;
    if (!access || typeof number !== 'number' || !isContext(access.left)) continue;
    seen.attributes.add(access.attr);
    const bounds = seen.bounds.get(access.attr) ?? new Set();
    seen.bounds.set(access.attr, bounds.add(number));
    return true;
  }
  return false;
}

/** The number's place among those that it is compared with; of anything else, the value itself. */
function placeOf(name: string, value: CedarValueJson, { loose, bounds, context }: Seen, renaming: Renaming): unknown {
  if (typeof value !== 'number' || context === 'whole' || loose.has(name)) return renaming.value(value);
  const among = [...(bounds.get(name) ?? [])];
  return { above: among.filter((bound) => bound < value).length, on: among.includes(value) };
}

/** Notes all entities that a value names. */
function collectEntities(value: unknown, into: Set<string>): void {
  if (typeof value !== 'object' || value === null) return;
  if ('__entity' in value) into.add(nameOf(value.__entity as TypeAndId));
  for (const part of Object.values(value)) collectEntities(part, into);
}

/** Notes all entities in the scopes of policies: there they stand as they are, or as values do. */
function collectNamed(scope: unknown, into: Set<string>): void {
  if (typeof scope !== 'object' || scope === null) return;
  if ('type' in scope && 'id' in scope) into.add(nameOf(scope as TypeAndId));
  for (const part of Object.values(scope)) collectNamed(part, into);
}

/** The entities that the question leads to, or that stand in the policies. There are few: a handful of passes. */
function reachable(
  entities: readonly EntityJson[],
  asked: readonly TypeAndId[],
  context: CedarRequest['context'],
  literals: ReadonlySet<string>,
): EntityJson[] {
  const wanted = new Set([...asked.map(nameOf), ...literals]);
  collectEntities(context, wanted);
  for (let before = -1; before !== wanted.size;) {
    before = wanted.size;
    for (const { uid, attrs, parents, tags } of entities) {
      if (!wanted.has(nameOf(uidOf(uid)))) continue;
      for (const parent of parents) wanted.add(nameOf(uidOf(parent)));
      collectEntities(attrs, wanted);
      collectEntities(tags, wanted);
    }
  }
  return entities.filter(({ uid }) => wanted.has(nameOf(uidOf(uid))));
}
