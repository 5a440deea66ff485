import { describe, expect, it } from 'vitest';
import { INTROSPECT, errorOf, makeBench, makeKey, makeToken, refusalOf } from './fixture.ts';

const key = makeKey();
const token = makeToken(key);
const JTI = 'tok_01J9ZK3N8Q4T6V8X0Z2B4D6F8H';

const asking = (answer: (init: RequestInit | undefined) => Response | Promise<Response>) => {
  const authenticate = () => ({
    form: { client_id: 'billing', client_assertion: 'signed' },
    headers: { 'x-test': '1' },
  });
  const bench = makeBench(key, { revocation: { introspection: { authenticate } } });
  bench.server.answers.set(INTROSPECT, answer);
  return bench;
};

it('asks with the server’s own credentials, in a form, for each use', async () => {
  const seen: RequestInit[] = [];
  const { verifier, server } = asking((init) => {
    if (init) seen.push(init);
    return Response.json({ active: true, jti: JTI });
  });
  expect((await verifier.verify(token)).revocation).toBe('active');
  expect(await refusalOf(verifier, token)).toBe('accepted');
  expect(server.calls).toHaveLength(2);
  const [{ method, body, headers, redirect } = {}] = seen;
  expect({ method, headers, redirect }).toEqual({
    method: 'POST',
    redirect: 'error',
    headers: { 'x-test': '1', 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
  });
  expect(Object.fromEntries(new URLSearchParams(body as string))).toEqual({
    client_id: 'billing',
    client_assertion: 'signed',
    token,
    token_type_hint: 'access_token',
  });
});

it('a token that ended is refused at once', async () => {
  let active = true;
  const { verifier } = asking(() => Response.json({ active }));
  expect(await refusalOf(verifier, token)).toBe('accepted');
  active = false;
  expect(await errorOf(verifier, token)).toMatchObject({ code: 'token_revoked', error: 'invalid_token' });
});

it('nothing is asked of a token that is not genuine', async () => {
  const { verifier, server } = asking(() => Response.json({ active: true }));
  expect(await refusalOf(verifier, makeToken(makeKey()))).toBe('signature_invalid');
  expect(await refusalOf(verifier, `${token}x`)).not.toBe('accepted');
  expect(server.calls).toEqual([]);
});

describe('an answer that is not clear', () => {
  const answers: [string, () => Response | Promise<Response>][] = [
    ['an outage', () => Promise.reject(new TypeError('fetch failed'))],
    ['wrong credentials', () => Response.json({ error: 'invalid_client' }, { status: 401 })],
    ['an error that says active', () => Response.json({ active: true }, { status: 500 })],
    ['a web page', () => new Response('<html>')],
    ['a list', () => Response.json([{ active: true }])],
    ['no `active`', () => Response.json({})],
    ['`active` as text', () => Response.json({ active: 'true' })],
    ['`active` twice', () => new Response('{"active":false,"active":true}')],
    ['another token', () => Response.json({ active: true, jti: 'tok_other' })],
    ['more than 64 kB', () => Response.json({ active: true, filler: 'x'.repeat(65_536) })],
  ];
  it.each(answers)('(%s) is no permission', async (_name, answer) => {
    const error = await errorOf(asking(answer).verifier, token);
    expect(error).toMatchObject({ code: 'revocation_unknown', status: 503, wwwAuthenticate: undefined });
  });

  it('nor are credentials that can’t be made', async () => {
    const authenticate = () => Promise.reject(new Error(`secret ${token}`));
    const { verifier } = makeBench(key, { revocation: { introspection: { authenticate } } });
    expect(await refusalOf(verifier, token)).toBe('revocation_unknown');
  });
});
