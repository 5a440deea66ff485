import { describe, expect, it } from 'vitest';
import { allowInsecureUrls, createVerifier } from '../../../sdk/verify/index.ts';
import type { VerifierOptions } from '../../../sdk/verify/index.ts';
import { AUDIENCE, ISSUER, makeKey } from './fixture.ts';

const key = makeKey();
const create = (changes: Partial<VerifierOptions>) =>
  createVerifier({ issuer: ISSUER, audience: AUDIENCE, revocation: 'unchecked', ...changes });

describe('a configuration', () => {
  const authenticate = () => ({});
  const http = 'http://writ.example.com/x';
  const bad: [string, Partial<VerifierOptions>, string][] = [
    ['of an issuer over http', { issuer: 'http://writ.example.com' }, 'issuer'],
    ['of an issuer with a slash', { issuer: 'https://writ.example.com/' }, 'issuer'],
    ['of an issuer that is no URL', { issuer: 'writ' }, 'issuer'],
    ['without an audience', { audience: '' }, 'audience'],
    ['of an audience that is no URL, and no other', { audience: 'billing' }, 'publicUrl'],
    ['of a public URL that is none', { publicUrl: '/billing' }, 'publicUrl'],
    ['of keys over http', { keys: { jwksUri: http } }, 'keys.jwksUri'],
    ['of keys that are none', { keys: { keys: 'x' as unknown as object[] } }, 'keys'],
    ['of a snapshot over http', { revocation: { snapshot: { uri: http } } }, 'snapshot.uri'],
    ['of its keys over http', { revocation: { snapshot: { keys: { jwksUri: http } } } }, 'snapshot.keys.jwksUri'],
    ['of introspection over http', { revocation: { introspection: { uri: http, authenticate } } }, 'introspection.uri'],
    ['of metadata over http', { resourceMetadata: http }, 'resourceMetadata'],
    ['of a negative cache', { cacheSize: -1 }, 'cacheSize'],
    ['of a boundless cache', { cacheSize: Infinity }, 'cacheSize'],
  ];
  it.each(bad)('%s is refused', (_name, changes, named) => {
    expect(() => create(changes)).toThrow(TypeError);
    expect(() => create(changes)).toThrow(`\`${named}\``);
  });

  it.each(['http://localhost:4600', 'http://127.0.0.1:4600', 'http://[::1]:4600'])(
    'of %s is for the laptop',
    (issuer) => {
      expect(() => create({ issuer })).not.toThrow();
    },
  );

  it('may be insecure by a symbol alone', () => {
    const issuer = 'http://writ.internal';
    expect(() => create({ issuer, [allowInsecureUrls]: true })).not.toThrow();
    expect(() => create({ issuer, ...(JSON.parse('{"allowInsecureUrls":true}') as object) })).toThrow('`issuer`');
  });

  it('takes a key set that the caller has', () => {
    expect(() => create({ keys: { keys: [key.jwk] } })).not.toThrow();
  });
});
