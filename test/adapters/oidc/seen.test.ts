import { afterEach, describe, expect, it, vi } from 'vitest';
import { TokenCache } from '../../../tokens/tokenCache.ts';
import { ADMIN, base64url, claimsOf, makeBench, makeKey, makeToken, NOW_S, refusalOf } from './fixture.ts';

const MINUTE = 60_000;
const key = makeKey('key-1');

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a token whose signature was verified before', () => {
  it('is remembered for as long as it may be good', async () => {
    const { verifier } = makeBench(key);
    const known = vi.spyOn(TokenCache.prototype, 'get');
    const kept = vi.spyOn(TokenCache.prototype, 'set');
    const token = makeToken(key);
    for (let times = 0; times < 3; times++) await verifier.verify(token);
    expect(kept).toHaveBeenCalledTimes(1);
    const entry: unknown = expect.objectContaining({ forgetAt: (NOW_S + 3600) * 1000 });
    expect(known.mock.results.map(({ value }) => value as unknown)).toEqual([undefined, entry, entry]);
  });

  it('says the same as the first time', async () => {
    const { verifier } = makeBench(key);
    const token = makeToken(key);
    expect(await verifier.verify(token)).toEqual(await verifier.verify(token));
  });

  it('expires all the same', async () => {
    const bench = makeBench(key);
    const token = makeToken(key, { claims: { exp: NOW_S + 60 } });
    expect(await refusalOf(bench.verifier, token)).toBe('accepted');
    bench.now += 2 * MINUTE;
    expect(await refusalOf(bench.verifier, token)).toBe('token_expired');
  });

  it('is refused once its key is withdrawn, or another has its name', async () => {
    for (const after of [[], [{ ...makeKey('key-1').jwk }]]) {
      const bench = makeBench(key);
      const token = makeToken(key);
      expect(await refusalOf(bench.verifier, token)).toBe('accepted');
      bench.server.sets.set(ADMIN.jwksUri, after);
      bench.now += 5 * MINUTE;
      expect(await refusalOf(bench.verifier, token)).toBe('signature_invalid');
    }
  });

  it('says nothing of another text with its signature or its claims', async () => {
    const { verifier } = makeBench(key);
    const token = makeToken(key);
    expect(await refusalOf(verifier, token)).toBe('accepted');
    const [header = '', payload = '', signature = ''] = token.split('.');
    const wider = base64url(JSON.stringify(claimsOf({ groups: ['security-admins'] })));
    expect(await refusalOf(verifier, `${header}.${wider}.${signature}`)).toBe('signature_invalid');
    expect(await refusalOf(verifier, `${header}.${payload}.${base64url(Buffer.alloc(64, 1))}`)).toBe(
      'signature_invalid',
    );
  });
});

it('what nobody signed is not remembered', async () => {
  const { verifier } = makeBench(key);
  const kept = vi.spyOn(TokenCache.prototype, 'set');
  const forged = makeToken(makeKey('key-1'));
  for (let times = 0; times < 2; times++) expect(await refusalOf(verifier, forged)).toBe('signature_invalid');
  expect(kept).not.toHaveBeenCalled();
});
