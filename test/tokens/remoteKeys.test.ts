import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createRemoteKeys } from '../../tokens/remoteKeys.ts';
import type { RemoteKeys } from '../../tokens/remoteKeys.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const JWKS = 'https://idp.example.com/jwks';
const UNAVAILABLE = new Error('unavailable');

interface World extends RemoteKeys<readonly unknown[]> {
  answer: () => Response | Promise<Response>;
  readonly calls: (RequestInit | undefined)[];
  readonly failures: unknown[];
}

/** Keys that are fetched from `answer`, and are good for whatever is in the set. */
function world(answer: World['answer'] = () => Response.json({ keys: ['k1'] })): World {
  const calls: World['calls'] = [];
  const failures: World['failures'] = [];
  const made: World = {
    answer,
    calls,
    failures,
    ...createRemoteKeys<readonly unknown[]>({
      jwksUri: JWKS,
      transport: {
        timeoutMs: 30_000,
        fetch: async (_input, init) => {
          calls.push(init);
          return made.answer();
        },
      },
      read: (jwks) => jwks,
      unavailable: () => UNAVAILABLE,
      onFailure: (reason) => failures.push(reason),
    }),
  };
  return made;
}
const publish = (at: World, ...keys: unknown[]) => {
  at.answer = () => Response.json({ keys });
};
const down = () => Promise.reject(new TypeError('fetch failed'));
/** `current` throws at once where it knows at once. */
const current = async (at: World, now: number) => at.current(now);

describe('keys', () => {
  it('are fetched once for many at once, and then kept for five minutes', async () => {
    const at = world();
    const all = await Promise.all(Array.from({ length: 50 }, () => current(at, NOW)));
    expect(new Set(all).size).toBe(1);
    expect(at.current(NOW + 5 * MINUTE - 1)).toEqual(['k1']);
    expect(at.calls).toHaveLength(1);
    publish(at, 'k2');
    expect(await at.current(NOW + 5 * MINUTE)).toEqual(['k2']);
    expect(at.calls).toHaveLength(2);
  });

  it('that are the same as before are the same object', async () => {
    const at = world();
    const before = await at.current(NOW);
    expect(await at.current(NOW + HOUR)).toBe(before);
    expect(at.calls).toHaveLength(2);
  });

  it('that are new are fetched after a cool-down of 30 seconds, however often they are asked for', async () => {
    const at = world();
    await at.current(NOW);
    publish(at, 'k1', 'k2');
    expect(await at.renewed(NOW + 29_999)).toEqual(['k1']);
    expect(at.calls).toHaveLength(1);
    const all = await Promise.all(Array.from({ length: 20 }, () => at.renewed(NOW + 30_000)));
    expect(new Set(all.map(String))).toEqual(new Set(['k1,k2']));
    expect(await at.renewed(NOW + 59_999)).toEqual(['k1', 'k2']);
    expect(at.calls).toHaveLength(2);
  });
});

describe('an outage', () => {
  it('at the first fetch leaves nothing, and is tried again after five seconds', async () => {
    const at = world(down);
    await expect(current(at, NOW)).rejects.toBe(UNAVAILABLE);
    publish(at, 'k1');
    await expect(current(at, NOW + 4_999)).rejects.toBe(UNAVAILABLE);
    expect(at.calls).toHaveLength(1);
    expect(await at.current(NOW + 5_000)).toEqual(['k1']);
    expect(at.failures).toMatchObject([{ message: 'fetch failed' }]);
  });

  it('is bridged with the last good keys for a day, and no longer', async () => {
    const at = world();
    await at.current(NOW);
    at.answer = down;
    expect(await at.current(NOW + 24 * HOUR - 1)).toEqual(['k1']);
    await expect(current(at, NOW + 24 * HOUR)).rejects.toBe(UNAVAILABLE);
    publish(at, 'k1');
    expect(await at.current(NOW + 24 * HOUR + 5_000)).toEqual(['k1']);
  });

  it('leaves open whether a new key is good, also for who asks next', async () => {
    const at = world();
    await at.current(NOW);
    at.answer = down;
    await expect(at.renewed(NOW + 30_000)).rejects.toBe(UNAVAILABLE);
    await expect(at.renewed(NOW + 30_000)).rejects.toBe(UNAVAILABLE);
    expect(at.calls).toHaveLength(2);
    expect(at.current(NOW + 30_000)).toEqual(['k1']);
  });
});

describe('an answer that is no key set', () => {
  const answers: [string, string, () => Response][] = [
    ['a server error', 'has status 500', () => Response.json({ keys: ['k1'] }, { status: 500 })],
    ['a redirect', 'has status 302', () => new Response(null, { status: 302, headers: { location: JWKS } })],
    ['nothing', 'not a key set', () => new Response(null)],
    ['a web page', 'not a key set', () => new Response('<html>')],
    ['a bare list', 'not a key set', () => Response.json(['k1'])],
    ['keys that are no list', 'not a key set', () => Response.json({ keys: { 0: 'k1' } })],
    ['duplicate members', 'not a key set', () => new Response('{"keys":[],"keys":["k1"]}')],
    ['more than 100 keys', 'not a key set', () => Response.json({ keys: Array<string>(101).fill('k1') })],
    [
      'more than 256 kB',
      'larger than 262144 bytes',
      () => Response.json({ keys: ['k1'], filler: 'x'.repeat(256 * 1024) }),
    ],
  ];
  it.each(answers)('(%s) counts as an outage', async (_name, reason, answer) => {
    const at = world(answer);
    await expect(current(at, NOW)).rejects.toBe(UNAVAILABLE);
    expect(at.failures).toMatchObject([{ message: expect.stringContaining(reason) as string }]);
  });

  it('is one of at most 100 keys', async () => {
    expect(await world(() => Response.json({ keys: Array<string>(100).fill('k1') })).current(NOW)).toHaveLength(100);
  });
});

describe('over real HTTP', () => {
  const closers: (() => void)[] = [];
  afterEach(() => {
    for (const close of closers.splice(0)) close();
  });

  async function serve(handler: RequestListener): Promise<string> {
    const server = createServer(handler).listen(0, '127.0.0.1');
    closers.push(() => {
      server.closeAllConnections();
      server.close();
    });
    await new Promise((resolve) => server.once('listening', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  const keysAt = async (jwksUri: string, timeoutMs = 30_000): Promise<unknown> =>
    createRemoteKeys({
      jwksUri,
      transport: { fetch, timeoutMs },
      read: (jwks) => jwks,
      unavailable: () => UNAVAILABLE,
    }).current(NOW);
  const good: RequestListener = (_request, response) => response.end(JSON.stringify({ keys: ['k1'] }));

  it('keys are fetched', async () => {
    expect(await keysAt(await serve(good))).toEqual(['k1']);
  });

  it('a redirect is not followed', async () => {
    const location = await serve(good);
    const url = await serve((_request, response) => response.writeHead(302, { location }).end());
    await expect(keysAt(url)).rejects.toBe(UNAVAILABLE);
  });

  it('a server that never answers, or never ends, is given up', async () => {
    await expect(keysAt(await serve(() => undefined), 200)).rejects.toBe(UNAVAILABLE);
    const endless = await serve((_request, response) => response.write(JSON.stringify({ keys: ['k1'] })));
    await expect(keysAt(endless, 200)).rejects.toBe(UNAVAILABLE);
  });
});
