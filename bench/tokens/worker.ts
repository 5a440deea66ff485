/**
 * Both authorization servers in one process, which is held to one core where the system can do so. Started by
 * `side-by-side.ts` alone.
 */
import { createServer } from 'node:http';
import type { Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OAUTH_PATHS } from '../../contract/metadata.ts';
import { createMemoryGrantStore } from '../../adapters/memory/memoryGrantStore.ts';
import { createMemoryKeyRing } from '../../adapters/memory/memoryKeyRing.ts';
import { createMemoryTokens } from '../../adapters/memory/memoryTokens.ts';
import { createMemoryState } from '../../adapters/memory/state.ts';
import type { PolicyEngine } from '../../core/ports.ts';
import { createPeer, OPAQUE_API } from './peer.ts';
import type { Server } from './requests.ts';
import type { Known } from './sample.ts';
import { API, benchBundle, grantOf, people } from './sample.ts';
import { createWrit, listenerOf, WRIT_ISSUER } from './writ.ts';

export interface Started {
  readonly writ: Server;
  /** Writ without its policies, which allow everything: the checks that oidc-provider has too, and the audit log. */
  readonly undecided: Server;
  readonly peer: Server;
}

async function listening(): Promise<{ http: HttpServer; port: number }> {
  const http = createServer({ keepAliveTimeout: 600_000 });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return { http, port: (http.address() as AddressInfo).port };
}

async function startWrit(known: Known, decides: boolean): Promise<Server> {
  const bundle = benchBundle(known);
  const state = createMemoryState();
  for (const person of people()) {
    const grant = grantOf(bundle, person, Date.now());
    state.grants.set(grant.id, grant);
  }
  const kept = createMemoryTokens(state);
  // Counted, but never too many: the bench asks faster than any holder may.
  const tokens = {
    ...kept,
    countRequest: async (key: string, now: number) => Math.min(1, await kept.countRequest(key, now)),
  };
  // As the other server's store: it gives what it has, without a copy.
  const store = { ...createMemoryGrantStore(state), get: async (id: string) => state.grants.get(id) };
  const yes: PolicyEngine = { bundle, decide: () => ({ allowed: true, policies: [], reasons: [] }) };
  const ring = createMemoryKeyRing(state);
  const { handler } = createWrit({ bundle, known, store, tokens, ring, ...(!decides && { engine: yes }) });
  const { http, port } = await listening();
  http.on('request', listenerOf(handler));
  return {
    issuer: WRIT_ISSUER,
    tokenEndpoint: `${WRIT_ISSUER}${OAUTH_PATHS.token}`,
    port,
    paths: { token: OAUTH_PATHS.token, introspect: OAUTH_PATHS.introspect },
    introspectedApi: API,
  };
}

async function startPeer(known: Known): Promise<Server> {
  const { http, port } = await listening();
  const issuer = `http://127.0.0.1:${port}`;
  const provider = await createPeer(issuer, known);
  const answer = provider.callback();
  http.on('request', (request, response) => void answer(request, response));
  return {
    issuer,
    tokenEndpoint: `${issuer}/token`,
    port,
    paths: { token: '/token', introspect: '/token/introspection' },
    introspectedApi: OPAQUE_API,
  };
}

process.on('message', (message: Known | 'processor') => {
  if (message === 'processor') {
    const { user, system } = process.cpuUsage();
    process.send?.((user + system) / 1000);
    return;
  }
  void Promise.all([startWrit(message, true), startWrit(message, false), startPeer(message)]).then(
    ([writ, undecided, peer]) => {
      process.send?.({ writ, undecided, peer } satisfies Started);
    },
  );
});
process.on('disconnect', () => process.exit(0));
