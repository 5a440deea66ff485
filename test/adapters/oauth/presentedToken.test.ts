import { describe, expect, it } from 'vitest';
import { createOwnTokens } from '../../../adapters/oauth/ownTokens.ts';
import { createPresentedTokens } from '../../../adapters/oauth/presentedToken.ts';
import { TOKEN_TYPES } from '../../../contract/oauth.ts';
import type { OAuthClient } from '../../../core/oauth/client.ts';
import { ADMIN, headerOf, makeBench, makeKey, makeToken, NOW, NOW_S, signText, SUPPORT } from '../oidc/fixture.ts';
import { CLAIMS, ISSUER_URL, JKT } from './claims.ts';
import { createMemorySigner } from './memorySigner.ts';
import { refusalOf } from './refusalOf.ts';

const key = makeKey('key-1');
const signer = createMemorySigner();
const stranger = createMemorySigner();
const AGENT = { id: 'agent', authentication: { method: 'none' } } as OAuthClient;
const CI = { id: 'ci', authentication: { method: 'federated', issuer: 'idp', subject: 'repo' } } as OAuthClient;

function world() {
  const bench = makeBench(key);
  const ownTokens = createOwnTokens({ issuerUrl: ISSUER_URL, jwks: signer.jwks });
  const presented = createPresentedTokens({
    verifier: bench.verifier,
    ownTokens,
    clients: [AGENT, CI],
    issuerUrl: ISSUER_URL,
    clock: () => bench.now,
  });
  const read = (token: string, type: string = TOKEN_TYPES.access) => presented.read(token, type);
  return { bench, read, refusal: (token: string, type?: string) => refusalOf(read(token, type), token) };
}

const own = (changes: object = {}): string =>
  signer.signText({ typ: 'at+jwt', alg: 'ES256', kid: signer.kid }, { ...CLAIMS, ...changes });

describe('a token of a trusted issuer', () => {
  it.each(Object.values(TOKEN_TYPES))('tells who signed in, to which client, called %s', async (type) => {
    expect(await world().read(makeToken(key), type)).toMatchObject({
      from: 'issuer',
      principal: { id: 'admin:admins:alice' },
      client: 'writ-cli',
      expiresAt: NOW + 3_600_000,
    });
  });

  it('tells the key that it is bound to, and the one party that may act', async () => {
    const token = makeToken(key, { claims: { cnf: { jkt: JKT }, may_act: { sub: 'agent', iss: SUPPORT.issuer } } });
    expect(await world().read(token)).toMatchObject({ jkt: JKT, mayAct: { actor: 'support:support:agent' } });
  });

  it.each([
    [{ sub: 'agent', iss: ISSUER_URL }, 'workload:client:agent'],
    [{ sub: 'ci', iss: ISSUER_URL }, 'workload:idp:repo'],
    [{ sub: 'nobody', iss: ISSUER_URL }, undefined],
    [{ sub: 'agent', iss: `${ISSUER_URL}/` }, undefined],
  ])('may name a client by Writ’s URL and its id: %j', async (claim, actor) => {
    expect(await world().read(makeToken(key, { claims: { may_act: claim } }))).toMatchObject({ mayAct: { actor } });
  });

  it('has no `may_act` of its own', async () => {
    const presented = await world().read(makeToken(key));
    expect(presented).not.toHaveProperty('mayAct');
    expect(presented).not.toHaveProperty('jkt');
  });

  const refused: [string, string, string][] = [
    ['that expired', makeToken(key, { claims: { iat: NOW_S - 100, exp: NOW_S - 15 } }), 'the token has expired'],
    ['for others', makeToken(key, { claims: { aud: 'other' } }), 'the token is not meant for this service'],
    ['of another type', makeToken(key, { header: { typ: 'JWT' } }), 'the token is not of a type that its issuer'],
    ['of a stranger', makeToken(key, { claims: { iss: 'https://evil.example' } }), "the token's issuer is not trusted"],
    ['by another key', makeToken(makeKey('key-1')), "no key of the issuer verifies the token's signature"],
    ['with `may_act` that can’t be read', makeToken(key, { claims: { may_act: 'x' } }), 'the claim `may_act`'],
    ['bound in a way that can’t be checked', makeToken(key, { claims: { cnf: { kid: 'x' } } }), 'the claim `cnf`'],
    ['with `act` that can’t be read', makeToken(key, { claims: { act: 'x' } }), 'the claim `act`'],
  ];
  it.each(refused)('%s is an invalid request', async (_name, token, text) => {
    expect(await world().refusal(token)).toContain(`invalid_request: a subject or actor token was refused: ${text}`);
  });

  it('is not called invalid because its issuer is silent', async () => {
    const { bench, refusal } = world();
    bench.server.answer = async () => Promise.reject(new Error('down'));
    expect(await refusal(makeToken(key))).toMatch(/^temporarily_unavailable: /);
  });
});

describe('a token of Writ’s', () => {
  it('tells its claims', async () => {
    const expected = { from: 'writ', claims: CLAIMS, expiresAt: (NOW_S + 300) * 1000 };
    expect(await world().read(own())).toEqual(expected);
    expect(await world().read(own(), TOKEN_TYPES.jwt)).toEqual(expected);
  });

  it('is good to its last millisecond', async () => {
    const { bench, read, refusal } = world();
    bench.now = (NOW_S + 300) * 1000 - 1;
    expect(await read(own())).toMatchObject({ from: 'writ' });
    bench.now += 1;
    expect(await refusal(own())).toBe('invalid_request: a subject or actor token was refused: it has expired');
  });

  const header = { typ: 'at+jwt', alg: 'ES256', kid: signer.kid };
  const refused: [string, string][] = [
    ['by another key', stranger.signText(header, CLAIMS)],
    ['by a trusted issuer’s key', signText(key, JSON.stringify(headerOf(key)), JSON.stringify(CLAIMS))],
    ['that is a signed introspection', signer.signText({ ...header, typ: 'token-introspection+jwt' }, CLAIMS)],
    ['that is a status list', signer.signText({ ...header, typ: 'statuslist+jwt' }, CLAIMS)],
    ['with a claim too many', own({ may_act: { sub: 'x' } })],
    ['without a claim', own({ jti: undefined })],
  ];
  it.each(refused)('%s is an invalid request', async (_name, token) => {
    expect(await world().refusal(token)).toBe(
      'invalid_request: a subject or actor token was refused: it is no access token that Writ signed',
    );
  });

  it('is not taken for an issuer’s, nor the other way round', async () => {
    const { read } = world();
    // The same people, the same audience: `iss` alone decides who has to have signed.
    const token = signer.signText(header, { ...CLAIMS, iss: ADMIN.issuer, aud: 'writ' });
    expect(await refusalOf(read(token))).toContain("no key of the issuer verifies the token's signature");
  });
});

describe('what is presented', () => {
  const urn = (name: string) => `urn:ietf:params:oauth:token-type:${name}`;
  it.each([
    [urn('refresh_token'), 'a refresh token is no subject or actor: exchange it by grant_type=refresh_token'],
    [urn('id_token'), 'an ID token is for its client alone: send the access token that came with it'],
    [urn('saml1'), 'SAML is not spoken here: send a JWT access token'],
    [urn('saml2'), 'SAML is not spoken here: send a JWT access token'],
    [urn('txn_token'), `the token type must be one of ${TOKEN_TYPES.access} ${TOKEN_TYPES.jwt}`],
    ['constructor', `the token type must be one of ${TOKEN_TYPES.access} ${TOKEN_TYPES.jwt}`],
    ['', `the token type must be one of ${TOKEN_TYPES.access} ${TOKEN_TYPES.jwt}`],
  ])('as %s is an invalid request, whatever it is', async (type, text) => {
    expect(await world().refusal(makeToken(key), type)).toBe(`invalid_request: ${text}`);
  });

  const texts: [string, string, string][] = [
    ['nothing', '', 'no token was sent'],
    ['a refresh token', `wrt_rtf_${'a'.repeat(26)}.${'A'.repeat(43)}`, 'the token is not three base64url segments'],
    ['an encrypted token', `${own()}.a.b`, 'the token is not three base64url segments'],
    ['a giant', `${own()}${'A'.repeat(8_192)}`, 'the token is longer than 8192 characters'],
    ['a key of its own', signer.signText({ alg: 'ES256', jwk: {} }, CLAIMS), 'the header may not hold `jwk`'],
    [
      'two issuers',
      signer.signText({ alg: 'ES256' }, '{"iss":"a","iss":"b"}'),
      'the header and the claims must be JSON',
    ],
  ];
  it.each(texts)('may not be %s', async (_name, token, text) => {
    expect(await world().refusal(token)).toContain(`invalid_request: a subject or actor token was refused: ${text}`);
  });
});
