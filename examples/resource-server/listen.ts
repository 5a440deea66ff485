import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';

type FetchHandler = (request: Request) => Response | Promise<Response>;

/** Serves a handler of the fetch standard by `node:http`, on loopback. Put TLS in front of it. */
export function listen(handler: FetchHandler, port: number): Promise<Server> {
  const server = createServer((incoming, outgoing) => {
    void answer(handler, incoming, outgoing).catch(() => {
      if (!outgoing.headersSent) outgoing.writeHead(500);
      outgoing.end();
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      resolve(server);
    });
  });
}

async function answer(handler: FetchHandler, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  // None of the routes takes a body.
  const response = await handler(
    // The host is a stand-in: the verifier takes only the path, and knows its own URL.
    new Request(`http://host.invalid${incoming.url?.startsWith('/') ? incoming.url : '/'}`, {
      method: incoming.method ?? 'GET',
      headers: headersOf(incoming),
    }),
  );
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.end(Buffer.from(await response.arrayBuffer()));
}

/** What came twice stays twice, joined by commas: two tokens must not become one. */
function headersOf({ headersDistinct }: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(headersDistinct)) {
    for (const value of values) headers.append(name, value);
  }
  return headers;
}
