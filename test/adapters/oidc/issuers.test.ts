import { expect, it } from 'vitest';
import { indexIssuers } from '../../../adapters/oidc/issuers.ts';
import type { TrustedIssuer } from '../../../core/bundle.ts';
import { ADMIN, SUPPORT } from './fixture.ts';

const bad: [Partial<TrustedIssuer>, string][] = [
  [{ id: '' }, 'id must be'],
  [{ id: 'a:b' }, 'id must be'],
  [{ issuer: 'http://idp.example.com' }, 'issuer must be an https URL'],
  [{ issuer: 'idp.example.com' }, 'issuer must be an https URL'],
  [{ jwksUri: 'http://idp.example.com/jwks' }, 'jwksUri must be an https URL'],
  [{ jwksUri: 'file:///etc/passwd' }, 'jwksUri must be an https URL'],
  [{ jwksUri: 'http://127.0.0.1.example.com/jwks' }, 'jwksUri must be an https URL'],
  [{ audience: '' }, 'audience must not be empty'],
  [{ algorithms: [] }, 'algorithms must not be empty'],
  [{ algorithms: ['ES256', 'HS256'] }, 'algorithm `HS256`'],
  [{ algorithms: ['none'] }, 'algorithm `none`'],
  [{ typ: [] }, 'typ must not be empty'],
  [{ typ: [''] }, 'typ must not be empty'],
];
it.each(bad)('refuses %j', (changes, message) => {
  expect(() => indexIssuers([{ ...ADMIN, ...changes }])).toThrow(message);
});

it('refuses two issuers with one id, or with one URL and audience', () => {
  expect(() => indexIssuers([ADMIN, { ...SUPPORT, id: 'admins' }])).toThrow('two trusted issuers have the id `admins`');
  expect(() => indexIssuers([ADMIN, { ...ADMIN, id: 'twin', domain: 'support' }])).toThrow(
    'trusted issuers `admins` and `twin` share issuer and audience',
  );
});

it('accepts plain http on loopback alone', () => {
  const local = { ...ADMIN, issuer: 'http://127.0.0.1:4602', jwksUri: 'http://[::1]:4602/jwks' };
  expect(indexIssuers([local]).get('http://127.0.0.1:4602')).toEqual([local]);
});
