import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { authorizationServerMetadata } from '../../contract/metadata.ts';
import type { ConfigurationView } from '../../contract/schemas.ts';
import { madeOnce } from '../once.ts';
import type { Answers } from '../sdk/fake-api.ts';
import { startFakeApi } from '../sdk/fake-api.ts';
import { BUNDLE, sampleJwks, sampleMe } from '../sdk/samples.ts';

/** Opaque on purpose: the command line must not need to read tokens. */
export const ACCESS_TOKEN = 'access-token-secret-0123456789';

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built command line as a child process, with a home of its own, against a fake API and a fake local issuer. */
export async function startCli(answers: Answers = {}) {
  const home = await mkdtemp(join(tmpdir(), 'writ-cli-'));
  const built = await madeOnce('cli', (directory) =>
    promisify(execFile)(process.execPath, ['tools/build-cli.mjs', join(directory, 'writ.mjs')]),
  );
  const bundle = join(built, 'writ.mjs');
  const issuer = await startFakeIssuer();
  const api = await startFakeApi(answers);
  api.answers.getConfiguration ??= () => ({ status: 200, body: configurationOf(api.url, issuer.url) });
  api.answers.getHealth ??= () => ({ status: 200, body: { status: 'ok' } });
  api.answers.getAuthorizationServer ??= () => ({
    status: 200,
    body: authorizationServerMetadata(api.url, { scopes: [], details: [] }),
  });
  api.answers.getJwks ??= () => ({ status: 200, body: sampleJwks() });
  api.answers.getMe ??= () => ({
    status: 200,
    body: sampleMe({
      ...{ id: 'admin|alice', issuer: issuer.url, subject: 'alice', person: 'alice' },
      groups: ['engineers'],
      authentication: { mfa: false, methods: ['pwd'] },
    }),
  });

  const env = (more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    WRIT_CONFIG_HOME: join(home, 'config'),
    WRIT_KEYCHAIN: 'off',
    WRIT_API: api.url,
    ...more,
  });
  const spawnWrit = (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
    spawn(process.execPath, [bundle, ...args], { env: env(more), stdio: ['ignore', 'pipe', 'pipe'] });

  return {
    home,
    bundle,
    api,
    issuer,
    env,
    spawnWrit,
    writ: (args: readonly string[], more?: Readonly<Record<string, string>>): Promise<Ran> =>
      ranOf(spawnWrit(args, more)),
    stop: async () => {
      await api.stop();
      await issuer.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}
export type CliUnderTest = Awaited<ReturnType<typeof startCli>>;

export const configurationOf = (apiUrl: string, issuerUrl: string): ConfigurationView => ({
  publicUrl: apiUrl,
  issuers: [
    { domain: 'admin', issuer: issuerUrl, audience: 'writ', clientId: 'writ-cli' },
    { domain: 'partner', issuer: 'https://partner.example.com', audience: 'writ' },
  ],
  awsEndpointUrl: 'http://127.0.0.1:1',
  bundleSha256: BUNDLE,
});

export function ranOf(child: ReturnType<typeof spawn>): Promise<Ran> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ code, stdout, stderr });
    });
  });
}

/** Hands out tokens as the local issuer does at `/dev/token`. */
async function startFakeIssuer() {
  const asked: string[] = [];
  let lifetime = 3_600;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://issuer');
    asked.push(url.pathname + url.search);
    const user = url.searchParams.get('user');
    const known = url.pathname === '/dev/token' && user === 'alice';
    response.writeHead(known ? 200 : 404, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify(
        known ? { access_token: ACCESS_TOKEN, expires_in: lifetime, domain: 'admin', issuer: base } : { error: 'no' },
      ),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: base,
    asked,
    setLifetime: (seconds: number) => {
      lifetime = seconds;
    },
    stop: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}
