import { describe, expect, it } from 'vitest';
import { createClientAuthenticator } from '../../../adapters/oauth/clientAuthentication.ts';
import type { ClientCredentials } from '../../../adapters/oauth/clientAuthentication.ts';
import { ASSERTION_TYPE } from '../../../contract/oauth.ts';
import type { ClientAuthentication, OAuthClient } from '../../../core/oauth/client.ts';
import { clientWith } from '../../core/clientFixture.ts';
import { ADMIN, makeBench, makeKey, makeToken, NOW, NOW_S, signHmac, signText } from '../oidc/fixture.ts';
import type { SigningKey } from '../oidc/fixture.ts';
import { ISSUER_URL, JKT } from './claims.ts';
import { refusalOf } from './refusalOf.ts';

const TOKEN_ENDPOINT = `${ISSUER_URL}/oauth2/token`;
const key = makeKey('agent-1');
const edKey = makeKey('agent-2', 'EdDSA');
const rsaKey = makeKey('agent-3', 'PS256');
const idpKey = makeKey('idp-1');
const WORKLOADS = { ...ADMIN, id: 'workloads', domain: 'workload' as const };

const clientOf = (id: string, authentication: ClientAuthentication, changes: Partial<OAuthClient> = {}): OAuthClient =>
  clientWith({ id, authentication, groups: ['agents'], ...changes });
const publicHalf = ({ jwk: { alg: _alg, ...jwk } }: SigningKey, alg?: string) => ({
  kty: 'EC',
  ...jwk,
  ...(alg !== undefined && { alg }),
});
const keys = [publicHalf(key), publicHalf(edKey, 'Ed25519'), publicHalf(rsaKey, 'PS256')];

const CLIENTS = [
  clientOf('agent', { method: 'private_key_jwt', keys }),
  clientOf('asleep', { method: 'private_key_jwt', keys: [publicHalf(key)] }, { status: 'suspended' }),
  clientOf('ci', { method: 'federated', issuer: 'workloads', subject: 'repo' }),
  clientOf('gateway', { method: 'tls_client_auth', thumbprints: [JKT] }),
  clientOf('cli', { method: 'none' }),
  clientOf('old-cli', { method: 'none' }, { status: 'suspended' }),
];

const bench = makeBench(idpKey, [WORKLOADS]);
const authenticate = authenticatorWith(bench.verifier);

const CLAIMS = { iss: 'agent', sub: 'agent', aud: ISSUER_URL, iat: NOW_S, exp: NOW_S + 60, jti: 'once-1' };
interface Changes {
  readonly header?: object;
  readonly claims?: object;
  readonly signer?: SigningKey;
}
const assertionOf = ({ header, claims, signer = key }: Changes = {}): string =>
  signText(
    signer,
    JSON.stringify({ typ: 'client-authentication+jwt', alg: signer.alg, kid: signer.kid, ...header }),
    JSON.stringify({ ...CLAIMS, ...claims }),
  );
const byAssertion = (assertion: string, clientId?: string) =>
  authenticate({ assertion, assertionType: ASSERTION_TYPE, clientId });
const refusal = (assertion: string, clientId?: string) => refusalOf(byAssertion(assertion, clientId), assertion);

const NOT_PROVEN = /^invalid_client: the client is unknown, or its credential is not good\./;

describe('a client with a key', () => {
  it('is told by its assertion, which is good once', async () => {
    const { client, principal, marks } = await byAssertion(assertionOf());
    expect(client.id).toBe('agent');
    expect(principal).toEqual({
      id: 'workload:client:agent',
      domain: 'workload',
      issuer: 'client',
      subject: 'agent',
      person: 'workload:client:agent',
      groups: ['agents'],
      project: 'shop',
      authentication: { mfa: false, methods: [] },
    });
    expect(marks).toEqual([
      { kind: 'assertion', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string, until: NOW + 75_000 },
    ]);
  });

  it('leaves the same mark by the same jti, and another by another', async () => {
    const markOf = async (claims: object) => (await byAssertion(assertionOf({ claims }))).marks[0]?.sha256;
    expect(await markOf({ exp: NOW_S + 90 })).toBe(await markOf({}));
    expect(await markOf({ jti: 'once-2' })).not.toBe(await markOf({}));
  });

  const accepted: [string, Changes][] = [
    ['its client_id besides', {}],
    ['the token endpoint as audience', { claims: { aud: TOKEN_ENDPOINT } }],
    ['the type of RFC 7523', { header: { typ: 'JWT' } }],
    ['no type', { header: { typ: undefined } }],
    ['Ed25519', { signer: edKey }],
    ['Ed25519 by its new name', { signer: edKey, header: { alg: 'Ed25519' } }],
    ['PS256', { signer: rsaKey }],
    ['five minutes to live', { claims: { exp: NOW_S + 315 } }],
    ['a clock a little ahead', { claims: { iat: NOW_S + 15, nbf: NOW_S + 15 } }],
    ['an expiry a moment ago', { claims: { iat: NOW_S - 60, exp: NOW_S - 14 } }],
  ];
  it.each(accepted)('may send an assertion with %s', async (_name, changes) => {
    expect((await byAssertion(assertionOf(changes), 'agent')).client.id).toBe('agent');
  });

  it('may send it in the Authorization header', async () => {
    expect((await authenticate({ authorization: `Bearer ${assertionOf()}` })).client.id).toBe('agent');
  });

  const refused: [string, Changes][] = [
    ['an unknown client', { claims: { iss: 'nobody', sub: 'nobody' } }],
    ['another key', { signer: makeKey('agent-1') }],
    ['a key that is not registered', { header: { kid: 'agent-9' } }],
    ['no key id', { header: { kid: undefined } }],
    ['another client’s name', { claims: { iss: 'gateway', sub: 'gateway' } }],
    ['another subject', { claims: { sub: 'alice' } }],
    ['another issuer', { claims: { iss: 'gateway' } }],
    ['two audiences', { claims: { aud: [ISSUER_URL, TOKEN_ENDPOINT] } }],
    ['a list of one audience', { claims: { aud: [ISSUER_URL] } }],
    ['another audience', { claims: { aud: `${ISSUER_URL}/` } }],
    ['no audience', { claims: { aud: undefined } }],
    ['no expiry', { claims: { exp: undefined } }],
    ['an expiry as text', { claims: { exp: String(NOW_S + 60) } }],
    ['an expiry beyond all times', { claims: { exp: 1e308 } }],
    ['an expiry too far ahead', { claims: { exp: NOW_S + 316 } }],
    ['an expiry that is over', { claims: { iat: NOW_S - 60, exp: NOW_S - 15 } }],
    ['an expiry before its issue', { claims: { exp: NOW_S } }],
    ['no issue', { claims: { iat: undefined } }],
    ['an issue to come', { claims: { iat: NOW_S + 16 } }],
    ['a start to come', { claims: { nbf: NOW_S + 16 } }],
    ['no jti', { claims: { jti: undefined } }],
    ['an empty jti', { claims: { jti: '' } }],
    ['a giant jti', { claims: { jti: 'x'.repeat(256) } }],
    ['a jti that is a number', { claims: { jti: 7 } }],
    ['the type of a proof', { header: { typ: 'dpop+jwt' } }],
    ['the type of an access token', { header: { typ: 'at+jwt' } }],
    ['an algorithm that the key is not for', { signer: { ...rsaKey, alg: 'RS256' } }],
    ['no algorithm', { header: { alg: 'none' } }],
    ['a key of its own', { header: { jwk: key.jwk } }],
    ['critical members', { header: { crit: [] } }],
  ];
  it.each(refused)('is not told by an assertion with %s', async (_name, changes) => {
    expect(await refusal(assertionOf(changes))).toMatch(NOT_PROVEN);
  });

  it('is not told by its public key as a secret, nor by what is no assertion', async () => {
    const pem = key.publicKey.export({ format: 'pem', type: 'spki' });
    const forged = signHmac(pem, JSON.stringify({ alg: 'HS256', kid: key.kid }), JSON.stringify(CLAIMS));
    expect(await refusal(forged)).toMatch(NOT_PROVEN);
    for (const text of ['', 'x', 'a.b.c', assertionOf() + 'A'.repeat(8_192)]) {
      expect(await refusal(text)).toMatch(NOT_PROVEN);
    }
  });

  it('is not told by the client_id of another', async () => {
    expect(await refusal(assertionOf(), 'cli')).toMatch(NOT_PROVEN);
  });

  it('is not told by its client_id alone, nor by a certificate', async () => {
    expect(await refusalOf(authenticate({ clientId: 'agent', certificate: JKT }))).toMatch(NOT_PROVEN);
  });

  it('gets nothing while it is suspended, and learns so only after its proof', async () => {
    const claims = { iss: 'asleep', sub: 'asleep' };
    expect(await refusal(assertionOf({ claims }))).toBe(
      'invalid_client: the client is suspended: ask the group that owns it',
    );
    expect(await refusal(assertionOf({ claims, signer: makeKey('agent-1') }))).toMatch(NOT_PROVEN);
  });
});

describe('a federated client', () => {
  const tokenOf = (claims: Record<string, unknown> = {}) => makeToken(idpKey, { claims: { sub: 'repo', ...claims } });

  it('is whom its issuer’s token names, and leaves no mark', async () => {
    const { client, principal, marks } = await byAssertion(tokenOf(), 'ci');
    expect([client.id, principal.id, marks]).toEqual(['ci', 'workload:workloads:repo', []]);
    expect(principal.groups).toEqual(['engineers']);
    expect((await authenticate({ authorization: `bearer ${tokenOf()}` })).client.id).toBe('ci');
  });

  it.each([
    ['of another subject', tokenOf({ sub: 'other' })],
    ['that expired', tokenOf({ iat: NOW_S - 100, exp: NOW_S - 15 })],
    ['for others', tokenOf({ aud: 'other' })],
    ['by another key', makeToken(makeKey('idp-1'), { claims: { sub: 'repo' } })],
    ['of a stranger', tokenOf({ iss: 'https://evil.example' })],
    ['that is bound to a key', tokenOf({ cnf: { jkt: JKT } })],
    ['with which somebody else acts', tokenOf({ act: { sub: 'mallory' } })],
  ])('is not told by a token %s', async (_name, token) => {
    expect(await refusal(token, 'ci')).toMatch(NOT_PROVEN);
  });

  it('is not told by the client_id of another, nor by its own alone', async () => {
    expect(await refusal(tokenOf(), 'agent')).toMatch(NOT_PROVEN);
    expect(await refusalOf(authenticate({ clientId: 'ci' }))).toMatch(NOT_PROVEN);
  });

  it('may try again when its issuer is silent', async () => {
    const silent = makeBench(idpKey, [WORKLOADS]);
    silent.server.answer = async () => Promise.reject(new Error('down'));
    const token = tokenOf();
    const asked = authenticatorWith(silent.verifier)({ assertion: token, assertionType: ASSERTION_TYPE });
    expect(await refusalOf(asked, token)).toMatch(/^temporarily_unavailable: /);
  });
});

function authenticatorWith(verifier: typeof bench.verifier) {
  const made = createClientAuthenticator({
    clients: CLIENTS,
    issuerUrl: ISSUER_URL,
    tokenEndpoint: TOKEN_ENDPOINT,
    clock: () => NOW,
    verifier,
  });
  return (credentials: Partial<ClientCredentials>) => made.authenticate({ hasSecret: false, ...credentials });
}

describe('a client with a certificate', () => {
  it('is told by the thumbprint that the gateway saw', async () => {
    const { client, principal } = await authenticate({ clientId: 'gateway', certificate: JKT });
    expect([client.id, principal.id]).toEqual(['gateway', 'workload:client:gateway']);
  });

  it.each([undefined, '', JKT.toLowerCase(), `${JKT}=`])('is not told by %j', async (certificate) => {
    expect(await refusalOf(authenticate({ clientId: 'gateway', certificate }))).toMatch(NOT_PROVEN);
  });
});

describe('a public client', () => {
  it('proves nothing', async () => {
    expect(await authenticate({ clientId: 'cli' })).toMatchObject({ client: { id: 'cli' }, marks: [] });
  });

  it.each(['old-cli', 'nobody', '', 'constructor'])('is not %j', async (clientId) => {
    expect(await refusalOf(authenticate({ clientId }))).toMatch(NOT_PROVEN);
  });
});

describe('credentials', () => {
  it('must be there', async () => {
    expect(await refusalOf(authenticate({ certificate: JKT }))).toMatch(/^invalid_client: say who you are: /);
  });

  const assertion = assertionOf();
  const mixed: Partial<ClientCredentials>[] = [
    { assertion, assertionType: ASSERTION_TYPE, hasSecret: true },
    { assertion, assertionType: ASSERTION_TYPE, authorization: `Bearer ${assertion}` },
    { assertion, assertionType: ASSERTION_TYPE, authorization: 'Basic YWdlbnQ6c2VjcmV0' },
    { assertionType: ASSERTION_TYPE, authorization: `Bearer ${assertion}` },
    { clientId: 'agent', hasSecret: true, authorization: 'Basic YWdlbnQ6c2VjcmV0' },
  ];
  it.each(mixed)('of several kinds are an invalid request: %#', async (credentials) => {
    expect(await refusalOf(authenticate(credentials), assertion)).toBe(
      'invalid_request: the client authenticates in more than one way: send one credential',
    );
  });

  it.each([
    { clientId: 'agent', hasSecret: true },
    { clientId: 'cli', hasSecret: true },
    { authorization: 'Basic YWdlbnQ6c2VjcmV0' },
    { authorization: 'basic' },
  ])('may not be a shared secret: %j', async (credentials) => {
    expect(await refusalOf(authenticate(credentials), 'YWdlbnQ6c2VjcmV0')).toMatch(
      /^invalid_client: there are no shared secrets here: /,
    );
  });

  it.each(['', 'Bearer', `Bearer ${assertion} x`, `DPoP ${assertion}`, assertion, `Bearer  ${assertion}`])(
    'may not be in another header: %#',
    async (authorization) => {
      expect(await refusalOf(authenticate({ clientId: 'cli', authorization }), assertion)).toMatch(
        /^invalid_client: the Authorization header takes a client assertion as Bearer/,
      );
    },
  );

  it.each([
    [{ assertion }, 'client_assertion and client_assertion_type go together'],
    [{ assertionType: ASSERTION_TYPE, clientId: 'cli' }, 'client_assertion and client_assertion_type go together'],
    [{ assertion, assertionType: 'saml' }, `client_assertion_type must be ${ASSERTION_TYPE}`],
  ])('must name their type: %#', async (credentials, text) => {
    expect(await refusalOf(authenticate(credentials), assertion)).toBe(`invalid_request: ${text}`);
  });
});
