import { openApiDocument } from '../../contract/openapi.ts';
import type { ConfigurationView } from '../../contract/schemas.ts';
import type { PolicyBundle } from '../../core/bundle.ts';
import { ok } from '../shared/answers.ts';
import type { ApiDeps, ApiHandler } from '../shared/api.ts';
import { createApi } from '../shared/api.ts';
import { requestPage } from './requestPage.ts';

export interface PublicDeps {
  readonly log: ApiDeps['log'];
  readonly bundle: Pick<PolicyBundle, 'issuers' | 'sha256'>;
  readonly publicUrl: string;
  /** Told to clients where lent sessions don't talk to AWS's own endpoints. */
  readonly awsEndpointUrl: string | undefined;
}

/** What anybody may know. It has no permission at all. */
export function createHandler({ log, bundle, publicUrl, awsEndpointUrl }: PublicDeps): ApiHandler {
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
  return createApi(
    'public',
    { log, verifier: undefined },
    {
      getHealth: async () => ok({ status: 'ok' }),
      getConfiguration: async () => ok(configuration),
      getOpenApi: async () => ok(document),
      getRequestPage: async ({ path }) => ({ status: 200, body: requestPage(path.id) }),
    },
  );
}
