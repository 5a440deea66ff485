/** A JSON value as it may be hashed: no `undefined`, no functions, finite numbers. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/**
 * The RFC 8785 (JCS) form: members sorted by UTF-16 code units, ECMAScript number and string formatting. Members
 * whose value is `undefined` are left out, as `JSON.stringify` does.
 *
 * @throws TypeError on a number that JSON can't hold and on a lone surrogate (RFC 8785 §3.2.2.2).
 */
export function canonicalJson(value: Json): string {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError('a JSON number is finite');
  if (typeof value === 'string' && !value.isWellFormed()) throw new TypeError('a lone surrogate is not JSON text');
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = Object.entries(value)
    .filter((entry): entry is [string, Json] => entry[1] !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${canonicalJson(key)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}

const isArray = (value: object): value is readonly Json[] => Array.isArray(value);
