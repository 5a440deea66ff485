import { describe, expect, it } from 'vitest';
import { tokenTextOf } from '../../../sdk/verify/index.ts';
import type { PresentedRequest } from '../../../sdk/verify/index.ts';
import { makeBench, makeKey, makeToken } from './fixture.ts';

const key = makeKey();
const text = makeToken(key);
const request = (authorization: string | readonly string[] | undefined, url = '/'): PresentedRequest => ({
  method: 'GET',
  url,
  headers: { Authorization: authorization },
});

describe('the text of a request’s token', () => {
  it.each([`Bearer ${text}`, `bearer  ${text}`, `DPoP ${text}`])('is what the verifier reads: %#', (authorization) => {
    expect(tokenTextOf(request(authorization))).toBe(text);
    expect(tokenTextOf(new Request('https://billing.example.com/', { headers: { authorization } }))).toBe(text);
  });

  it.each<[string, PresentedRequest]>([
    ['none', request(undefined)],
    ['two', request([`Bearer ${text}`, 'Bearer x'])],
    ['two in one header', request(`Bearer ${text}, Bearer x`)],
    ['another kind of credentials', request('Basic eDp5')],
    ['one in the URL besides', request(`Bearer ${text}`, '/?access_token=x')],
  ])('is not there with %s, and the verifier refuses that too', async (_, presented) => {
    expect(() => tokenTextOf(presented)).toThrow(new TypeError('the request has no access token: verify it first'));
    await expect(makeBench(key).verifier.verify(presented)).rejects.toThrow();
  });
});
