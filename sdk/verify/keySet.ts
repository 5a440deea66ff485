import type { KeyObject } from 'node:crypto';
import { parseJwsHeader } from '../../tokens/compactJws.ts';
import { importPublicKey } from '../../tokens/publicKey.ts';
import { isJsonObject, member } from '../../tokens/strictJson.ts';
import { TokenFault } from '../../tokens/tokenFault.ts';

/** Headers remembered: one for each key that signs, and some for senders who order members otherwise. */
const MAX_HEADERS = 64;

/** The ES256 keys of a JWK set, by id. */
export interface KeySet {
  /**
   * The key for a token's first segment, whose type and algorithm are right. Undefined when there is none of that id.
   *
   * @throws TokenFault `token_malformed`, `header_refused`, `alg_refused`, `typ_refused`
   */
  keyFor(headerSegment: string): KeyObject | undefined;
}

/**
 * One bad entry is skipped, so that it can't take the others away; an id that is there twice is nobody's.
 *
 * @param typ that tokens must have: a key signs one kind alone
 */
export function readKeySet(jwks: readonly unknown[], typ: string): KeySet {
  const keys = new Map<string, KeyObject | undefined>();
  for (const jwk of jwks) {
    const kid = isJsonObject(jwk) ? member(jwk, 'kid') : undefined;
    if (!isJsonObject(jwk) || typeof kid !== 'string') continue;
    keys.set(kid, keys.has(kid) ? undefined : keyOf(jwk));
  }

  // The header of a key's tokens is always the same text. Reading it says nothing of the token, so it can be remembered
  // before the signature is verified.
  const headers = new Map<string, KeyObject>();
  return {
    keyFor(segment) {
      const known = headers.get(segment);
      if (known) return known;
      const header = parseJwsHeader(segment);
      if (header.typ !== typ) throw new TokenFault('typ_refused', `the token is not of the type ${typ}`);
      if (header.alg !== 'ES256') throw new TokenFault('alg_refused', 'the token is not signed with ES256');
      if (header.kid === undefined) throw new TokenFault('header_refused', 'the header needs a `kid`');
      const key = keys.get(header.kid);
      if (key && headers.size < MAX_HEADERS) headers.set(segment, key);
      return key;
    },
  };
}

function keyOf(jwk: Readonly<Record<string, unknown>>): KeyObject | undefined {
  try {
    return importPublicKey(jwk, 'ES256').key;
  } catch {
    return undefined;
  }
}
