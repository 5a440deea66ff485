import { TokenError } from './tokenError.ts';
import { member, parseStrictJson } from '../json/strictJson.ts';
import type { JsonObject } from '../json/strictJson.ts';

/** Characters, which are bytes here: nothing but base64url and dots passes. */
export const MAX_TOKEN_LENGTH = 8192;

/**
 * Header members that would let a token choose its own key or change what is signed (RFC 8725 §3.10, RFC 7515 §4.1.11,
 * RFC 7797), or that belong to encrypted and nested tokens. Refused, not ignored: nobody honest sends them.
 */
const REFUSED_HEADER_MEMBERS = ['crit', 'b64', 'jku', 'x5u', 'x5c', 'jwk', 'enc', 'zip', 'cty'];

/** Base64 and its URL form, hex, UUIDs. No leading dot or slash, no quotes, spaces or control characters. */
const KEY_ID = /^[A-Za-z0-9_=+-][A-Za-z0-9._+/=-]{0,127}$/u;

/** A token taken apart. Nothing in it is verified yet. */
export interface CompactToken {
  readonly kid: string;
  readonly alg: string;
  /** Lower case, without `application/`; empty when absent. */
  readonly typ: string;
  readonly payload: JsonObject;
}

/**
 * Takes a JWS in compact form apart, strictly (RFC 7515 §7.1). Both halves are canonical base64url of strict JSON.
 *
 * @throws TokenError `token_missing`, `token_too_large`, `token_malformed`, `header_refused`
 */
export function parseCompactToken(token: string): CompactToken {
  if (token === '') throw new TokenError('token_missing', 'no token was sent');
  if (token.length > MAX_TOKEN_LENGTH) {
    throw new TokenError('token_too_large', `the token is longer than ${MAX_TOKEN_LENGTH} characters`);
  }
  const segments = token.split('.');
  const [header, payload, signature] = segments.map(decodeSegment);
  if (segments.length !== 3 || !header || !payload || !signature) {
    throw new TokenError('token_malformed', 'the token is not three base64url segments');
  }
  const headerMembers = parseStrictJson(header);
  const claims = parseStrictJson(payload);
  if (!headerMembers || !claims) {
    throw new TokenError('token_malformed', 'the header and the claims must be JSON objects without duplicate members');
  }
  return { ...readHeader(headerMembers), payload: claims };
}

/** Whether a key id may be looked up at all. */
function isKeyId(kid: unknown): kid is string {
  return typeof kid === 'string' && KEY_ID.test(kid) && !kid.includes('..');
}

function readHeader(header: JsonObject): Omit<CompactToken, 'payload'> {
  const refused = REFUSED_HEADER_MEMBERS.find((name) => Object.hasOwn(header, name));
  if (refused !== undefined) throw new TokenError('header_refused', `the header may not hold \`${refused}\``);
  const kid = member(header, 'kid');
  if (!isKeyId(kid)) throw new TokenError('header_refused', 'the header needs a well-formed `kid`');
  const alg = member(header, 'alg');
  if (typeof alg !== 'string') throw new TokenError('alg_refused', 'the header names no algorithm');
  const typ = member(header, 'typ') ?? '';
  if (typeof typ !== 'string') throw new TokenError('typ_refused', 'the header\u2019s `typ` is not a string');
  return { kid, alg, typ: normalizeTyp(typ) };
}

/** Media types compare without case, and `application/` may be left out (RFC 7515 §4.1.9). */
export function normalizeTyp(typ: string): string {
  return typ.toLowerCase().replace(/^application\//u, '');
}

/**
 * Decodes only the one canonical spelling: libraries also take padding, blanks and stray trailing bits, which would
 * give one token many texts.
 */
function decodeSegment(segment: string): Uint8Array | undefined {
  const bytes = Buffer.from(segment, 'base64url');
  return bytes.length > 0 && bytes.toString('base64url') === segment ? bytes : undefined;
}
