/**
 * The part of a request's context that can matter: a condition key that no policy speaks of changes no answer. What is
 * left is often the same from call to call, so that a question which comes again can be known.
 */
/** Enough for every policy of a laptop's roles, and for the session policies of the last few hundred grants. */
const CACHE_LIMIT = 1_000;
const cache = new Map<string, string>();

/** The keys of `context` that occur anywhere in one of the policies, whatever their case. */
export function relevantContext<Value>(
  context: Readonly<Record<string, Value>>,
  documents: readonly string[],
): Record<string, Value> {
  const known = spokenOf.get(documents) ?? new Map<string, boolean>();
  spokenOf.set(documents, known);
  const isRelevant = (key: string): boolean => {
    const answer = known.get(key) ?? occursIn(key, documents);
    // Keys with a caller's own part, such as a tag's name, are without number.
    if (known.size < KEYS_LIMIT) known.set(key, answer);
    return answer;
  };
  return Object.fromEntries(Object.entries(context).filter(([key]) => isRelevant(key)));
}

/** What was found, by the very list of policies: callers that keep the list are spared the search. */
const spokenOf = new WeakMap<readonly string[], Map<string, boolean>>();
const KEYS_LIMIT = 100;

function occursIn(key: string, documents: readonly string[]): boolean {
  const name = plain(key).slice(1, -1);
  return documents.some((document) => plainDocument(document).includes(name));
}

function plainDocument(document: string): string {
  const known = cache.get(document);
  if (known !== undefined) return known;
  const text = plain(JSON.parse(document));
  if (cache.size >= CACHE_LIMIT) cache.clear();
  cache.set(document, text);
  return text;
}

/** JSON in one spelling: without regard to case, and with an escape only where there must be one. */
const plain = (value: unknown): string => JSON.stringify(value).toUpperCase();
