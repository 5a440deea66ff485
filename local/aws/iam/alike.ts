/**
 * Which questions to IAM are alike: a grant's id is new in each call, but policies only ask whether it looks like
 * `GRANT#*`. Two values that pass the same comparisons of the policies can't be told apart by them.
 *
 * Whatever is not understood here keeps its value, so that no question is taken for another one.
 */

/** What a policy compares each condition key with; `undefined` where more than plain texts matters. */
type Comparisons = ReadonlyMap<string, ReadonlySet<string> | undefined>;

type Values = string | readonly string[];

/** Equal, in this or another case, or alike: nothing else can come out of these, whatever stands around them. */
const TEXT_OPERATOR = /^(ForAllValues:|ForAnyValue:)?String(Not)?(Equals|EqualsIgnoreCase|Like)(IfExists)?$/i;
/** Asks only whether the key is there. */
const PRESENCE = /^Null$/i;
/** Puts the value itself into a text: then more than a comparison may hang on it, and on every key. */
const VARIABLE = '${';
/** Of other values the simulator's patterns may think otherwise than ours. */
const PLAIN = /^[\x20-\x7e]*$/;

/** Enough for every policy of a laptop's roles, and for the session policies of the last few hundred grants. */
const CACHE_LIMIT = 1_000;
const cache = new Map<string, Comparisons | undefined>();

/** The context with each value that `documents` only compare with texts replaced by what comes of it. */
export function alikeContext(
  context: Readonly<Record<string, Values>>,
  documents: readonly string[],
): Record<string, Values> {
  const comparisons = documents.map(comparisonsIn);
  return Object.fromEntries(
    Object.entries(context).map(([key, values]) => [key, alikeValues(key.toUpperCase(), values, comparisons)]),
  );
}

function alikeValues(name: string, values: Values, comparisons: readonly (Comparisons | undefined)[]): Values {
  const texts: string[] = [];
  for (const each of comparisons) {
    if (each === undefined) return values;
    if (!each.has(name)) continue;
    const compared = each.get(name);
    if (compared === undefined) return values;
    texts.push(...compared);
  }
  const classOf = (value: string): string =>
    PLAIN.test(value) ? `\0${texts.map((text) => outcome(value, text)).join('')}` : value;
  return typeof values === 'string' ? classOf(values) : values.map(classOf);
}

/** All that text operators can tell of a value. */
function outcome(value: string, text: string): string {
  if (value === text) return '=';
  const isSame = value.toLowerCase() === text.toLowerCase();
  const isLike = patternOf(text).test(value);
  return `${isSame ? 'i' : '-'}${isLike ? 'l' : '-'}`;
}

const patterns = new Map<string, RegExp>();

function patternOf(text: string): RegExp {
  const known = patterns.get(text);
  if (known) return known;
  const escaped = text.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  const pattern = new RegExp(`^${escaped.replace(/\*+/g, '.*').replace(/\?/g, '.')}$`);
  if (patterns.size >= CACHE_LIMIT) patterns.clear();
  patterns.set(text, pattern);
  return pattern;
}

function comparisonsIn(document: string): Comparisons | undefined {
  if (cache.has(document)) return cache.get(document);
  const found = document.includes(VARIABLE) ? undefined : comparedIn(document);
  if (cache.size >= CACHE_LIMIT) cache.clear();
  cache.set(document, found);
  return found;
}

function comparedIn(document: string): Comparisons {
  const found = new Map<string, Set<string> | undefined>();
  const policy = JSON.parse(document) as { Statement: unknown };
  for (const statement of [policy.Statement].flat() as readonly { Condition?: Conditions }[]) {
    for (const [operator, keys] of Object.entries(statement.Condition ?? {})) {
      for (const [key, texts] of Object.entries(keys)) note(found, key.toUpperCase(), operator, [texts].flat());
    }
  }
  return found;
}

type Conditions = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

function note(
  found: Map<string, Set<string> | undefined>,
  name: string,
  operator: string,
  texts: readonly unknown[],
): void {
  const before = found.has(name) ? found.get(name) : new Set<string>();
  if (PRESENCE.test(operator)) {
    found.set(name, before);
    return;
  }
  const isPlain = texts.every((text) => typeof text === 'string' && PLAIN.test(text));
  const isCompared = before !== undefined && isPlain && TEXT_OPERATOR.test(operator);
  found.set(name, isCompared ? new Set([...before, ...(texts as readonly string[])]) : undefined);
}
