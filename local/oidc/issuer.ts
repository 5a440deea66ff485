import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Provider } from 'oidc-provider';
import { memoryStore } from '../aws/store.ts';
import { openOutbox } from '../outbox.ts';
import type { Outbox } from '../outbox.ts';
import { tokenLifetime } from './claims.ts';
import { makeDevTokens } from './devTokens.ts';
import { pathOf, queryOf, sendJson } from './http.ts';
import { createHooks } from './hooks.ts';
import { handleInteraction } from './interaction.ts';
import { pageHeaders } from './pages.ts';
import { ACCOUNTS, ISSUER_DOMAINS, findAccount } from './people.ts';
import type { IssuerDomain } from './people.ts';
import { cookieNames, createProvider } from './provider.ts';
import { loadState } from './state.ts';
import type { IssuerState } from './state.ts';
import { openStorage } from './storage.ts';
import { unhooked } from './unhooked.ts';

const HOST = '127.0.0.1';

export interface OidcIssuerOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** Where keys and sign-ins are kept; made when absent. */
  readonly directory: string;
  /** Epoch milliseconds. @default Date.now */
  readonly clock?: () => number;
  /** How many times faster than real time `clock` runs. @default 1 */
  readonly clockRate?: number;
  /** What `GET /dev/outbox` lists, and local hooks add to. @default one that forgets */
  readonly outbox?: Outbox;
  /** Told of a failure of the provider itself. @default writes to stderr */
  readonly onError?: (error: unknown) => void;
}

export interface OidcIssuer {
  /** Resolves when requests are answered; rejects with one clear line when the port is busy. */
  listen(): Promise<void>;
  close(): Promise<void>;
  /** Issuer URLs by identity domain, known once `listen` has resolved. */
  readonly issuers: Readonly<Record<IssuerDomain, string>>;
}

/**
 * The local OIDC provider: four issuers with ready accounts on one loopback port. It has no passwords and hands out
 * tokens for the asking, so it must never be reachable from outside, or trusted by a deployment on AWS.
 *
 * @throws Error when its state can't be read or written
 */
export function createOidcIssuer(options: OidcIssuerOptions): OidcIssuer {
  const { port, directory } = options;
  const state = loadState(directory);
  let issuers: Record<IssuerDomain, string> | undefined;
  const server = createServer();

  return {
    get issuers() {
      if (!issuers) throw new Error('the local issuer is not listening yet');
      return issuers;
    },
    listen: () =>
      new Promise((resolve, reject) => {
        server.once('error', (error: NodeJS.ErrnoException) => {
          const busy = error.code === 'EADDRINUSE';
          const message = busy ? `port ${port} is in use (the local OIDC issuer needs it)` : error.message;
          reject(new Error(message, { cause: error }));
        });
        server.listen(port, HOST, () => {
          const { port: actual } = server.address() as AddressInfo;
          const root = `http://${HOST}:${actual}`;
          const urls = issuerUrls(root);
          const handle = createHandler(root, urls, state, options);
          server.on('request', (request, response) => void handle(request, response));
          issuers = urls;
          resolve();
        });
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

export function issuerUrls(root: string): Record<IssuerDomain, string> {
  return { admin: root, support: `${root}/support`, customer: `${root}/customer`, workload: `${root}/workload` };
}

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

function createHandler(
  root: string,
  urls: Readonly<Record<IssuerDomain, string>>,
  state: IssuerState,
  options: OidcIssuerOptions,
): Handler {
  const clock = options.clock ?? Date.now;
  const lifetime = tokenLifetime(options.clockRate ?? 1);
  const onError = options.onError ?? ((error) => process.stderr.write(`local OIDC issuer: ${String(error)}\n`));
  const host = new URL(root).host;
  // Another name that resolves to loopback would make a web page elsewhere same-origin with us (DNS rebinding).
  const allowedHosts = new Set([host, host.replace(HOST, 'localhost')]);
  const hooks = createHooks(options.outbox ?? openOutbox(memoryStore(), clock));
  const storage = openStorage(join(options.directory, 'sign-ins.json'));
  const providers = new Map<IssuerDomain, Provider>();
  for (const domain of ISSUER_DOMAINS) {
    const { cookieSecret, keys } = state;
    const adapter = storage.adapterFor(domain);
    const about = { domain, issuer: urls[domain], key: keys[domain], clock, lifetime };
    const provider = createProvider({ ...about, cookieSecret, adapter });
    provider.on('server_error', (_context, error) => {
      onError(error);
    });
    providers.set(domain, provider);
  }

  const sendTokens: Handler = async (request, response) => {
    const query = queryOf(request);
    const account = findAccount(query.get('user') ?? '');
    if (!account) {
      const users = ACCOUNTS.map(({ name }) => name);
      sendJson(response, 404, { error: 'unknown_user', detail: 'name one of the users', users });
      return;
    }
    const { domain } = account;
    const mfa = query.get('mfa') === 'true';
    const about = { issuer: urls[domain], key: state.keys[domain], mfa, now: clock(), lifetime };
    sendJson(response, 200, await makeDevTokens(account, about));
  };

  const serveIssuer: Handler = async (request, response) => {
    const { domain, path } = routeOf(pathOf(request));
    const provider = providers.get(domain);
    if (!provider) throw new Error(`no provider for ${domain}`);
    if (path.startsWith('/interaction/')) {
      await handleInteraction(request, response, { provider, domain, clock });
      return;
    }
    if (path.startsWith('/auth') || (path === '/device' && request.method === 'GET')) forgetSession(request, domain);
    // The provider finds its mount path by comparing the two, as in Express.
    const originalUrl = request.url ?? '/';
    Object.assign(request, { originalUrl, url: path + originalUrl.slice(pathOf(request).length) });
    await unhooked(() => provider.callback()(request, response));
  };

  const dispatch: Handler = async (request, response) => {
    for (const [name, value] of Object.entries(pageHeaders())) response.setHeader(name, value);
    // After a restart nobody is left with a dead connection in a pool.
    response.setHeader('connection', 'close');
    if (!allowedHosts.has(request.headers.host ?? '')) {
      sendJson(response, 421, { error: 'misdirected_request', detail: `the Host header must be ${host}` });
      return;
    }
    request.headers.host = host;
    const path = pathOf(request);
    if (await hooks(path, request, response)) return;
    if (path.startsWith('/dev/') && request.method !== 'GET') {
      sendJson(response, 405, { error: 'method_not_allowed', detail: 'only GET is understood here' });
    } else if (path === '/dev/token') await sendTokens(request, response);
    else await serveIssuer(request, response);
  };

  return async (request, response) => {
    try {
      await dispatch(request, response);
    } catch (error) {
      onError(error);
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, { error: 'server_error', detail: 'the local issuer failed' });
    }
  };
}

/** The issuer that a path belongs to, and the path within it. The admins' issuer is the root. */
function routeOf(path: string): { domain: IssuerDomain; path: string } {
  for (const domain of ISSUER_DOMAINS) {
    if (domain !== 'admin' && path.startsWith(`/${domain}/`)) return { domain, path: path.slice(domain.length + 1) };
  }
  return { domain: 'admin', path };
}

/**
 * Lets every sign-in begin without the browser's last one, so that the page with the accounts is always shown: being
 * several people in one browser is what it is for.
 */
function forgetSession(request: IncomingMessage, domain: IssuerDomain): void {
  const { session } = cookieNames(domain);
  const cookies = request.headers.cookie?.split(/;\s*/u) ?? [];
  request.headers.cookie = cookies.filter((cookie) => !cookie.startsWith(session)).join('; ');
}
