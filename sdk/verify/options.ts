import type { DpopNonces } from '../../tokens/dpopNonce.ts';
import { targetUrl } from '../../tokens/targetUrl.ts';
import type { ClientAuthentication } from './introspection.ts';
import type { Keys } from './keySource.ts';
import type { ReplayStore } from './replay.ts';
import type { Requirements } from './requirements.ts';

/**
 * Takes `http:` URLs for the issuer and what is fetched from it. Whoever is between can then forge any token. Loopback
 * needs no permission.
 */
export const allowInsecureUrls: unique symbol = Symbol('allowInsecureUrls');

/**
 * Takes a bound token without proof of its key or certificate: for a worker behind a server that has verified the
 * request. Whoever gets hold of the token can use it then.
 */
export const skipSenderConstraint: unique symbol = Symbol('skipSenderConstraint');

/** How it is found out whether a token was revoked. There is no default: it has to be thought of. */
export type Revocation =
  /** By the signed list that the deployment publishes: within seconds, without a call for each token. */
  | {
      readonly snapshot: {
        /** @default the issuer's */
        readonly uri?: string;
        /** The keys that sign snapshots. @default the issuer's */
        readonly keys?: Keys;
        /** Seconds. @default until it expires, which is 150 s after it was made */
        readonly maxAgeSeconds?: number;
      };
    }
  /** By asking for each request: at once. */
  | { readonly introspection: { readonly uri?: string; readonly authenticate: ClientAuthentication } }
  /** Not at all, and results say so: a revoked token is taken until it expires. */
  | 'unchecked';

export interface VerifierOptions {
  /** The deployment's public base URL, exactly as in `iss`. */
  readonly issuer: string;
  /** This resource server, exactly as in `aud`. */
  readonly audience: string;
  /**
   * What the path of a request is put behind, to be compared with `htu` of DPoP proofs: the origin that clients call, and
   * the prefix of the path that a proxy takes off. Never from `Host`.
   *
   * @default the origin of the audience
   */
  readonly publicUrl?: string;
  /** @default the issuer's `/.well-known/jwks.json` */
  readonly keys?: Keys;
  readonly revocation: Revocation;
  /** Where DPoP proofs are remembered. Processes that serve one URL must share it. @default this process's memory */
  readonly replay?: ReplayStore;
  /** Asks for nonces in DPoP proofs (RFC 9449 §9). @default none are asked for */
  readonly nonces?: DpopNonces;
  /** Whether impersonations are taken: somebody acts in the subject's name. @default false */
  readonly impersonation?: boolean;
  /** That uses are spent at `POST /v1/tokens/consume` for tokens that have `maxUses`. @default such tokens are refused */
  readonly consumes?: boolean;
  /** URL of this server's protected resource metadata (RFC 9728), for challenges. */
  readonly resourceMetadata?: string;
  /** Epoch milliseconds. @default Date.now */
  readonly clock?: () => number;
  /** @default the global fetch */
  readonly fetch?: typeof fetch;
  /** Milliseconds for one call to the authorization server. @default 3000 */
  readonly timeoutMs?: number;
  /** Verified tokens to be remembered. @default 4096 */
  readonly cacheSize?: number;
  readonly [allowInsecureUrls]?: true;
}

/** What a request needs, and where it really came from: from the gateway's context, never from a header. */
export interface VerifyContext extends Requirements {
  /** The client's address, for tokens that are bound to one. */
  readonly sourceAddress?: string;
  /** The AWS Region that this runs in, for tokens that are bound to one. */
  readonly region?: string;
  /** The client certificate that the gateway verified, in PEM, for tokens that are bound to one. */
  readonly certificate?: string;
  readonly [skipSenderConstraint]?: true;
}

/** @throws TypeError for a configuration that would be unsafe, or could never verify anything */
export function checkOptions(options: VerifierOptions): void {
  const { revocation, keys, resourceMetadata } = options;
  const fetched = {
    issuer: options.issuer,
    ...(keys && 'jwksUri' in keys && { 'keys.jwksUri': keys.jwksUri }),
    ...(revocation !== 'unchecked' && urlsOf(revocation)),
  };
  const insecure = options[allowInsecureUrls] === true;
  for (const [name, url] of Object.entries(fetched)) {
    if (!isSecure(url) && !(insecure && URL.canParse(url))) {
      throw new TypeError(`\`${name}\` must be an https URL (http only on loopback)`);
    }
  }
  if (options.issuer.endsWith('/')) throw new TypeError('`issuer` must not end in a slash: `iss` does not');
  if (options.audience === '') throw new TypeError('`audience` must not be empty');
  if (targetUrl(publicUrlOf(options)) === undefined) throw new TypeError('`publicUrl` must be an absolute http(s) URL');
  if (resourceMetadata !== undefined && !isSecure(resourceMetadata)) {
    throw new TypeError('`resourceMetadata` must be an https URL (http only on loopback)');
  }
  const size = options.cacheSize ?? 0;
  if (!Number.isSafeInteger(size) || size < 0) throw new TypeError('`cacheSize` must be a whole number');
}

/** Without a slash at the end. */
export function publicUrlOf({ publicUrl, audience }: VerifierOptions): string {
  if (publicUrl !== undefined) return publicUrl.replace(/\/+$/u, '');
  return URL.canParse(audience) ? new URL(audience).origin : audience;
}

function urlsOf(revocation: Exclude<Revocation, 'unchecked'>): Record<string, string> {
  if ('introspection' in revocation) {
    const { uri } = revocation.introspection;
    return uri === undefined ? {} : { 'introspection.uri': uri };
  }
  const { uri, keys } = revocation.snapshot;
  return {
    ...(uri !== undefined && { 'snapshot.uri': uri }),
    ...(keys && 'jwksUri' in keys && { 'snapshot.keys.jwksUri': keys.jwksUri }),
  };
}

function isSecure(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  const loopback = hostname === '127.0.0.1' || hostname === 'localhost' || hostname === '[::1]';
  return protocol === 'https:' || (protocol === 'http:' && loopback);
}
