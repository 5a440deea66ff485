import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { checkHome, checkIssuers, checkPorts, freePorts, portsFrom, StartError } from '../../local/preflight.ts';

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'writ-preflight-'));
  cleanups.push(() => {
    rmSync(directory, { recursive: true });
  });
  return directory;
}

async function listening(server: ReturnType<typeof createServer>, port = 0): Promise<number> {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  cleanups.push(
    () =>
      new Promise((resolve) =>
        server.close(() => {
          resolve();
        }),
      ),
  );
  return (server.address() as AddressInfo).port;
}

const issuer = async (listener: RequestListener): Promise<{ issuer: string; jwksUri: string }> => {
  const url = `http://127.0.0.1:${await listening(createHttpServer(listener))}`;
  return { issuer: url, jwksUri: `${url}/jwks` };
};

describe('ports', () => {
  it('are three in a row', () => {
    expect(portsFrom(4600)).toEqual({ api: 4600, aws: 4601, issuer: 4602 });
  });

  it('pass where all are free', async () => {
    await expect(checkPorts(await freePorts(Math.random))).resolves.toBeUndefined();
  });

  it.each([
    ['api', 'the API'],
    ['aws', 'the local AWS'],
    ['issuer', 'the OIDC issuer'],
  ] as const)('are refused where one is busy: %s', async (which, words) => {
    const ports = await freePorts(Math.random);
    await listening(createServer(), ports[which]);
    const error = await checkPorts(ports).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StartError);
    expect((error as Error).message).toBe(
      `port ${ports[which]} is busy, and ${words} needs it. Stop what uses it, or choose others: WRIT_PORT=5600`,
    );
  });
});

describe('the state directory', () => {
  it('is made where it is missing, for its owner only', () => {
    const home = join(temporaryDirectory(), 'a', 'b');
    checkHome(home);
    expect(statSync(home).mode & 0o777).toBe(0o700);
  });

  it('is refused where it can’t be made', () => {
    const file = join(temporaryDirectory(), 'file');
    writeFileSync(file, '');
    const home = join(file, 'home');
    expect(() => {
      checkHome(home);
    }).toThrow(`the state directory \`${home}\` can't be written (ENOTDIR`);
    expect(() => {
      checkHome(file);
    }).toThrow(`the state directory \`${file}\` can't be written (it is a file)`);
  });

  it.runIf(process.platform === 'linux')(
    'is refused, and not tried for ever, where there are no new directories',
    () => {
      expect(() => {
        checkHome('/proc/writ');
      }).toThrow("the state directory `/proc/writ` can't be written (ENOENT");
    },
  );
});

describe('issuers', () => {
  it('pass where they show their keys', async () => {
    const alive = await issuer((_request, response) => response.end('{"keys":[]}'));
    await expect(checkIssuers([alive])).resolves.toBeUndefined();
  });

  it.each<[string, RequestListener, string]>([
    ['an error', (_request, response) => response.writeHead(500).end(), 'answers 500'],
    ['something else', (_request, response) => response.end('{}'), 'holds no keys'],
    ['no JSON', (_request, response) => response.end('<html>'), "can't be read"],
    ['a redirect', (_request, response) => response.writeHead(302, { location: '/' }).end(), "can't be read"],
  ])('are dead where they answer %s', async (_name, listener, why) => {
    const dead = await issuer(listener);
    const alive = await issuer((_request, response) => response.end('{"keys":[]}'));
    await expect(checkIssuers([alive, dead])).rejects.toThrow(
      new RegExp(`^the issuer ${dead.issuer} is dead: ${dead.jwksUri} ${why}`),
    );
  });

  it('are dead where nobody listens', async () => {
    const { issuer: port } = await freePorts(Math.random);
    const url = `http://127.0.0.1:${port}`;
    await expect(checkIssuers([{ issuer: url, jwksUri: `${url}/jwks` }])).rejects.toThrow(
      `the issuer ${url} is dead: ${url}/jwks can't be read (connect ECONNREFUSED 127.0.0.1:${port})`,
    );
  });
});
