/** What the gateway and the functions' edge answer to requests that are wrong as HTTP or as JSON. */
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemSchema } from '../../contract/schemas.ts';
import type { GrantView } from '../../contract/schemas.ts';
import { ORDERS_OF_C42, problemCode, signedIn, startSystem } from './harness.ts';
import type { Caller } from './harness.ts';

let system: Awaited<ReturnType<typeof startSystem>>;
let alice: Caller;
beforeAll(async () => {
  system = await startSystem();
  alice = await signedIn(system, 'alice');
});
afterAll(() => system.stop());

const text = JSON.stringify(ORDERS_OF_C42);
const withMember = (member: string): string => `${text.slice(0, -1)},${member}}`;

describe('a request for a grant', () => {
  it.each<[what: string, body: string, expected: string, headers?: Record<string, string>]>([
    ['nothing', '', '400 invalid_request'],
    ['no JSON', '{', '400 invalid_request'],
    ['no object', '[]', '400 invalid_request'],
    ['a member twice', withMember('"entitlement":"orders-read"'), '400 invalid_request'],
    ['__proto__', withMember('"__proto__":{"admin":true}'), '400 invalid_request'],
    ['an unknown member', withMember('"admin":true'), '400 invalid_request'],
    ['17 levels', withMember(`"a":${'['.repeat(17)}${']'.repeat(17)}`), '400 invalid_request'],
    ['33 kB', withMember(`"a":"${'x'.repeat(33_000)}"`), '413 payload_too_large'],
    ['11 MB', withMember(`"a":"${'x'.repeat(11_000_000)}"`), '413 payload_too_large'],
    ['another type', text, '415 unsupported_media_type', { 'content-type': 'text/plain' }],
  ])('with %s is refused, and makes no grant', async (_what, body, expected, headers = {}) => {
    const before = await alice.get<{ items: GrantView[] }>('/v1/grants?limit=100');
    const answer = await alice.post('/v1/grants', body, headers);
    expect(problemCode(answer)).toBe(expected);
    expect(problemSchema.safeParse(answer.body).success).toBe(true);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    const after = await alice.get<{ items: GrantView[] }>('/v1/grants?limit=100');
    expect(after.text).toBe(before.text);
  });
});

describe('a path', () => {
  it.each(['/', '/v2/grants', '/v1/grants/', '/v1/me/x', '/live/v1/health', '/V1/health'])(
    '%s is not there',
    async (path) => {
      const answer = await alice.get(path);
      expect(problemCode(answer)).toBe('404 not_found');
      expect(problemSchema.safeParse(answer.body).success).toBe(true);
    },
  );
});

describe('the Host header', () => {
  it('must be the API’s own, so that no web page can pretend to be of it', async () => {
    const { hostname, port } = new URL(system.api);
    const status = await new Promise<number | undefined>((resolve, reject) => {
      httpRequest({ hostname, port, path: '/v1/health', headers: { host: 'attacker.example' } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(403);
  });
});
