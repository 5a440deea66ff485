/**
 * Has dynalite parse a condition once that names attributes by their own names and no values: what comes of it depends
 * on its text alone. Most writes have such a one: that nothing stands at the key yet.
 */
import conditions from 'dynalite/db/conditionParser.js';

const CACHE_LIMIT = 200;
/** Of names and values that come with the request. */
const PLACEHOLDER = /[#:]/;

export function parseConditionsOnce(): void {
  const parse = conditions.parse.bind(conditions);
  const known = new Map<string, unknown>();
  conditions.parse = (text, options) => {
    // A key condition is checked by other rules; filters and conditions by the same.
    if (PLACEHOLDER.test(text) || options.context.isKeyCondition === true) return parse(text, options);
    if (known.has(text)) return known.get(text);
    const parsed = parse(text, options);
    if (known.size >= CACHE_LIMIT) known.clear();
    known.set(text, parsed);
    return parsed;
  };
}
