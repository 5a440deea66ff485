import { authorizationServerMetadata } from '../../contract/metadata.ts';
import { openApiDocument } from '../../contract/openapi.ts';
import type { ConfigurationView } from '../../contract/schemas.ts';
import type { PolicyBundle } from '../../core/bundle.ts';
import type { PublicJwk } from '../../core/oauth/client.ts';
import { ok } from '../shared/answers.ts';
import type { ApiAnswer, ApiDeps, ApiHandler } from '../shared/api.ts';
import { createApi } from '../shared/api.ts';
import { requestPage } from './requestPage.ts';

export interface PublicDeps {
  readonly log: ApiDeps['log'];
  readonly bundle: Pick<PolicyBundle, 'catalogue' | 'issuers' | 'sha256'>;
  readonly publicUrl: string;
  /** Told to clients where lent sessions don't talk to AWS's own endpoints. */
  readonly awsEndpointUrl: string | undefined;
  /** Of all generations of token-signing keys. */
  readonly jwks: () => Promise<Jwks>;
  readonly snapshotJwks: () => Promise<Jwks>;
}

interface Jwks {
  readonly keys: readonly PublicJwk[];
}

/** Seconds for which keys and metadata may be kept: those that will sign are published long before they do. */
const KEEP_SECONDS = 300;

/** What anybody may know. It can read the public halves of keys, and nothing else. */
export function createHandler(deps: PublicDeps): ApiHandler {
  const { log, bundle, publicUrl, awsEndpointUrl } = deps;
  const configuration: ConfigurationView = {
    publicUrl,
    issuers: bundle.issuers.map(({ domain, issuer, audience, clientId }) => ({
      domain,
      issuer,
      audience,
      ...(clientId !== undefined && { clientId }),
    })),
    ...(awsEndpointUrl !== undefined && { awsEndpointUrl }),
    bundleSha256: bundle.sha256,
  };
  const document = openApiDocument(publicUrl);
  const metadata = authorizationServerMetadata(publicUrl, offered(bundle));
  return createApi(
    'public',
    { log, verifier: undefined },
    {
      getHealth: async () => ok({ status: 'ok' }),
      getConfiguration: async () => ok(configuration),
      getAuthorizationServer: async () => kept(metadata),
      getJwks: async () => kept(await deps.jwks()),
      getSnapshotJwks: async () => kept(await deps.snapshotJwks()),
      getOpenApi: async () => ok(document),
      getRequestPage: async ({ path }) => ({ status: 200, body: requestPage(path.id) }),
    },
  );
}

const kept = (body: object): ApiAnswer => ({ ...ok(body), cacheControl: `public, max-age=${KEEP_SECONDS}` });

/** What tokens can carry: the scopes and the types of authorization details in the catalogue. */
function offered({ catalogue }: Pick<PolicyBundle, 'catalogue'>) {
  const lent = catalogue.filter(({ kind }) => kind !== 'aws');
  const scopes = lent.flatMap(({ ceiling }) => ceiling.flatMap(({ actions }) => actions));
  const details = lent.flatMap((entitlement) =>
    entitlement.kind === 'token' ? entitlement.authorizationDetails.map(({ type }) => type) : [],
  );
  return { scopes: [...new Set(scopes)].sort(), details: [...new Set(details)].sort() };
}
