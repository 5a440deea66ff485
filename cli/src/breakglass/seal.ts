import { createHash } from 'node:crypto';
import type { SealedCredential, SealedRequest } from '../../../contract/sealed.ts';
import { SEALED_SCHEME, sealedCredential, sealedMessage } from '../../../contract/sealed.ts';
import type { OutgoingRequest } from '../../../sdk/client.ts';
import type { Host } from '../host.ts';
import type { KeySignature } from './key.ts';

export interface Sealing {
  /** The deployment that was configured: the audience of every signature, whatever the server says of itself. */
  readonly api: string;
  readonly keyId: string;
  readonly sign: (message: string) => Promise<KeySignature>;
  /** By the server's clock. */
  readonly now: () => number;
  readonly randomBytes: Host['randomBytes'];
}

type Said = Pick<SealedRequest, 'method' | 'path' | 'idempotencyKey'> & { readonly body: string };

/** A signature of one request, to be used once. */
export async function seal(
  { api, keyId, sign, now, randomBytes }: Sealing,
  { body, ...said }: Said,
): Promise<SealedCredential> {
  const nonce = randomBytes(16).toString('base64url');
  const at = now();
  const bodySha256 = createHash('sha256').update(body).digest('hex');
  const signed = await sign(sealedMessage({ ...said, bodySha256, audience: api, key: keyId, at, nonce }));
  return sealedCredential.parse({ key: keyId, at, nonce, ...signed });
}

/** The `Authorization` of a request that is signed instead of carrying a token. */
export async function sealedAuthorization(sealing: Sealing, request: OutgoingRequest): Promise<string> {
  const url = new URL(request.url);
  url.searchParams.sort();
  const credential = await seal(sealing, {
    method: request.method,
    path: `${url.pathname}${url.search}`,
    body: request.body ?? '',
    idempotencyKey: request.idempotencyKey ?? '',
  });
  return `${SEALED_SCHEME} ${Buffer.from(JSON.stringify(credential)).toString('base64url')}`;
}
