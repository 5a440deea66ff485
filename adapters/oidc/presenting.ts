import type { TrustedIssuer } from '../../core/bundle.ts';
import { principalId } from '../../core/principal.ts';
import type { PrincipalId } from '../../core/principal.ts';
import { isJsonObject, member } from '../../tokens/strictJson.ts';
import type { JsonObject } from '../../tokens/strictJson.ts';
import { TokenError } from './tokenError.ts';

/** Whom `may_act` names (RFC 8693 §4.4), compared by `iss` and `sub` and by nothing else. */
export interface NamedActor {
  /** URL of the issuer that `sub` is of: the token's own where the claim names none. */
  readonly issuer: string;
  readonly subject: string;
  /** The principal that it is, where the issuer is a trusted one and of one domain. */
  readonly actor: PrincipalId | undefined;
}

/** A `client_id` (RFC 6749 appendix A.1) or a URL; a subject (OpenID Connect Core §2). Printable, no blank at an end. */
const NAME = /^(?! )[\x20-\x7e]{1,255}(?<! )$/u;
const ISSUER = /^[\x21-\x7e]{1,255}$/u;
/** SHA-256 in base64url: the last character holds four bits. */
const THUMBPRINT = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/u;

/** The client that the token was given to: `client_id` (RFC 9068 §2.2), else `azp` (OpenID Connect Core §2). */
export function readClient(claims: JsonObject): string | undefined {
  const name = Object.hasOwn(claims, 'client_id') ? 'client_id' : 'azp';
  const value = member(claims, name);
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || !NAME.test(value)) throw invalid(name);
  return value;
}

/**
 * The DPoP key that the token is bound to (RFC 9449 §6.1). A confirmation that can't be checked here is none to ignore:
 * its token would become a bearer token.
 *
 * @throws TokenError `claim_invalid`
 */
export function readBinding(claims: JsonObject): string | undefined {
  const cnf = member(claims, 'cnf');
  if (cnf === undefined) return undefined;
  const jkt = isJsonObject(cnf) && Object.keys(cnf).length === 1 ? member(cnf, 'jkt') : undefined;
  if (typeof jkt !== 'string' || !THUMBPRINT.test(jkt)) throw invalid('cnf');
  return jkt;
}

/**
 * The one party that may act with the token. Other members of the claim identify it further for its issuer; Writ has no
 * use for them.
 *
 * @throws TokenError `claim_invalid` for a claim that can't be read: what it limits must not be lost
 */
export function readMayAct(
  issuer: TrustedIssuer,
  trusted: ReadonlyMap<string, readonly TrustedIssuer[]>,
  claims: JsonObject,
): NamedActor | undefined {
  const claim = member(claims, 'may_act');
  if (claim === undefined) return undefined;
  if (!isJsonObject(claim)) throw invalid('may_act');
  const url = Object.hasOwn(claim, 'iss') ? member(claim, 'iss') : issuer.issuer;
  const subject = member(claim, 'sub');
  if (typeof url !== 'string' || !ISSUER.test(url)) throw invalid('may_act');
  if (typeof subject !== 'string' || !NAME.test(subject)) throw invalid('may_act');
  const [of, another] = url === issuer.issuer ? [issuer] : (trusted.get(url) ?? []);
  // Of two domains behind one URL, it could mean either: then it is nobody.
  const actor = of && !another ? principalId(of.domain, of.id, subject) : undefined;
  return { issuer: url, subject, actor };
}

function invalid(name: string): TokenError {
  return new TokenError('claim_invalid', `the claim \`${name}\` is missing or not acceptable`);
}
