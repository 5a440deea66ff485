import type { OAuthClient } from '../../core/oauth/client.ts';
import { clientAsPrincipal, principalOfClient } from '../../core/oauth/client.ts';
import { OAuthError } from '../../core/oauth/oauthError.ts';
import type { Mark } from '../../core/oauth/ports.ts';
import type { Clock } from '../../core/ports.ts';
import type { Principal } from '../../core/principal.ts';
import type { CompactJws } from '../../tokens/compactJws.ts';
import { parseCompactJws } from '../../tokens/compactJws.ts';
import { member } from '../../tokens/strictJson.ts';
import { TokenFault } from '../../tokens/tokenFault.ts';
import { TokenError } from '../oidc/tokenError.ts';
import type { TokenVerifier } from '../oidc/verifier.ts';
import { checkAssertion } from './clientAssertion.ts';

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** What came with a request that may say who sent it. */
export interface ClientCredentials {
  /** Form field `client_id`. */
  readonly clientId?: string | undefined;
  /** Form field `client_assertion`. */
  readonly assertion?: string | undefined;
  /** Form field `client_assertion_type`. */
  readonly assertionType?: string | undefined;
  /** The `Authorization` header. `Bearer` brings an assertion. */
  readonly authorization?: string | undefined;
  /** Whether there is a form field `client_secret`, whatever it holds. */
  readonly hasSecret: boolean;
  /** Thumbprint of the client certificate (`certificateThumbprint`), from the gateway's context alone. */
  readonly certificate?: string | undefined;
}

export interface AuthenticatedClient {
  readonly client: OAuthClient;
  /** The client as a principal, for policy. */
  readonly principal: Principal;
  /** What was presented that must not be presented again. */
  readonly marks: readonly Mark[];
}

export interface ClientAuthenticatorOptions {
  readonly clients: readonly OAuthClient[];
  readonly issuerUrl: string;
  readonly tokenEndpoint: string;
  readonly clock: Clock;
  readonly verifier: Pick<TokenVerifier, 'verify'>;
}

export interface ClientAuthenticator {
  /**
   * @throws OAuthError `invalid_client`, one text whoever the client is; `invalid_request` for credentials of several
   * kinds at once; `temporarily_unavailable`
   */
  authenticate(credentials: ClientCredentials): Promise<AuthenticatedClient>;
}

/** Tells which registered client sent a request (RFC 6749 §2.3, RFC 7521 §4.2, RFC 7523, RFC 8705 §2). */
export function createClientAuthenticator(options: ClientAuthenticatorOptions): ClientAuthenticator {
  const { clients, issuerUrl, tokenEndpoint, clock, verifier } = options;
  const clientOfId = (id: string | undefined): OAuthClient | undefined => clients.find((client) => client.id === id);

  /** An assertion by a key that is registered for the client. */
  function byKey(jws: CompactJws, claimed: string | undefined): AuthenticatedClient {
    const iss = member(jws.payload, 'iss');
    const clientId = typeof iss === 'string' ? iss : '';
    const client = clientOfId(clientId);
    const keys = client?.authentication.method === 'private_key_jwt' ? client.authentication.keys : [];
    const mark = checkAssertion(jws, { clientId, keys, audiences: [issuerUrl, tokenEndpoint], now: clock() });
    if (!client || !mark || (claimed ?? clientId) !== clientId) throw notProven();
    return { client, principal: clientAsPrincipal(client), marks: [mark] };
  }

  /** A token of the trusted issuer that the client is federated with: it names the one principal that the client is. */
  async function byIssuer(assertion: string, claimed: string | undefined): Promise<AuthenticatedClient> {
    const { principal, jkt } = await verifier.verify(assertion).catch(asOAuth);
    const client = clients.find(
      (one) => one.authentication.method === 'federated' && principalOfClient(one) === principal.id,
    );
    // A bound token proves nothing without its key, and one with `act` is presented by somebody else than its subject.
    if (!client || jkt !== undefined || principal.actors) throw notProven();
    if ((claimed ?? client.id) !== client.id) throw notProven();
    return { client, principal, marks: [] };
  }

  /** No assertion: a certificate that the gateway saw, or a public client that proves nothing. */
  function byIdAlone(clientId: string, certificate: string | undefined): AuthenticatedClient {
    const client = clientOfId(clientId);
    if (!client || !isEnough(client, certificate) || client.status !== 'active') throw notProven();
    return { client, principal: clientAsPrincipal(client), marks: [] };
  }

  return {
    async authenticate(credentials) {
      const assertion = assertionOf(credentials);
      const { clientId, certificate } = credentials;
      if (assertion === undefined) {
        if (clientId === undefined) throw new OAuthError('invalid_client', `say who you are: ${HOW}`);
        return byIdAlone(clientId, certificate);
      }
      const jws = parsed(assertion);
      // Who has to have signed it is said by `iss`: a client by its id, a trusted issuer by its URL.
      const isOwn = member(jws.payload, 'iss') === member(jws.payload, 'sub');
      const proven = isOwn ? byKey(jws, clientId) : await byIssuer(assertion, clientId);
      if (proven.client.status === 'active') return proven;
      throw new OAuthError('invalid_client', 'the client is suspended: ask the group that owns it');
    },
  };
}

/**
 * The one assertion, of the form or the header.
 *
 * @throws OAuthError `invalid_request` for more than one credential, `invalid_client` for a shared secret
 */
function assertionOf({ assertion, assertionType, authorization, hasSecret }: ClientCredentials): string | undefined {
  const kinds = [assertion !== undefined || assertionType !== undefined, authorization !== undefined, hasSecret];
  if (kinds.filter(Boolean).length > 1) {
    throw new OAuthError('invalid_request', 'the client authenticates in more than one way: send one credential');
  }
  if (hasSecret) throw noSecrets();
  if (authorization !== undefined) return bearerOf(authorization);
  if ((assertion === undefined) !== (assertionType === undefined)) {
    throw new OAuthError('invalid_request', 'client_assertion and client_assertion_type go together');
  }
  if (assertionType !== undefined && assertionType !== ASSERTION_TYPE) {
    throw new OAuthError('invalid_request', `client_assertion_type must be ${ASSERTION_TYPE}`);
  }
  return assertion;
}

function bearerOf(authorization: string): string {
  const [scheme, token, ...more] = authorization.split(' ');
  if (scheme?.toLowerCase() === 'basic') throw noSecrets();
  if (scheme?.toLowerCase() === 'bearer' && token && more.length === 0) return token;
  throw new OAuthError('invalid_client', `the Authorization header takes a client assertion as Bearer, or ${HOW}`);
}

function isEnough({ authentication }: OAuthClient, certificate: string | undefined): boolean {
  switch (authentication.method) {
    case 'none':
      return true;
    case 'tls_client_auth':
      return certificate !== undefined && authentication.thumbprints.includes(certificate);
    case 'private_key_jwt':
    case 'federated':
      return false;
  }
}

function parsed(assertion: string): CompactJws {
  try {
    return parseCompactJws(assertion);
  } catch (error) {
    throw error instanceof TokenFault ? notProven() : error;
  }
}

function asOAuth(error: unknown): never {
  if (!(error instanceof TokenError)) throw error;
  if (error.status !== 503) throw notProven();
  throw new OAuthError('temporarily_unavailable', 'the keys of the token issuer can not be had now: try again');
}

const HOW = 'send client_assertion with its type, or for a public client its client_id alone';

/** One text for all, so that nobody learns which clients there are, nor what was nearly right. */
const notProven = (): OAuthError =>
  new OAuthError(
    'invalid_client',
    'the client is unknown, or its credential is not good. An assertion has iss and sub of the client_id, aud of the ' +
      'issuer alone, a fresh jti, exp at most 5 minutes ahead, and a kid that is registered; a workload sends a token ' +
      'of its issuer',
  );

const noSecrets = (): OAuthError => new OAuthError('invalid_client', `there are no shared secrets here: ${HOW}`);
