import { randomBytes } from 'node:crypto';
import { createLocalJWKSet, jwtVerify } from 'jose';
import type { JWK } from 'jose';
import type { Adapter, AdapterPayload, TokenEndpointGrantContext } from 'oidc-provider';
import { errors, Provider } from 'oidc-provider';
import { GRANT_TYPES, TOKEN_TYPES } from '../../contract/oauth.ts';
import { createKey } from './keys.ts';
import type { Known } from './sample.ts';
import { API, CLIENTS, ENTITLEMENT, grantIdOf, IDP, people, SCOPES, TOKEN_SECONDS } from './sample.ts';

/** The API whose tokens are opaque: oidc-provider introspects no others. */
export const OPAQUE_API = 'https://opaque.example.com';

interface Params {
  readonly subject_token: string;
  readonly subject_token_type: string;
  readonly grant_id: string;
}

/** What oidc-provider's own grant types are made of; it has no other name for them. */
interface DpopHelpers {
  readonly default: (provider: Provider, ctx: object) => Promise<{ readonly thumbprint: string } | undefined>;
  readonly checkDpopReplay: (provider: Provider, ctx: object, proof: object, clientId: string) => Promise<void>;
}
const DPOP_HELPERS: string = 'oidc-provider/lib/helpers/validate_dpop.js';

/**
 * oidc-provider with a grant type for token exchange that checks what Writ checks of a request: the client's assertion
 * or id, the DPoP proof with its nonce and replay, the subject token by jose, that the client may present it, and that
 * the grant is the subject's. It has no policies, no rates and no audit log, and writes no record of a JWT.
 */
export async function createPeer(issuer: string, known: Known): Promise<Provider> {
  const { default: validateDpop, checkDpopReplay } = (await import(DPOP_HELPERS)) as DpopHelpers;
  const key = createKey();
  const { kid, alg, use } = key.published;
  const signing = { ...(key.privateKey.export({ format: 'jwk' }) as JWK), kid, alg, use };
  const scope = SCOPES.join(' ');
  const client = { grant_types: [GRANT_TYPES.exchange], redirect_uris: [], response_types: [], scope };
  const byKey = (id: string) => ({
    token_endpoint_auth_method: 'private_key_jwt' as const,
    jwks: { keys: [{ ...known.clients[id], kty: 'EC' }] },
  });
  const provider = new Provider(issuer, {
    adapter: adapterOver(new Map()),
    jwks: { keys: [signing] },
    scopes: [...SCOPES],
    ttl: { AccessToken: TOKEN_SECONDS, Grant: 14_400 },
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    clients: [
      {
        ...client,
        client_id: CLIENTS.publicOne,
        token_endpoint_auth_method: 'none',
        dpop_bound_access_tokens: true,
      },
      { ...client, client_id: CLIENTS.withKey, ...byKey(CLIENTS.withKey), dpop_bound_access_tokens: true },
      { ...client, client_id: CLIENTS.server, ...byKey(CLIENTS.server) },
    ],
    extraTokenClaims: (_ctx, { clientId, kind }) =>
      kind === 'AccessToken'
        ? { act: { sub: clientId }, kind: 'delegation', entitlement: ENTITLEMENT, project: 'shop', purpose: 'incident' }
        : undefined,
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true },
      introspection: { enabled: true, allowedPolicy: (_ctx, { clientId }) => clientId === CLIENTS.server },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_ctx, resource) => resourceServer(resource, scope),
        useGrantedResource: () => true,
      },
    },
  });

  const keys = createLocalJWKSet({ keys: [known.idp] });
  const exchange = async (ctx: TokenEndpointGrantContext<Params>): Promise<void> => {
    const { params, client: presenter } = ctx.oidc;
    const { resource } = params;
    const proof = await validateDpop(provider, ctx);
    if (!proof) throw new errors.InvalidGrant('DPoP proof JWT not provided');
    await checkDpopReplay(provider, ctx, proof, presenter.clientId);
    if (params.subject_token_type !== TOKEN_TYPES.access || typeof resource !== 'string') {
      throw new errors.InvalidRequest('not supported');
    }
    const { payload } = await jwtVerify(params.subject_token, keys, {
      issuer: IDP.issuer,
      audience: IDP.audience,
      typ: 'at+jwt',
      algorithms: ['ES256'],
      requiredClaims: ['sub', 'jti', 'iat', 'exp'],
    }).catch(() => {
      throw new errors.InvalidRequest('the subject token is not good');
    });
    // It was given to the public client; the other one may present what that was given.
    if (payload['client_id'] !== CLIENTS.publicOne) throw new errors.InvalidRequest('not given to this client');
    const grant = await provider.Grant.find(`${presenter.clientId}-${params.grant_id}`);
    if (grant?.accountId !== payload.sub || grant?.clientId !== presenter.clientId) {
      throw new errors.InvalidGrant('grant not found');
    }
    const token = new provider.AccessToken({
      accountId: payload.sub ?? '',
      client: presenter,
      grantId: grant.jti,
      gty: 'token_exchange',
    });
    token.resourceServer = new provider.ResourceServer(resource, resourceServer(resource, scope));
    token.scope = grant.getResourceScopeFiltered(resource, (params.scope ?? scope).split(' '));
    token.setThumbprint('jkt', proof.thumbprint);
    ctx.oidc.entity('AccessToken', token);
    ctx.body = {
      access_token: await token.save(),
      issued_token_type: TOKEN_TYPES.access,
      token_type: token.tokenType,
      expires_in: token.expiration,
      scope: token.scope,
    };
  };
  provider.registerGrantType<Params>(GRANT_TYPES.exchange, exchange, [
    'grant_id',
    'subject_token',
    'subject_token_type',
    'resource',
    'scope',
  ]);
  await saveGrants(provider, scope);
  return provider;
}

const resourceServer = (resource: string, scope: string) => ({
  scope,
  audience: resource,
  accessTokenTTL: TOKEN_SECONDS,
  accessTokenFormat: resource === OPAQUE_API ? ('opaque' as const) : ('jwt' as const),
  jwt: { sign: { alg: 'ES256' as const } },
});

async function saveGrants(provider: Provider, scope: string): Promise<void> {
  for (const clientId of [CLIENTS.publicOne, CLIENTS.withKey]) {
    for (const accountId of people()) {
      const grant = new provider.Grant({ accountId, clientId, jti: `${clientId}-${grantIdOf(accountId)}` } as never);
      for (const resource of [API, OPAQUE_API]) grant.addResourceScope(resource, scope);
      await grant.save();
    }
  }
}

/** In memory, and without a bound: its own forgets all but the last thousand. */
function adapterOver(stored: Map<string, AdapterPayload>): new (name: string) => Adapter {
  return class {
    readonly #name: string;
    constructor(name: string) {
      this.#name = name;
    }
    async upsert(id: string, payload: AdapterPayload): Promise<undefined> {
      stored.set(`${this.#name}:${id}`, payload);
    }
    async find(id: string): Promise<AdapterPayload | undefined> {
      return stored.get(`${this.#name}:${id}`);
    }
    async findByUserCode(): Promise<undefined> {
      return undefined;
    }
    async findByUid(): Promise<undefined> {
      return undefined;
    }
    async consume(): Promise<undefined> {
      return undefined;
    }
    async destroy(id: string): Promise<undefined> {
      stored.delete(`${this.#name}:${id}`);
    }
    async revokeByGrantId(): Promise<undefined> {
      return undefined;
    }
  };
}
