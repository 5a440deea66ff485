import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createHttpCall, HttpCallError } from '../../../adapters/notify/httpCall.ts';
import { isPrivateAddress } from '../../../adapters/notify/privateAddress.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const open = createHttpCall({ allowPrivate: true });
const closed = createHttpCall({ allowPrivate: false });
const reasonOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'answered',
    (error: unknown) => (error instanceof HttpCallError ? error.reason : error),
  );

describe('a call outside', () => {
  it('sends the body and brings the answer', async () => {
    const url = await serve((request, response) => {
      request.setEncoding('utf8').on('data', (body: string) => {
        response.writeHead(202).end([request.method, request.headers['x-a'], body].join(' '));
      });
    });
    const call = { method: 'POST', url, headers: { 'x-a': 'b' }, body: 'hej', timeoutMs: 5_000 } as const;
    expect(await open(call)).toEqual({ status: 202, body: 'POST b hej' });
  });

  it('follows no redirect', async () => {
    const paths: (string | undefined)[] = [];
    const url = await serve((request, response) => {
      paths.push(request.url);
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    expect((await open({ method: 'POST', url: `${url}/a`, body: '', timeoutMs: 5_000 })).status).toBe(302);
    expect(paths).toEqual(['/a']);
  });

  it('ends when it takes too long, before or within the answer', async () => {
    const silent = await serve(() => undefined);
    const slow = await serve((_, response) => {
      response.writeHead(200).write('a');
    });
    expect(await reasonOf(open({ method: 'GET', url: silent, timeoutMs: 100 }))).toBe('timeout');
    expect(await reasonOf(open({ method: 'GET', url: slow, timeoutMs: 100 }))).toBe('timeout');
  });

  it('takes and sends no more than so much', async () => {
    const url = await serve((_, response) => response.end('x'.repeat(70_000)));
    expect(await reasonOf(open({ method: 'GET', url, timeoutMs: 5_000 }))).toBe('too_large');
    const body = 'x'.repeat(300_000);
    expect(await reasonOf(open({ method: 'POST', url, body, timeoutMs: 5_000 }))).toBe('too_large');
  });

  it.each([
    ['http://example.com/', 'bad_url'],
    ['ftp://example.com/', 'bad_url'],
    ['https://user:word@example.com/', 'bad_url'],
    ['not a url', 'bad_url'],
    ['https://127.0.0.1/', 'private_address'],
    ['https://2130706433/', 'private_address'],
    ['https://0x7f.1/', 'private_address'],
    ['https://169.254.169.254/latest/meta-data/', 'private_address'],
    ['https://[::1]/', 'private_address'],
    ['https://[::ffff:10.0.0.1]/', 'private_address'],
    ['https://[fd00::1]/', 'private_address'],
    ['https://localhost/', 'private_address'],
  ])('does not go to %s', async (url, reason) => {
    expect(await reasonOf(closed({ method: 'GET', url, timeoutMs: 5_000 }))).toBe(reason);
  });

  it('names no URL when it fails', async () => {
    const url = 'http://127.0.0.1:1/secret-path';
    const failure: unknown = await open({ method: 'GET', url, timeoutMs: 5_000 }).catch((error: unknown) => error);
    expect(String(failure)).toBe('HttpCallError: the call failed: unreachable');
  });
});

it.each([
  ['8.8.8.8', false],
  ['172.15.0.1', false],
  ['172.16.0.1', true],
  ['100.64.0.1', true],
  ['192.168.1.1', true],
  ['255.255.255.255', true],
  ['2606:4700::1111', false],
  ['2001:db8::1', true],
  ['64:ff9b::a00:1', true],
  ['fe80::1', true],
  ['ff02::1', true],
  ['example.com', true],
])('%s is private: %s', (address, expected) => {
  expect(isPrivateAddress(address)).toBe(expected);
});
