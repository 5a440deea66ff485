import { afterEach, describe, expect, it, vi } from 'vitest';
import { TokenCache } from '../../../tokens/tokenCache.ts';
import { encode, makeBench, makeKey, makeToken, NOW_S, refusalOf } from './fixture.ts';

const key = makeKey();

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a token that was seen before', () => {
  it('is known, by its text', async () => {
    const { verifier } = makeBench(key);
    const token = makeToken(key);
    const first = await verifier.verify(token);
    const known = vi.spyOn(TokenCache.prototype, 'get');
    expect(await verifier.verify(Buffer.from(token).toString())).toEqual(first);
    expect(known.mock.results).toEqual([
      { type: 'return', value: expect.objectContaining({ forgetAt: (NOW_S + 315) * 1000 }) as unknown },
    ]);
  });

  it('is verified anew where nothing is remembered', async () => {
    const { verifier } = makeBench(key, { cacheSize: 0 });
    const token = makeToken(key);
    await verifier.verify(token);
    const known = vi.spyOn(TokenCache.prototype, 'get');
    await verifier.verify(token);
    expect(known.mock.results).toEqual([{ type: 'return', value: undefined }]);
  });

  it('expires all the same', async () => {
    const bench = makeBench(key);
    const token = makeToken(key);
    expect(await refusalOf(bench.verifier, token)).toBe('accepted');
    bench.now = (NOW_S + 315) * 1000 - 1;
    expect(await refusalOf(bench.verifier, token)).toBe('accepted');
    bench.now += 1;
    expect(await refusalOf(bench.verifier, token)).toBe('token_expired');
  });

  it('says nothing of another text with its id', async () => {
    const { verifier } = makeBench(key);
    const token = makeToken(key);
    expect(await refusalOf(verifier, token)).toBe('accepted');
    const [header = '', payload = '', signature = ''] = token.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
    const wider = encode(JSON.stringify({ ...claims, scope: 'everything' }));
    expect(await refusalOf(verifier, `${header}.${wider}.${signature}`)).toBe('signature_invalid');
    expect(await refusalOf(verifier, makeToken(makeKey()))).toBe('signature_invalid');
    const { scopes } = await verifier.verify(makeToken(key, { scope: 'reports:read' }));
    expect(scopes).toEqual(['reports:read']);
  });

  it('says nothing to another verifier', async () => {
    const token = makeToken(key);
    expect(await refusalOf(makeBench(key).verifier, token)).toBe('accepted');
    const other = makeBench(key, { audience: 'https://shop.example.com' }).verifier;
    expect(await refusalOf(other, token)).toBe('audience_mismatch');
  });
});

it('what is not genuine is not remembered', async () => {
  const bench = makeBench(key, { cacheSize: 1 });
  const token = makeToken(key);
  await bench.verifier.verify(token);
  const remembered = vi.spyOn(TokenCache.prototype, 'set');
  for (let i = 0; i < 5; i++) {
    expect(await refusalOf(bench.verifier, makeToken(makeKey(), { jti: `tok_${i}` }))).toBe('signature_invalid');
  }
  expect(remembered).not.toHaveBeenCalled();
});
