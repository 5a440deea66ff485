import type { AddressInfo } from 'node:net';
import { createServer } from 'node:http';

const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Writ</title>
<p>You may close this window and go back to the terminal.</p></html>`;

export interface LoopbackReceiver {
  readonly redirectUri: string;
  /** The whole URL that the browser was sent to: the authorization response. */
  readonly response: Promise<URL>;
  readonly close: () => void;
}

/**
 * Receives the authorization response on a random port of this machine (RFC 8252 section 7.3). Anything that does not
 * carry our `state` is turned away without ending the wait, so no other page can end or take over the sign-in.
 */
export async function receiveOnLoopback(state: string): Promise<LoopbackReceiver> {
  let resolve: (url: URL) => void;
  const response = new Promise<URL>((settle) => {
    resolve = settle;
  });
  const server = createServer((request, answer) => {
    const url = new URL(request.url ?? '/', redirectUri);
    const ours =
      request.method === 'GET' &&
      request.headers.host === url.host &&
      url.pathname === '/callback' &&
      url.searchParams.get('state') === state;
    answer.writeHead(ours ? 200 : 404, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'",
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      connection: 'close',
    });
    answer.end(ours ? PAGE : undefined);
    if (ours) resolve(url);
  });
  await new Promise<void>((listening, failing) => {
    server.once('error', failing);
    server.listen(0, '127.0.0.1', listening);
  });
  const redirectUri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`;
  return {
    redirectUri,
    response,
    close: () => {
      server.close();
      server.closeIdleConnections();
    },
  };
}
