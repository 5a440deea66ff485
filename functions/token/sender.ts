import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { AuthenticatedClient, ClientAuthenticator } from '../../adapters/oauth/clientAuthentication.ts';
import { OAuthError } from '../../core/oauth/oauthError.ts';
import { certificateThumbprint } from '../../tokens/certificate.ts';
import type { FormFields } from '../shared/form.ts';
import { headerOf } from '../shared/request.ts';

/** There are none here; whoever sends one is told so, and not that the field is unknown. */
const SECRET = 'client_secret';

export const withoutSecret = (fields: FormFields): FormFields =>
  new Map([...fields].filter(([name]) => name !== SECRET));

interface ClientFields {
  readonly client_id?: string | undefined;
  readonly client_assertion?: string | undefined;
  readonly client_assertion_type?: string | undefined;
}

/**
 * The registered client that sent the form.
 *
 * @param bearer whether an assertion may come in the `Authorization` header too, as resource servers send it
 * @throws OAuthError `invalid_client`, `invalid_request`, `temporarily_unavailable`
 */
export function senderOf(
  clients: ClientAuthenticator,
  event: APIGatewayProxyEvent,
  fields: FormFields,
  form: ClientFields,
  { bearer }: { readonly bearer: boolean },
): Promise<AuthenticatedClient> {
  const authorization = headerOf(event, 'authorization');
  if (!bearer && authorization !== undefined && /^bearer /i.test(authorization) && !form.client_assertion) {
    throw new OAuthError('invalid_client', 'send the client assertion in the form: client_assertion with its type');
  }
  return clients.authenticate({
    clientId: form.client_id,
    assertion: form.client_assertion,
    assertionType: form.client_assertion_type,
    authorization,
    hasSecret: fields.has(SECRET),
    certificate: certificateOf(event),
  });
}

/** Of the certificate that the gateway verified. A header would be the sender's own word. */
export function certificateOf(event: APIGatewayProxyEvent): string | undefined {
  const pem: unknown = event.requestContext.identity.clientCert?.clientCertPem;
  return typeof pem === 'string' ? certificateThumbprint(pem) : undefined;
}
