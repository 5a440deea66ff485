import type { AddressInfo } from 'node:net';
import { createServer } from 'node:http';
import type { Host } from './host.ts';

const PATIENCE_MS = 60_000;

/**
 * Opens a secret URL in the browser without writing it into a command line, where `ps` would show it to everybody on
 * the machine: the browser is sent to a page of ours that leads there, once.
 *
 * @returns false when no browser could be opened or none came; then the link must be given in another way
 */
export async function openSecretUrl(
  host: Pick<Host, 'openUrl' | 'randomBytes' | 'sleep'>,
  url: string,
): Promise<boolean> {
  const path = `/${host.randomBytes(24).toString('base64url')}`;
  let taken: () => void;
  const arrival = new Promise<true>((resolve) => {
    taken = () => {
      resolve(true);
    };
  });
  let left = 1;
  const server = createServer((request, response) => {
    const ours = request.method === 'GET' && request.url === path && request.headers.host === address && left > 0;
    if (ours) left -= 1;
    const headers = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', connection: 'close' };
    response.writeHead(ours ? 302 : 404, ours ? { ...headers, location: url } : headers);
    response.end(ours ? taken : undefined);
  });
  await new Promise<void>((listening, failing) => {
    server.once('error', failing);
    server.listen(0, '127.0.0.1', listening);
  });
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const waiting = new AbortController();
  try {
    if (!(await host.openUrl(`http://${address}${path}`))) return false;
    return (await Promise.race([arrival, host.sleep(PATIENCE_MS, waiting.signal)])) ?? false;
  } finally {
    waiting.abort();
    server.close();
    server.closeIdleConnections();
  }
}
