import { describe, expect, it } from 'vitest';
import { sourceBinding } from '../../../tokens/sourceBinding.ts';
import type { VerifyContext } from '../../../sdk/verify/index.ts';
import { PEM, THUMBPRINT } from '../../tokens/certificateFixture.ts';
import { errorOf, makeBench, makeKey, makeToken, refusalOf } from './fixture.ts';

const key = makeKey();
const { verifier } = makeBench(key);

describe('a token that is bound to a certificate', () => {
  const token = makeToken(key, { cnf: { 'x5t#S256': THUMBPRINT } });
  const contexts: [string, VerifyContext, string][] = [
    ['with it', { certificate: PEM }, 'accepted'],
    ['without one', {}, 'certificate_mismatch'],
    ['with an empty one', { certificate: '' }, 'certificate_mismatch'],
    ['with what is none', { certificate: 'certificate' }, 'certificate_mismatch'],
  ];
  it.each(contexts)('%s: %j is %s', async (_name, context, verdict) => {
    expect(await refusalOf(verifier, token, context)).toBe(verdict);
  });

  it('with another one is refused as an invalid token', async () => {
    const other = makeToken(key, { cnf: { 'x5t#S256': key.kid } });
    const error = await errorOf(verifier, other, { certificate: PEM });
    expect(error).toMatchObject({ code: 'certificate_mismatch', status: 401, error: 'invalid_token' });
  });

  it('is refused with a certificate that a header brings', async () => {
    const headers = {
      authorization: `Bearer ${token}`,
      'x-client-cert': PEM,
      'x-amzn-mtls-clientcert': encodeURIComponent(PEM),
    };
    expect(await refusalOf(verifier, { method: 'GET', url: '/', headers })).toBe('certificate_mismatch');
  });
});

describe('a token that is bound to an address', () => {
  const jti = 'tok_1';
  const token = makeToken(key, { jti, source: sourceBinding(jti, '192.0.2.7') });
  it.each([
    ['192.0.2.7', 'accepted'],
    ['::ffff:192.0.2.7', 'accepted'],
    ['192.0.2.8', 'address_mismatch'],
    ['', 'address_mismatch'],
    ['192.0.2.7, 192.0.2.8', 'address_mismatch'],
    [undefined, 'address_mismatch'],
  ])('from %s is %s', async (sourceAddress, verdict) => {
    expect(await refusalOf(verifier, token, sourceAddress === undefined ? {} : { sourceAddress })).toBe(verdict);
  });

  it('is refused with an address that a header brings', async () => {
    const headers = { authorization: `Bearer ${token}`, 'x-forwarded-for': '192.0.2.7' };
    expect(await refusalOf(verifier, { method: 'GET', url: '/', headers })).toBe('address_mismatch');
  });
});

it.each([
  ['us-east-1', 'accepted'],
  ['eu-central-1', 'region_mismatch'],
  [undefined, 'region_mismatch'],
])('a token for us-east-1 in %s is %s', async (region, verdict) => {
  expect(
    await refusalOf(verifier, makeToken(key, { region: 'us-east-1' }), region === undefined ? {} : { region }),
  ).toBe(verdict);
});

it('a token that was seen before is checked just the same', async () => {
  const token = makeToken(key, { region: 'us-east-1', jti: 'tok_2' });
  expect(await refusalOf(verifier, token, { region: 'us-east-1' })).toBe('accepted');
  expect(await refusalOf(verifier, token, { region: 'us-east-2' })).toBe('region_mismatch');
});
