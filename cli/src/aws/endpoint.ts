import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AwsCredentialsView } from '../../../contract/schemas.ts';
import { failureOf } from '../failure.ts';
import { EXIT } from '../exit.ts';

export interface CredentialEndpoint {
  readonly url: string;
  /** What a caller must send as `Authorization`. Secret. */
  readonly token: string;
  readonly close: () => void;
}

const PATH = '/credentials';

/**
 * The container credentials endpoint that all AWS SDKs know, on this machine and for one command: they come back when a
 * session is about to end, so a job may outlive a session, but not its grant, and not `writ sudo`.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 *
 * Its own token keeps other users of the machine out, the check of `Host` keeps web pages out (DNS rebinding).
 */
export async function serveCredentials(
  token: string,
  credentials: () => Promise<AwsCredentialsView>,
): Promise<CredentialEndpoint> {
  let host = '';
  const server = createServer((request, response) => {
    void answer(request, response);
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.headers.host !== host || request.method !== 'GET' || request.url !== PATH) {
      reply(response, 404, { code: 'NotFound', message: 'no such thing' });
      return;
    }
    if (!isSame(request.headers.authorization ?? '', token)) {
      reply(response, 401, { code: 'Unauthorized', message: 'for the command of this writ sudo only' });
      return;
    }
    try {
      const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = await credentials();
      reply(response, 200, { AccessKeyId, SecretAccessKey, Token: SessionToken, Expiration });
    } catch (error) {
      const { code, detail, exit } = failureOf(error);
      // SDKs repeat a 5xx and give up on a 4xx.
      reply(response, exit === EXIT.unavailable ? 503 : 403, { code, message: detail });
    }
  }

  await new Promise<void>((listening, failing) => {
    server.once('error', failing);
    server.listen(0, '127.0.0.1', listening);
  });
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `http://${host}${PATH}`,
    token,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
