import { describe, expect, it } from 'vitest';
import { ADMIN, makeBench, makeKey, makeToken, refusalOf, SUPPORT } from './fixture.ts';

const key = makeKey('key-1');
const JKT = '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I';

const verify = (claims: Record<string, unknown>, issuers = [ADMIN, SUPPORT]) =>
  makeBench(key, issuers).verifier.verify(makeToken(key, { claims }));
const verdict = (claims: Record<string, unknown>) => refusalOf(makeBench(key).verifier, makeToken(key, { claims }));

describe('the client that a token was given to', () => {
  it.each([
    [{}, 'writ-cli'],
    [{ azp: 'other' }, 'writ-cli'],
    [{ client_id: undefined, azp: 'console' }, 'console'],
    [{ client_id: undefined }, undefined],
  ])('%j: %s', async (claims, client) => {
    expect((await verify(claims)).client).toBe(client);
  });

  it.each([[''], [' a'], ['a\n'], ['\u0430'], [7], [null], [['writ-cli']], ['x'.repeat(256)]])(
    'is not %j',
    async (value) => {
      expect(await verdict({ client_id: value, azp: 'console' })).toBe('claim_invalid');
      expect(await verdict({ client_id: undefined, azp: value })).toBe('claim_invalid');
    },
  );
});

describe('the key that a token is bound to', () => {
  it('is told by its thumbprint', async () => {
    expect((await verify({ cnf: { jkt: JKT } })).jkt).toBe(JKT);
    expect(await verify({})).not.toHaveProperty('jkt');
  });

  const unchecked: [string, unknown][] = [
    ['null', null],
    ['a text', JKT],
    ['a list', [{ jkt: JKT }]],
    ['nothing in it', {}],
    ['a certificate', { 'x5t#S256': JKT }],
    ['a certificate besides', { jkt: JKT, 'x5t#S256': JKT }],
    ['a key in whole', { jwk: key.jwk }],
    ['a member that nobody knows', { jkt: JKT, challenge: 1 }],
    ['a thumbprint that is too short', { jkt: JKT.slice(1) }],
    ['a thumbprint that is too long', { jkt: `${JKT}A` }],
    ['a thumbprint with stray bits', { jkt: `${JKT.slice(0, -1)}J` }],
    ['a thumbprint with padding', { jkt: `${JKT}=` }],
    ['a thumbprint in base64', { jkt: `+${JKT.slice(1)}` }],
    ['a number', { jkt: 7 }],
  ];
  it.each(unchecked)('is not ignored where it is %s', async (_name, cnf) => {
    expect(await verdict({ cnf })).toBe('claim_invalid');
  });
});

describe('the one party that may act', () => {
  const mayAct = async (claim: unknown, issuers = [ADMIN, SUPPORT]) =>
    (await verify({ may_act: claim }, issuers)).mayAct;

  it('is of the token’s issuer, or of another trusted one', async () => {
    expect(await mayAct({ sub: 'agent' })).toMatchObject({ actor: 'admin:admins:agent' });
    expect(await mayAct({ sub: 'agent', iss: ADMIN.issuer })).toMatchObject({ actor: 'admin:admins:agent' });
    expect(await mayAct({ sub: 'agent', iss: SUPPORT.issuer, email: 'a@b.c' })).toEqual({
      issuer: SUPPORT.issuer,
      subject: 'agent',
      actor: 'support:support:agent',
    });
  });

  it('is nobody where the issuer is not trusted, and still somebody who was named', async () => {
    const iss = `${SUPPORT.issuer}/`;
    expect(await mayAct({ sub: 'agent', iss })).toEqual({ issuer: iss, subject: 'agent', actor: undefined });
  });

  it('is nobody where two domains share the issuer', async () => {
    const twin = { ...SUPPORT, id: 'workloads', domain: 'workload' as const, audience: 'writ-ci' };
    expect(await mayAct({ sub: 'agent', iss: SUPPORT.issuer }, [ADMIN, SUPPORT, twin])).toMatchObject({
      actor: undefined,
    });
  });

  it('is told only where the token limits it', async () => {
    expect(await verify({})).not.toHaveProperty('mayAct');
  });

  const malformed: [unknown][] = [
    [null],
    ['agent'],
    [[{ sub: 'agent' }]],
    [{}],
    [{ client_id: 'agent' }],
    [{ sub: '' }],
    [{ sub: 7 }],
    [{ sub: 'agent\n' }],
    [{ sub: 'agent', iss: null }],
    [{ sub: 'agent', iss: '' }],
    [{ sub: 'agent', iss: [ADMIN.issuer] }],
  ];
  it.each(malformed)('makes the token useless where it is %j', async (claim) => {
    expect(await verdict({ may_act: claim })).toBe('claim_invalid');
  });
});
