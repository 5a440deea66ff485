import { decodeBase64url } from './base64url.ts';
import { Scratch } from './scratch.ts';
import { isJsonObject, member, parseStrictJson } from './strictJson.ts';
import type { JsonObject } from './strictJson.ts';
import { TokenFault } from './tokenFault.ts';

/** Characters, which are bytes here: nothing but base64url and dots passes. */
export const MAX_TOKEN_LENGTH = 8192;

/**
 * Header members that would let a token choose its own key or change what is signed (RFC 8725 §3.10, RFC 7515 §4.1.11,
 * RFC 7797), or that belong to encrypted and nested tokens. Refused, not ignored: nobody honest sends them.
 */
const REFUSED_HEADER_MEMBERS = ['crit', 'b64', 'jku', 'x5u', 'x5c', 'jwk', 'enc', 'zip', 'cty'] as const;

/** Base64 and its URL form, hex, UUIDs. No leading dot or slash, no quotes, spaces or control characters. */
const KEY_ID = /^[A-Za-z0-9_=+-][A-Za-z0-9._+/=-]{0,127}$/u;

/** The header of a JWS, as it claims to be. */
export interface JwsHeader {
  readonly alg: string;
  /** Lower case, without `application/`; empty when absent. */
  readonly typ: string;
  /** Safe to look up; absent when the header names none. */
  readonly kid?: string;
  /** The sender's own key, only where the caller allowed it. Not checked yet. */
  readonly jwk?: JsonObject;
}

/** A JWS taken apart. Nothing in it is verified yet. */
export interface CompactJws {
  readonly header: JwsHeader;
  readonly payload: JsonObject;
  /** What the signature covers: the very bytes that were read. */
  readonly signingInput: Buffer;
  readonly signature: Buffer;
}

export interface CompactJwsOptions {
  /** Whether the header must bring the key that verifies it: for DPoP proofs (RFC 9449 §4.2), and nothing else. */
  readonly ownKey?: boolean;
  /** Characters. @default 8192 */
  readonly maxLength?: number;
}

/**
 * Takes a JWS in compact form apart, strictly (RFC 7515 §7.1). Header and payload are canonical base64url of strict JSON.
 *
 * @throws TokenFault `token_missing`, `token_too_large`, `token_malformed`, `header_refused`, `alg_refused`, `typ_refused`
 */
export function parseCompactJws(token: string, options: CompactJwsOptions = {}): CompactJws {
  const maxLength = options.maxLength ?? MAX_TOKEN_LENGTH;
  if (token === '') throw new TokenFault('token_missing', 'no token was sent');
  if (token.length > maxLength) {
    throw new TokenFault('token_too_large', `the token is longer than ${maxLength} characters`);
  }
  const [first, second, third, ...more] = token.split('.', 4);
  const signature = third === undefined || more.length > 0 ? undefined : decodeBase64url(third);
  if (first === undefined || second === undefined || third === undefined || !signature) {
    throw new TokenFault('token_malformed', 'the token is not three base64url segments');
  }
  return {
    header: parseJwsHeader(first, options.ownKey === true),
    payload: parseSegment(second),
    signingInput: Buffer.from(token.slice(0, -third.length - 1), 'latin1'),
    signature,
  };
}

/**
 * @param segment the first segment of a token
 * @throws TokenFault `token_malformed`, `header_refused`, `alg_refused`, `typ_refused`
 */
export function parseJwsHeader(segment: string, ownKey = false): JwsHeader {
  const header = parseSegment(segment);
  const refused = REFUSED_HEADER_MEMBERS.find((name) => Object.hasOwn(header, name) && !(ownKey && name === 'jwk'));
  if (refused !== undefined) throw new TokenFault('header_refused', `the header may not hold \`${refused}\``);
  const kid = member(header, 'kid');
  if (kid !== undefined && !isKeyId(kid))
    throw new TokenFault('header_refused', 'the header’s `kid` is not well-formed');
  const alg = member(header, 'alg');
  if (typeof alg !== 'string') throw new TokenFault('alg_refused', 'the header names no algorithm');
  const typ = member(header, 'typ') ?? '';
  if (typeof typ !== 'string') throw new TokenFault('typ_refused', 'the header’s `typ` is not a string');
  const jwk = member(header, 'jwk');
  if (ownKey && !isJsonObject(jwk)) throw new TokenFault('header_refused', 'the header needs a `jwk`');
  return {
    alg,
    typ: normalizeTyp(typ),
    ...(kid !== undefined && { kid }),
    ...(isJsonObject(jwk) && { jwk }),
  };
}

const DECODED = new Scratch(MAX_TOKEN_LENGTH);

/**
 * A segment that holds an object.
 *
 * @throws TokenFault `token_malformed`
 */
export function parseSegment(segment: string): JsonObject {
  const bytes = decodeBase64url(segment, DECODED);
  if (!bytes) throw new TokenFault('token_malformed', 'the token is not three base64url segments');
  const object = parseStrictJson(bytes);
  if (object) return object;
  throw new TokenFault('token_malformed', 'the header and the claims must be JSON objects without duplicate members');
}

/** Media types compare without case, and `application/` may be left out (RFC 7515 §4.1.9). */
export function normalizeTyp(typ: string): string {
  return typ.toLowerCase().replace(/^application\//u, '');
}

/** Whether a key id may be looked up at all. */
function isKeyId(kid: unknown): kid is string {
  return typeof kid === 'string' && KEY_ID.test(kid) && !kid.includes('..');
}
