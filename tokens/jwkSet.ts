import { isJsonObject, member } from './strictJson.ts';

/** More keys than anybody has at a time: importing them all is bounded. */
const MAX_KEYS = 100;

/** The entries of a JWK set (RFC 7517 §5), none of them looked at yet; undefined for what is no set. */
export function jwksOf(set: unknown): readonly unknown[] | undefined {
  const jwks = isJsonObject(set) ? member(set, 'keys') : undefined;
  return Array.isArray(jwks) && jwks.length <= MAX_KEYS ? (jwks as unknown[]) : undefined;
}
