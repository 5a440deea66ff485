import { expect, it } from 'vitest';
import { makeBench, makeKey, makeToken } from '../adapters/oidc/fixture.ts';
import { createSystem } from './system.ts';

const key = makeKey('key-1');
const cnf = { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' };

async function getMe(scheme: string, token: string) {
  const system = createSystem();
  const { verifier } = makeBench(key);
  system.deps.verifier.verify = (text) => verifier.verify(text);
  return system.call('getMe', undefined, { headers: { authorization: [`${scheme} ${token}`] } });
}

it('takes a token that is not bound', async () => {
  expect((await getMe('Bearer', makeToken(key))).status).toBe(200);
});

it.each(['Bearer', 'DPoP'])('takes no token that is bound to a key, sent as %s', async (scheme) => {
  const token = makeToken(key, { claims: { cnf } });
  const { status, code, raw } = await getMe(scheme, token);
  expect([status, code]).toEqual([401, 'unauthenticated']);
  expect(raw.body).toContain(scheme === 'Bearer' ? '(token_bound)' : '(token_missing)');
  expect(raw.body).not.toContain(token.slice(-20));
});
