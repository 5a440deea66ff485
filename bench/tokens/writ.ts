import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { createIds } from '../../adapters/aws/ids.ts';
import { createCedarEngine } from '../../adapters/cedar/engine.ts';
import { loadInstalledWasm } from '../../adapters/cedar/wasm.ts';
import { createClientAuthenticator } from '../../adapters/oauth/clientAuthentication.ts';
import { createDpopNonces } from '../../adapters/oauth/dpopNonces.ts';
import type { KmsKeys } from '../../adapters/oauth/kmsKeys.ts';
import { createKmsTokenSigner } from '../../adapters/oauth/kmsTokenSigner.ts';
import { createOwnTokens } from '../../adapters/oauth/ownTokens.ts';
import { createPresentedTokens } from '../../adapters/oauth/presentedToken.ts';
import { createRefreshMint } from '../../adapters/oauth/refreshToken.ts';
import { createTokenVerifier } from '../../adapters/oidc/verifier.ts';
import { OAUTH_PATHS } from '../../contract/metadata.ts';
import type { PolicyBundle } from '../../core/bundle.ts';
import type { KeyRingStore, TokenStore } from '../../core/oauth/ports.ts';
import type { GrantStore, PolicyEngine } from '../../core/ports.ts';
import { createHandler } from '../../functions/token/app.ts';
import { createKey } from './keys.ts';
import type { Known } from './sample.ts';

export const WRIT_ISSUER = 'https://writ.example.com';
const KEY = 'arn:aws:kms:us-east-1:999988887777:key/bench';

export interface WritOptions {
  readonly bundle: PolicyBundle;
  readonly known: Known;
  readonly store: GrantStore;
  readonly tokens: TokenStore;
  readonly ring: Pick<KeyRingStore, 'readRing'>;
  /** @default Cedar over the bundle */
  readonly engine?: PolicyEngine;
  /** Told of each call of KMS. */
  readonly onKms?: () => void;
}

/**
 * The authorization server, put together as `functions/token/handler.ts` does, with its own code for everything but: a
 * key in this process where KMS is, a fixed secret where Secrets Manager is, keys of the identity provider without a
 * network, and no log.
 */
export function createWrit({ bundle, known, store, tokens, ring, engine, onKms }: WritOptions) {
  const clock = Date.now;
  const verifier = createTokenVerifier(bundle.issuers, {
    clock,
    fetch: async () => Response.json({ keys: [known.idp] }),
  });
  const keys = kmsStandIn(onKms);
  const tokenEndpoint = `${WRIT_ISSUER}${OAUTH_PATHS.token}`;
  const ownTokens = createOwnTokens({ issuerUrl: WRIT_ISSUER, jwks: () => keys.jwks([KEY]) });
  const silent = () => undefined;
  const secret = { signingKey: randomBytes(32).toString('base64url') };
  const deps = {
    clock,
    ids: createIds(clock, randomBytes),
    sha256: (text: string) => createHash('sha256').update(text).digest('hex'),
    store,
    tokens,
    engine: engine ?? createCedarEngine(bundle, loadInstalledWasm),
    signer: createKmsTokenSigner({ keys, generations: [{ name: 'a', keys: [KEY] }], ring, clock, randomBytes }),
    issuerUrl: WRIT_ISSUER,
    statusListUrl: `${WRIT_ISSUER}${OAUTH_PATHS.snapshot}`,
    tokenEndpoint,
    region: 'us-east-1',
    refresh: createRefreshMint(randomBytes),
    nonces: createDpopNonces({
      secrets: { read: async (_name, shape) => ({ current: shape.parse(secret) }) },
      clock,
    }),
    presented: createPresentedTokens({ verifier, ownTokens, clients: bundle.clients, issuerUrl: WRIT_ISSUER, clock }),
    clients: createClientAuthenticator({
      clients: bundle.clients,
      issuerUrl: WRIT_ISSUER,
      tokenEndpoint,
      clock,
      verifier,
    }),
    ownTokens,
    log: { answered: silent, failed: console.error, undecided: console.error, worked: silent },
  };
  return { deps, handler: createHandler(deps) };
}

/** Signs by a key in this process. A call of KMS costs no processor time of ours, but for the SDK's part. */
function kmsStandIn(onKms: () => void = () => undefined): KmsKeys {
  const key = createKey();
  const published = {
    ...key.published,
    kty: 'EC',
    crv: 'P-256',
    alg: 'ES256',
    use: 'sig',
    key_ops: ['verify'],
  } as const;
  return {
    async signJwt(_keyArn, typ, claims) {
      onKms();
      return key.jwt({ typ, kid: published.kid }, claims);
    },
    jwks: async () => ({ keys: [published] }),
  };
}

type Handler = ReturnType<typeof createWrit>['handler'];

/** The handler behind Node's HTTP server, as little of a gateway as can be. */
export function listenerOf(handler: Handler): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      void handler(eventOf(request, Buffer.concat(chunks).toString('utf8'))).then(
        ({ statusCode, headers = {}, body }) => {
          const named = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
          response.writeHead(statusCode, Object.fromEntries(named)).end(body);
        },
      );
    });
  };
}

export function eventOf(
  { url = '/', headers = {} }: { readonly url?: string | undefined; readonly headers?: IncomingMessage['headers'] },
  body: string,
): APIGatewayProxyEvent {
  const multiValueHeaders = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat()]),
  );
  const event: Partial<APIGatewayProxyEvent> = {
    resource: url,
    path: url,
    httpMethod: 'POST',
    headers: Object.fromEntries(Object.entries(multiValueHeaders).map(([name, values]) => [name, values.at(-1)])),
    multiValueHeaders,
    pathParameters: null,
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    body,
    isBase64Encoded: false,
    // What the function reads of it; API Gateway tells far more.
    requestContext: {
      requestId: 'bench',
      identity: { sourceIp: '192.0.2.7', clientCert: null },
    } as unknown as APIGatewayProxyEvent['requestContext'],
  };
  return event as APIGatewayProxyEvent;
}
