export type JsonObject = Readonly<Record<string, unknown>>;

/** Tokens and key sets are flat; nothing legitimate comes near this. */
const MAX_DEPTH = 16;

/** In valid JSON, read from the left, this matches exactly the strings; group 1 tells a member name from a value. */
const STRINGS = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/gsu;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Parses a JSON object and refuses what parsers disagree on, since two readers of one token must see the same claims:
 * ill-formed UTF-8, a byte order mark, duplicate member names at any depth, `__proto__`, depth over 16 (RFC 8725 §2.4).
 *
 * @returns the object, or `undefined` for anything else. It never throws: a parser's error would quote the input.
 */
export function parseStrictJson(bytes: Uint8Array): JsonObject | undefined {
  let text: string;
  let value: unknown;
  try {
    text = utf8.decode(bytes);
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isJsonObject(value)) return undefined;

  let names = 0;
  for (const match of text.matchAll(STRINGS)) if (match[1] !== undefined) names++;
  // A duplicate name is in the text twice but in the object once.
  return countMembers(value, 1) === names ? value : undefined;
}

/** A JSON object, not an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads an own member only, so that a configured claim name never reaches the prototype. */
export function member(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** The number of members in all objects below; NaN, which equals nothing, where a rule is broken. */
function countMembers(value: unknown, depth: number): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (depth > MAX_DEPTH) return NaN;
  let count = Array.isArray(value) ? 0 : Object.keys(value).length;
  if (Object.hasOwn(value, '__proto__')) return NaN;
  for (const child of Object.values(value)) count += countMembers(child, depth + 1);
  return count;
}
