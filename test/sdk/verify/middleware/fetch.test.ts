import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { honoWrit, protect } from '../../../../sdk/verify/index.ts';
import type { VerifiedToken } from '../../../../sdk/verify/index.ts';
import { AUDIENCE, makeBench, makeKey, makeProof, makeToken } from '../fixture.ts';

const key = makeKey();
const holder = makeKey();
const token = makeToken(key);
const bound = makeToken(key, { cnf: { jkt: holder.kid } });
const { verifier } = makeBench(key);

const app = new Hono<{ Variables: { writ: VerifiedToken } }>();
app.use('/reports', honoWrit(verifier, { scopes: ['reports:read'] }));
app.get('/reports', (context) => context.text(context.get('writ').subject));
app.use(
  '/customers/:id',
  honoWrit(verifier, (context) => ({
    details: [
      {
        type: 'billing_report',
        identifier: new URL(context.req.raw.url).pathname.slice('/customers/'.length),
        actions: ['read'],
      },
    ],
  })),
);
app.get('/customers/:id', (context) => context.text(context.get('writ').clientId));

const protectedHandler = protect(
  verifier,
  { scopes: ['reports:read'] },
  (_request, { subject }, suffix: string) => new Response(subject + suffix),
);

const handlers: [string, (request: Request) => Response | Promise<Response>][] = [
  ['protect', (request) => protectedHandler(request, '')],
  ['Hono', (request) => app.fetch(request)],
];
const ask = (headers: Record<string, string> = {}, path = '/reports') => new Request(AUDIENCE + path, { headers });

describe.each(handlers)('%s', (_name, handle) => {
  it('lets a good request through, with its token', async () => {
    const answer = await handle(ask({ authorization: `Bearer ${token}` }));
    expect([answer.status, await answer.text()]).toEqual([200, 'admin:local-admin:alice']);
  });

  it('lets a proof through once', async () => {
    const headers = { authorization: `DPoP ${bound}`, dpop: makeProof(holder, bound) };
    expect((await handle(ask(headers))).status).toBe(200);
    const again = await handle(ask(headers));
    expect(again.status).toBe(401);
    expect(again.headers.get('www-authenticate')).toMatch(/^DPoP error="invalid_dpop_proof"/u);
  });

  it('answers a refused one as OAuth says', async () => {
    const answer = await handle(ask({ authorization: `Bearer ${makeToken(makeKey())}` }));
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer error="invalid_token"/u);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(await answer.json()).toEqual({
      error: 'invalid_token',
      error_description: 'no key of the issuer verifies the token’s signature',
    });
  });

  it('says of one without credentials nothing but how', async () => {
    const answer = await handle(ask());
    expect([answer.status, await answer.json()]).toEqual([401, {}]);
    expect(answer.headers.get('www-authenticate')).toMatch(/^DPoP algs=".*", Bearer$/u);
  });

  it('answers 403 for too little', async () => {
    const answer = await handle(ask({ authorization: `Bearer ${makeToken(key, { scope: 'reports:export' })}` }));
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ error: 'insufficient_scope' });
  });
});

it('what is asked for may depend on the request', async () => {
  const headers = { authorization: `Bearer ${token}` };
  expect((await app.fetch(ask(headers, '/customers/C-42'))).status).toBe(200);
  expect((await app.fetch(ask(headers, '/customers/C-43'))).status).toBe(403);
});

it('a defect is no permission, and no refusal either', async () => {
  const broken = protect(
    verifier,
    () => {
      throw new TypeError('defect');
    },
    () => new Response('done'),
  );
  await expect(broken(ask({ authorization: `Bearer ${token}` }))).rejects.toThrow('defect');
});
