import type { TrustedIssuer } from '../../core/bundle.ts';
import { CLIENT_ISSUER } from '../../core/oauth/client.ts';

export const DEFAULT_ALGORITHMS = ['ES256', 'RS256', 'PS256', 'EdDSA'];

/** Every algorithm that a configuration may name: asymmetric only, so that a public key is never taken for a secret. */
const KNOWN_ALGORITHMS = new Set([
  ...DEFAULT_ALGORITHMS,
  'Ed25519',
  'ES384',
  'ES512',
  'PS384',
  'PS512',
  'RS384',
  'RS512',
]);

const ISSUER_ID = /^[a-z0-9][a-z0-9-]{0,31}$/u;

/**
 * Trusted issuers by URL, checked once at start. Several may share a URL if their audiences differ.
 *
 * @throws TypeError for a configuration that would be unsafe or ambiguous
 */
export function indexIssuers(issuers: readonly TrustedIssuer[]): ReadonlyMap<string, readonly TrustedIssuer[]> {
  const byUrl = new Map<string, TrustedIssuer[]>();
  const ids = new Set<string>();
  for (const issuer of issuers) {
    checkIssuer(issuer);
    if (ids.has(issuer.id)) throw new TypeError(`two trusted issuers have the id \`${issuer.id}\``);
    ids.add(issuer.id);
    const sameUrl = byUrl.get(issuer.issuer) ?? [];
    const twin = sameUrl.find((other) => other.audience === issuer.audience);
    if (twin) throw new TypeError(`trusted issuers \`${twin.id}\` and \`${issuer.id}\` share issuer and audience`);
    byUrl.set(issuer.issuer, [...sameUrl, issuer]);
  }
  return byUrl;
}

function checkIssuer(issuer: TrustedIssuer): void {
  const fail = (problem: string): never => {
    throw new TypeError(`trusted issuer \`${issuer.id}\`: ${problem}`);
  };
  if (issuer.id === CLIENT_ISSUER) fail('the id is that of registered clients, who would be its principals');
  if (!ISSUER_ID.test(issuer.id)) fail('the id must be lower-case letters, digits and hyphens, at most 32');
  if (!isSecureUrl(issuer.issuer)) fail('the issuer must be an https URL (http only on loopback)');
  if (!isSecureUrl(issuer.jwksUri)) fail('jwksUri must be an https URL (http only on loopback)');
  if (issuer.audience === '') fail('the audience must not be empty');
  if (issuer.algorithms?.length === 0) fail('algorithms must not be empty');
  const unknown = issuer.algorithms?.find((algorithm) => !KNOWN_ALGORITHMS.has(algorithm));
  if (unknown !== undefined) fail(`algorithm \`${unknown}\` is not an asymmetric signature algorithm`);
  if (issuer.typ?.length === 0 || issuer.typ?.includes('')) fail('typ must not be empty');
}

function isSecureUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  const loopback = url.hostname === '127.0.0.1' || url.hostname === 'localhost' || url.hostname === '[::1]';
  return url.protocol === 'https:' || (url.protocol === 'http:' && loopback);
}
