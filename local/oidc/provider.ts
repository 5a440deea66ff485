import { Provider, errors } from 'oidc-provider';
import type { Configuration } from 'oidc-provider';
import type { JWK } from 'jose';
import { AUDIENCE, CLIENT_ID, accountClaims } from './claims.ts';
import type { TokenLifetime } from './claims.ts';
import { deviceCodePage, deviceConfirmPage, deviceDonePage, errorPage } from './pages.ts';
import { findAccount } from './people.ts';
import type { Account, IssuerDomain } from './people.ts';

/** The API as an RFC 8707 resource. Clients need not name it: it is the default and the only one. */
export const RESOURCE = 'urn:writ:api';
export const RESOURCE_SCOPE = 'writ';
export const OIDC_SCOPE = 'openid offline_access';

export interface ProviderOptions {
  readonly domain: IssuerDomain;
  readonly issuer: string;
  readonly key: JWK;
  readonly cookieSecret: string;
  readonly adapter: Configuration['adapter'];
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly lifetime: TokenLifetime;
}

export function cookieNames(domain: IssuerDomain): { session: string; interaction: string; resume: string } {
  return {
    session: `writ_${domain}_session`,
    interaction: `writ_${domain}_interaction`,
    resume: `writ_${domain}_resume`,
  };
}

/**
 * One issuer of one identity domain: authorization code with PKCE (RFC 7636) to a loopback redirect (RFC 8252), device
 * flow (RFC 8628), rotating refresh tokens; JWT access tokens (RFC 9068) for the API.
 */
export function createProvider(options: ProviderOptions): Provider {
  const { domain, issuer, clock, lifetime } = options;
  const accountOf = (name: string | undefined): Account | undefined => {
    const account = name === undefined ? undefined : findAccount(name);
    return account?.domain === domain ? account : undefined;
  };

  const configuration: Configuration = {
    adapter: options.adapter,
    jwks: { keys: [options.key] },
    cookies: { keys: [options.cookieSecret], names: cookieNames(domain) },
    clients: [
      {
        client_id: CLIENT_ID,
        client_name: 'Writ command line',
        application_type: 'native', // any port of a loopback redirect, RFC 8252 §7.3
        token_endpoint_auth_method: 'none',
        redirect_uris: ['http://127.0.0.1/callback', 'http://localhost/callback', 'http://[::1]/callback'],
        response_types: ['code'],
        grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
        id_token_signed_response_alg: 'ES256',
      },
    ],
    responseTypes: ['code'],
    clientAuthMethods: ['none'],
    scopes: OIDC_SCOPE.split(' '),
    claims: { openid: ['sub', 'auth_time', 'acr', 'amr', 'person', 'groups', 'project', 'email'] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    findAccount: (_context, name) => {
      const account = accountOf(name);
      return account && { accountId: name, claims: () => ({ sub: name, ...accountClaims(account) }) };
    },
    interactions: { url: (_context, { uid }) => `${new URL(issuer).pathname.replace(/\/$/u, '')}/interaction/${uid}` },
    issueRefreshToken: (_context, client) => client.grantTypeAllowed('refresh_token'),
    expiresWithSession: () => false,
    ttl: {
      AccessToken: lifetime.real,
      IdToken: lifetime.real,
      AuthorizationCode: 60,
      DeviceCode: 600,
      Interaction: 600,
      Session: 600,
      RefreshToken: 14 * 86_400,
      Grant: 14 * 86_400,
    },
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      revocation: { enabled: true, allowedPolicy: (_context, client, token) => token.clientId === client.clientId },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => RESOURCE,
        useGrantedResource: () => true,
        getResourceServerInfo: (_context, resource) => {
          if (resource !== RESOURCE) throw new errors.InvalidTarget();
          return {
            audience: AUDIENCE,
            scope: RESOURCE_SCOPE,
            accessTokenFormat: 'jwt',
            accessTokenTTL: lifetime.real,
            jwt: { sign: { alg: 'ES256' } },
          };
        },
      },
      deviceFlow: {
        enabled: true,
        userCodeInputSource: (context, form, _out, error) => {
          context.body = deviceCodePage(form, error !== undefined);
        },
        userCodeConfirmSource: (context, form, _client, _deviceInfo, userCode) => {
          context.body = deviceConfirmPage(form, userCode);
        },
        successSource: (context) => {
          context.body = deviceDonePage();
        },
      },
    },
    extraTokenClaims: (context, token) => {
      const { AuthorizationCode, DeviceCode, RefreshToken } = context.oidc.entities;
      const source = AuthorizationCode ?? DeviceCode ?? RefreshToken;
      const account = 'accountId' in token ? accountOf(token.accountId) : undefined;
      if (!source || !account) return undefined;
      return { ...accountClaims(account), amr: source.amr, acr: source.acr, auth_time: source.authTime };
    },
    formats: {
      customizers: {
        // The provider reads the wall clock, as the clients do that its ID tokens are for; the API may go by a faster one.
        jwt: (_context, _token, parts) => {
          const now = Math.floor(clock() / 1000);
          Object.assign(parts.payload, { iat: now, exp: now + lifetime.system });
        },
      },
    },
    renderError: (context, out) => {
      context.type = 'html';
      context.body = errorPage(out.error, out.error_description ?? '');
    },
  };
  return new Provider(issuer, configuration);
}
