/**
 * The authorization service, as a process on loopback, where Envoy's sidecar asks it:
 *
 *     WRIT_ISSUER=https://writ.example.com AUDIENCE=https://billing.example.com npx tsx examples/envoy/main.ts
 */
import { createServer } from 'node:http';
import { createVerifier, memoryReplay } from '../../sdk/verify/index.ts';
import { authorize } from './authorize.ts';
import type { Route } from './authorize.ts';

const ROUTES: readonly Route[] = [
  { method: 'GET', path: /^\/reports\/[^/]+$/u, needs: { scopes: ['reports:read'] } },
  { method: 'POST', path: /^\/reports\/[^/]+\/exports$/u, needs: { scopes: ['reports:export'] } },
];

const { WRIT_ISSUER: issuer = '', AUDIENCE: audience = '', PUBLIC_URL: publicUrl, PORT = '9002' } = process.env;

const verifier = createVerifier({
  issuer,
  audience,
  ...(publicUrl !== undefined && { publicUrl }),
  revocation: { snapshot: {} },
  replay: memoryReplay(),
});

const server = createServer((request, response) => {
  void authorize(verifier, ROUTES, request).then(({ status, headers, body }) => {
    response.writeHead(status, headers).end(body);
  });
});
server.listen(Number(PORT), '127.0.0.1', () => {
  process.stderr.write(`authorization service at http://127.0.0.1:${PORT}\n`);
});
