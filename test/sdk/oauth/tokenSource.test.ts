import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifyDpopProof } from '../../../tokens/dpopProof.ts';
import { createTokenClient, createTokenSource, TokenError, WritConnectionError } from '../../../sdk/index.ts';
import type { IssuedToken, TokenSourceOptions } from '../../../sdk/index.ts';
import type { FakeApi } from '../fake-api.ts';
import { startFakeApi } from '../fake-api.ts';
import { fakeTokenEndpoint } from '../fake-token-endpoint.ts';
import { GRANT_ID } from '../samples.ts';

const REPORT = 'https://billing.example.com/reports/C-42?month=1';
let api: FakeApi;
let endpoint: ReturnType<typeof fakeTokenEndpoint>;
let now: number;
let obtained: number;

function sourceOf(more: Partial<TokenSourceOptions> = {}) {
  const client = createTokenClient({
    issuer: api.url,
    clientId: 'writ-cli',
    authentication: 'none',
    sleep: async () => undefined,
  });
  return createTokenSource({
    client,
    clock: () => now,
    obtain: (given) => {
      obtained += 1;
      return given.exchange({ grantId: GRANT_ID, subjectToken: 'subject' });
    },
    ...more,
  });
}

/** What resource servers were sent. */
function resource(answers: readonly Response[]) {
  const seen: { url: string; headers: Headers; init: RequestInit }[] = [];
  const rest = [...answers];
  const own: typeof fetch = async (input, init = {}) => {
    seen.push({ url: input as string, headers: new Headers(init.headers), init });
    return rest.shift() ?? new Response('ok');
  };
  return { seen, fetch: own };
}

const wantsNonce = (nonce: string) =>
  new Response(null, {
    status: 401,
    headers: { 'www-authenticate': 'DPoP error="use_dpop_nonce", algs="ES256"', 'dpop-nonce': nonce },
  });

beforeEach(async () => {
  api = await startFakeApi({});
  endpoint = fakeTokenEndpoint(api);
  now = Date.now();
  obtained = 0;
});
afterEach(async () => {
  await api.stop();
  expect(api.violations).toEqual([]);
});

describe('get', () => {
  it('asks once for all who ask at the same time, and not again while the token is good', async () => {
    const source = sourceOf();
    const all = await Promise.all(Array.from({ length: 8 }, () => source.get()));
    expect(new Set(all.map(({ accessToken }) => accessToken)).size).toBe(1);
    now += 240_000;
    await source.get();
    expect(obtained).toBe(1);
  });

  it('renews before the end by the same exchange', async () => {
    const source = sourceOf();
    const first = await source.get();
    now = first.expiresAt - 29_000;
    expect((await source.get()).accessToken).not.toBe(first.accessToken);
    expect(obtained).toBe(2);
  });

  it('renews a short one when a fifth of its time is left', async () => {
    endpoint.lifetimeSeconds = 60;
    const source = sourceOf();
    const { expiresAt } = await source.get();
    now = expiresAt - 15_000;
    await source.get();
    expect(obtained).toBe(1);
    now = expiresAt - 11_000;
    await source.get();
    expect(obtained).toBe(2);
  });

  it('renews by refresh token, and from the start when that works no more', async () => {
    endpoint.refresh = true;
    const source = sourceOf();
    now = (await source.get()).expiresAt;
    now = (await source.get()).expiresAt;
    expect([obtained, endpoint.forms[1]?.['refresh_token']]).toEqual([1, 'refresh-1']);
    endpoint.spent.add('refresh-2');
    await source.get();
    expect(obtained).toBe(2);
  });

  it('never sends a refresh token again whose answer got lost', async () => {
    endpoint.refresh = true;
    const source = sourceOf();
    now = (await source.get()).expiresAt - 1_000;
    endpoint.refusals.push(
      ...Array.from({ length: 4 }, () => ({ status: 503, body: { error: 'temporarily_unavailable' } })),
    );
    await source.get();
    await source.get();
    const sent = endpoint.forms.map((form) => form['refresh_token']).filter((one) => one !== undefined);
    expect(new Set(sent).size).toBe(sent.length);
  });

  it('gives a token that is still good when nobody answers, and says so when it is over', async () => {
    let silent = false;
    const source = sourceOf({
      obtain: async (client) => {
        if (silent) throw new WritConnectionError(api.url, new Error('gone'));
        return client.exchange({ grantId: GRANT_ID, subjectToken: 'subject' });
      },
    });
    const first = await source.get();
    silent = true;
    now = first.expiresAt - 1_000;
    expect((await source.get()).accessToken).toBe(first.accessToken);
    now = first.expiresAt;
    await expect(source.get()).rejects.toBeInstanceOf(WritConnectionError);
    silent = false;
    expect((await source.get()).accessToken).not.toBe(first.accessToken);
  });

  it('does not hide a refusal behind a token that is still good', async () => {
    const source = sourceOf();
    const first = await source.get();
    now = first.expiresAt - 1_000;
    endpoint.refusals.push({ status: 400, body: { error: 'invalid_grant', error_description: 'the grant is over' } });
    await expect(source.get()).rejects.toMatchObject({ code: 'invalid_grant' });
    await expect(source.get()).resolves.toBeDefined();
  });

  it('gets another one after it was told to forget', async () => {
    const source = sourceOf();
    await source.get();
    source.forget();
    await source.get();
    expect(obtained).toBe(2);
  });
});

describe('fetch', () => {
  it('presents the token with a proof for this very request', async () => {
    const { seen, fetch } = resource([]);
    const source = sourceOf({ fetch });
    const { accessToken } = await source.get();
    const response = await source.fetch(REPORT, { method: 'post', headers: { accept: 'text/csv' }, body: 'x' });
    expect(await response.text()).toBe('ok');
    const [sent] = seen;
    expect(sent?.url).toBe(REPORT);
    expect(sent?.headers.get('authorization')).toBe(`DPoP ${accessToken}`);
    expect(sent?.headers.get('accept')).toBe('text/csv');
    expect(sent?.init).toMatchObject({ method: 'post', body: 'x', redirect: 'manual' });
    const proof = verifyDpopProof(sent?.headers.get('dpop') ?? '', { method: 'POST', url: REPORT, now, accessToken });
    expect(proof.claims).toMatchObject({ htu: 'https://billing.example.com/reports/C-42' });
  });

  it('goes once more with the nonce that the server asks for, and remembers it for the next', async () => {
    const { seen, fetch } = resource([wantsNonce('r1')]);
    const source = sourceOf({ fetch });
    expect((await source.fetch(REPORT)).status).toBe(200);
    await source.fetch(REPORT);
    const noncesSent = seen.map(({ headers }) => {
      const payload = headers.get('dpop')?.split('.')[1] ?? '';
      return (JSON.parse(Buffer.from(payload, 'base64url').toString()) as { nonce?: string }).nonce;
    });
    expect(noncesSent).toEqual([undefined, 'r1', 'r1']);
  });

  it('goes twice at most', async () => {
    const { seen, fetch } = resource([wantsNonce('r1'), wantsNonce('r2'), wantsNonce('r3')]);
    expect((await sourceOf({ fetch }).fetch(REPORT)).status).toBe(401);
    expect(seen).toHaveLength(2);
  });

  it('does not repeat a body that is gone, nor after another refusal', async () => {
    const streamed = resource([wantsNonce('r1')]);
    const body = new Blob(['x']).stream();
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit;
    expect((await sourceOf({ fetch: streamed.fetch }).fetch(REPORT, init)).status).toBe(401);
    const refused = resource([
      new Response(null, {
        status: 401,
        headers: { 'www-authenticate': 'DPoP error="invalid_token"', 'dpop-nonce': 'x' },
      }),
    ]);
    expect((await sourceOf({ fetch: refused.fetch }).fetch(REPORT)).status).toBe(401);
    expect([streamed.seen.length, refused.seen.length]).toEqual([1, 1]);
  });

  it('presents a bearer token as such, without a proof', async () => {
    const { seen, fetch } = resource([]);
    const bearer: IssuedToken = {
      accessToken: 'bearer-token',
      tokenType: 'Bearer',
      expiresAt: now + 60_000,
      scopes: [],
      authorizationDetails: [],
    };
    await sourceOf({ fetch, obtain: async () => bearer }).fetch(REPORT);
    expect(seen[0]?.headers.get('authorization')).toBe('Bearer bearer-token');
    expect(seen[0]?.headers.has('dpop')).toBe(false);
  });

  it.each([['http://billing.example.com/'], ['ftp://billing.example.com/'], ['/reports']])(
    'sends nothing to %s',
    async (url) => {
      const { seen, fetch } = resource([]);
      await expect(sourceOf({ fetch }).fetch(url)).rejects.toThrow(TypeError);
      expect([seen.length, obtained]).toEqual([0, 0]);
    },
  );

  it('sends to this machine without TLS, and takes no headers that are its own', async () => {
    const { fetch } = resource([]);
    const source = sourceOf({ fetch });
    expect((await source.fetch('http://127.0.0.1:9/')).status).toBe(200);
    await expect(source.fetch(REPORT, { headers: { Authorization: 'Bearer x' } })).rejects.toThrow(
      'set by the token source',
    );
  });

  it('says what the authorization server said', async () => {
    endpoint.refusals.push({ status: 400, body: { error: 'invalid_grant' } });
    const { fetch } = resource([]);
    await expect(sourceOf({ fetch }).fetch(REPORT)).rejects.toBeInstanceOf(TokenError);
  });
});
