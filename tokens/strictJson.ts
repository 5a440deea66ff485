import { isAscii, isUtf8 } from 'node:buffer';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Tokens and key sets are flat; nothing legitimate comes near this. */
const MAX_DEPTH = 16;

/**
 * Parses a JSON object and refuses what parsers disagree on, since two readers of one token must see the same claims:
 * ill-formed UTF-8, a byte order mark, duplicate member names at any depth, `__proto__`, depth over 16 (RFC 8725 §2.4).
 *
 * @returns the object, or `undefined` for anything else. It never throws: a parser's error would quote the input.
 */
export function parseStrictJson(bytes: Uint8Array): JsonObject | undefined {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const encoding = isAscii(buffer) ? 'latin1' : 'utf8';
  if (encoding === 'utf8' && !isUtf8(buffer)) return undefined;
  let value: unknown;
  try {
    // A byte order mark stays in the text, and is no JSON.
    value = JSON.parse(buffer.toString(encoding));
  } catch {
    return undefined;
  }
  if (!isJsonObject(value)) return undefined;
  // A duplicate name is in the text twice but in the object once.
  return countMembers(value, 1) === countNames(buffer) ? value : undefined;
}

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

/** In valid JSON: the colons outside of strings, which is one for each member. */
function countNames(json: Buffer): number {
  let names = 0;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at];
    if (byte === COLON) names++;
    if (byte !== QUOTE) continue;
    for (at++; json[at] !== QUOTE; at++) if (json[at] === BACKSLASH) at++;
  }
  return names;
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
function countMembers(value: object, depth: number): number {
  if (depth > MAX_DEPTH) return NaN;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value as unknown[]) {
      if (typeof item === 'object' && item !== null) count += countMembers(item, depth + 1);
    }
    return count;
  }
  // Of an object that was parsed, all that can be enumerated is its own. What somebody else added to the prototype of all
  // objects would be counted too, and refused: no harm.
  for (const name in value) {
    if (name === '__proto__') return NaN;
    count++;
    const item: unknown = value[name as keyof typeof value];
    if (typeof item === 'object' && item !== null) count += countMembers(item, depth + 1);
  }
  return count;
}
