import { describe, expect, it } from 'vitest';
import type { TrustedIssuer } from '../../../core/bundle.ts';
import { ADMIN, SUPPORT, makeBench, makeKey, makeToken, refusalOf } from './fixture.ts';
import type { Changes } from './fixture.ts';

const key = makeKey('key-1');

describe('identity domains', () => {
  const supportKey = makeKey('key-1');
  const bench = () => {
    const made = makeBench(key);
    made.server.sets.set(SUPPORT.jwksUri, [supportKey.jwk]);
    return made;
  };

  it('accept each their own issuer\u2019s tokens', async () => {
    const { verifier } = bench();
    const token = makeToken(supportKey, { claims: { iss: SUPPORT.issuer } });
    expect((await verifier.verify(token)).principal).toMatchObject({ id: 'support:support:alice', domain: 'support' });
  });

  it.each([
    ['the admin issuer', supportKey, ADMIN.issuer],
    ['the support issuer', key, SUPPORT.issuer],
  ])('refuse a token that another domain signed in the name of %s', async (_name, signer, iss) => {
    expect(await refusalOf(bench().verifier, makeToken(signer, { claims: { iss } }))).toBe('signature_invalid');
  });

  it('that share an issuer are told apart by audience, and a token for both is refused', async () => {
    const second: TrustedIssuer = { ...ADMIN, id: 'workloads', domain: 'workload', audience: 'writ-ci' };
    const { verifier } = makeBench(key, [ADMIN, second]);
    const domainOf = async (aud: unknown) =>
      (await verifier.verify(makeToken(key, { claims: { aud } }))).principal.domain;
    expect(await domainOf('writ')).toBe('admin');
    expect(await domainOf('writ-ci')).toBe('workload');
    expect(await refusalOf(verifier, makeToken(key, { claims: { aud: ['writ', 'writ-ci'] } }))).toBe(
      'audience_mismatch',
    );
  });
});

describe('an issuer\u2019s configuration', () => {
  const verdict = (changes: Partial<TrustedIssuer>, token: Changes) =>
    refusalOf(makeBench(key, [{ ...ADMIN, ...changes }]).verifier, makeToken(key, token));

  it('may accept ID tokens, which need no jti', async () => {
    const idToken: Changes = { header: { typ: 'JWT' }, claims: { jti: undefined } };
    expect(await verdict({}, idToken)).toBe('typ_refused');
    expect(await verdict({ acceptIdTokens: true }, idToken)).toBe('accepted');
    expect(await verdict({ acceptIdTokens: true }, { claims: { jti: undefined } })).toBe('claim_invalid');
  });

  it('may name other types, instead of the default', async () => {
    expect(await verdict({ typ: ['JWT'] }, { header: { typ: 'JWT' } })).toBe('accepted');
    expect(await verdict({ typ: ['JWT'] }, {})).toBe('typ_refused');
  });

  it('may allow fewer algorithms', async () => {
    expect(await verdict({ algorithms: ['RS256'] }, {})).toBe('alg_refused');
    expect(await verdict({ algorithms: ['ES256'] }, {})).toBe('accepted');
  });

  it('may map claims, and then requires them', async () => {
    const mapped = {
      ...ADMIN,
      claims: {
        subject: 'oid',
        groups: 'https://example.com/roles',
        project: 'tenant',
        person: 'who',
        mfaValues: ['face'],
      },
    };
    const { verifier } = makeBench(key, [mapped]);
    const good = { oid: 'a-1', 'https://example.com/roles': ['sre'], tenant: 'bank', who: 'ann', amr: ['face'] };
    expect((await verifier.verify(makeToken(key, { claims: good }))).principal).toMatchObject({
      id: 'admin:admins:a-1',
      groups: ['sre'],
      project: 'bank',
      person: 'ann',
      authentication: { mfa: true },
    });
    for (const name of ['oid', 'tenant', 'who']) {
      expect(await refusalOf(verifier, makeToken(key, { claims: { ...good, [name]: undefined } }))).toBe(
        'claim_invalid',
      );
    }
  });

  it('may not have the id of registered clients, who would be its principals', () => {
    expect(() => makeBench(key, [{ ...ADMIN, id: 'client' }])).toThrow(
      'trusted issuer `client`: the id is that of registered clients',
    );
  });

  it('never reads a claim from the prototype', async () => {
    const token = { claims: { project: 'shop' } };
    expect(await verdict({ claims: { person: 'constructor' } }, token)).toBe('claim_invalid');
  });
});
