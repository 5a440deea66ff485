import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { GRANT_TYPES, TOKEN_TYPES } from '../../../contract/oauth.ts';
import type { Fields, HolderKey, TokenSystem } from './sender.ts';
import { athOf, claimsOf, createHolderKey, createTokenSystem } from './sender.ts';

describe('a DPoP proof at the token endpoint', () => {
  type Row = readonly [
    name: string,
    proof: (system: TokenSystem, key: HolderKey) => Promise<string | readonly string[]> | string,
    expected: string,
    text: RegExp,
  ];
  const TABLE: readonly Row[] = [
    ['without a nonce', (s, k) => s.proofFor(k, { nonce: undefined }), 'use_dpop_nonce', /needs the nonce/],
    ['with a nonce of its own', (s, k) => s.proofFor(k, { nonce: 'mine' }), 'use_dpop_nonce', /needs the nonce/],
    ['for another method', (s, k) => s.proofFor(k, { htm: 'GET' }), 'invalid_dpop_proof', /method/],
    [
      'for another URL',
      (s, k) => s.proofFor(k, { htu: 'https://evil.example/oauth2/token' }),
      'invalid_dpop_proof',
      /URL/,
    ],
    ['that is old', (s, k) => s.proofFor(k, { iat: s.seconds() - 61 }), 'invalid_dpop_proof', /just now/],
    ['of the future', (s, k) => s.proofFor(k, { iat: s.seconds() + 16 }), 'invalid_dpop_proof', /just now/],
    ['without an id', (s, k) => s.proofFor(k, { jti: undefined }), 'invalid_dpop_proof', /jti/],
    ['with a giant id', (s, k) => s.proofFor(k, { jti: 'j'.repeat(257) }), 'invalid_dpop_proof', /jti/],
    ['twice', async (s, k) => [await s.proofFor(k), await s.proofFor(k)], 'invalid_dpop_proof', /more than one/],
    [
      'joined by a comma',
      async (s, k) => `${await s.proofFor(k)},${await s.proofFor(k)}`,
      'invalid_dpop_proof',
      /more than one/,
    ],
    ['of another type', (s, k) => k.proof({ iat: s.seconds() }, { typ: 'JWT' }), 'invalid_dpop_proof', /type/],
    [
      'with a shared key',
      (_, k) => k.proof({}, { alg: 'HS256', jwk: { kty: 'oct', k: 'AA' } }),
      'invalid_dpop_proof',
      /signed with one of/,
    ],
    [
      'with a private key',
      (_, k) => k.proof({}, { jwk: { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', d: 'AA' } }),
      'invalid_dpop_proof',
      /private member/,
    ],
    ['that is empty', () => '', 'invalid_dpop_proof', /no token/],
  ];
  it.each(TABLE)('%s is refused, with the nonce for the next one', async (_, proof, expected, text) => {
    const system = createTokenSystem();
    const grantId = await system.grantOf('alice', {});
    const answer = await system.send(system.exchangeForm(grantId), { proof: await proof(system, createHolderKey()) });
    expect([answer.status, answer.error, answer.description]).toEqual([400, expected, expect.stringMatching(text)]);
    expect(answer.headers['dpop-nonce']).toBe((await system.oauth.nonces()).current);
  });

  it('is needed where tokens are bound', async () => {
    const system = createTokenSystem();
    const { error, description } = await system.send(system.exchangeForm(await system.grantOf('alice', {})));
    expect([error, description]).toEqual(['invalid_request', expect.stringMatching(/send a DPoP proof/)]);
  });

  it('passes once, also 20 times at the same time', async () => {
    const system = createTokenSystem();
    const grantId = await system.grantOf('alice', {});
    const proof = await system.proofFor(createHolderKey());
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => system.send(system.exchangeForm(grantId), { proof })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ error }) => error === 'invalid_dpop_proof')).toHaveLength(19);
  });

  it('may name the endpoint in other words, and an assertion is used once too', async () => {
    const system = createTokenSystem();
    const grantId = await system.grantOf('alice', {});
    const key = createHolderKey();
    const proof = await system.proofFor(key, { htu: 'HTTPS://WRIT.example:443/oauth2/token?x=1#y' });
    expect((await system.send(system.exchangeForm(grantId), { proof })).status).toBe(200);
  });
});

describe('a token that is exchanged further', () => {
  async function reExchange(
    over: (system: TokenSystem, key: HolderKey, fresh: HolderKey, token: string) => Promise<Fields> | Fields,
  ) {
    const system = createTokenSystem();
    const { token, key, grantId } = await system.aliceToken();
    const fresh = createHolderKey();
    const fields = {
      ...system.exchangeForm(grantId, { subject_token: token, client_id: undefined }),
      ...system.asClient('billing'),
      ...(await over(system, key, fresh, token)),
    };
    return { system, token, key, fresh, answer: await system.send(fields, { key: fresh }) };
  }
  const handOver = (system: TokenSystem, key: HolderKey, fresh: HolderKey, token: string, claims: object = {}) =>
    system.proofFor(key, { ath: athOf(token), bind: fresh.jkt, ...claims });

  it('takes a new key by the word of the old one, keeps its chain, and lives no longer', async () => {
    const { answer, fresh, token } = await reExchange(async (...args) => ({ subject_dpop: await handOver(...args) }));
    expect(answer.status).toBe(200);
    const claims = claimsOf(String(answer.body['access_token']));
    expect(claims).toMatchObject({
      sub: 'admin:local-admin:alice',
      client_id: 'billing',
      scope: 'reports:read',
      act: { sub: 'workload:client:billing', act: { sub: 'workload:client:writ-cli' } },
      cnf: { jkt: fresh.jkt },
    });
    expect(Number(claims['exp'])).toBeLessThanOrEqual(Number(claimsOf(token)['exp']));
    expect(answer.body).not.toHaveProperty('refresh_token');
  });

  it.each<[string, (...args: [TokenSystem, HolderKey, HolderKey, string]) => Promise<Fields> | Fields, string]>([
    ['no word of the old key', () => ({}), 'invalid_dpop_proof'],
    [
      'the word of another key',
      async (s, _, fresh, token) => ({ subject_dpop: await handOver(s, createHolderKey(), fresh, token) }),
      'invalid_dpop_proof',
    ],
    [
      'a word for another key',
      async (s, key, _, token) => ({ subject_dpop: await handOver(s, key, createHolderKey(), token) }),
      'invalid_dpop_proof',
    ],
    [
      'a word for another token',
      async (s, key, fresh) => ({ subject_dpop: await handOver(s, key, fresh, 'x') }),
      'invalid_dpop_proof',
    ],
    [
      'a word without nonce',
      async (s, key, fresh, token) => ({ subject_dpop: await handOver(s, key, fresh, token, { nonce: undefined }) }),
      'use_dpop_nonce',
    ],
    [
      'more scope than it has',
      async (...args) => ({ subject_dpop: await handOver(...args), scope: 'reports:export' }),
      'invalid_scope',
    ],
    [
      'another grant',
      async (...args) => ({ subject_dpop: await handOver(...args), grant_id: `grt_${'0'.repeat(26)}` }),
      'invalid_request',
    ],
    ['a client that it is not for', (s) => ({ ...s.asClient('shop-service') }), 'invalid_request'],
  ])('is refused with %s', async (_, over, expected) => {
    expect((await reExchange(over)).answer.error).toBe(expected);
  });

  it('never becomes a bearer token', async () => {
    const system = createTokenSystem();
    const { token, grantId } = await system.aliceToken();
    const fields = {
      ...system.exchangeForm(grantId, { subject_token: token, client_id: undefined }),
      ...system.asClient('billing'),
    };
    expect((await system.send(fields)).error).toBe('invalid_dpop_proof');
  });

  it('is refused once it was revoked', async () => {
    const system = createTokenSystem();
    const { token, grantId, key } = await system.aliceToken();
    await system.revoke(token);
    const answer = await system.send(system.exchangeForm(grantId, { subject_token: token }), { key });
    expect([answer.error, answer.description]).toEqual(['invalid_request', expect.stringMatching(/no longer good/)]);
  });
});

describe('a refresh token', () => {
  const refreshing = (token: unknown, over: Fields = {}): Fields => ({
    grant_type: GRANT_TYPES.refresh,
    client_id: 'writ-cli',
    refresh_token: String(token),
    ...over,
  });
  async function begun() {
    const system = createTokenSystem();
    const alice = await system.aliceToken();
    return { ...system, ...alice, first: alice.answer.body['refresh_token'] };
  }
  const isActive = async (system: TokenSystem, token: unknown) =>
    (await system.introspect(String(token))).body['active'];

  it('is rotated, and gives a token of the same authority', async () => {
    const system = await begun();
    const { body, status } = await system.send(refreshing(system.first), { key: system.key });
    expect(status).toBe(200);
    expect(body['refresh_token']).not.toBe(system.first);
    expect(claimsOf(String(body['access_token']))).toMatchObject({
      acr: 'urn:writ:acr:single',
      scope: 'reports:read reports:export',
    });
    expect(body).not.toHaveProperty('issued_token_type');
  });

  it('gives the same successor to two who refresh at once, and within ten seconds', async () => {
    const system = await begun();
    const answers = await Promise.all([1, 2].map(() => system.send(refreshing(system.first), { key: system.key })));
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    system.pass(9_000);
    const late = await system.send(refreshing(system.first), { key: system.key });
    expect(new Set([...answers, late].map(({ body }) => body['refresh_token'])).size).toBe(1);
  });

  it('that comes back later ends the family and its tokens', async () => {
    const system = await begun();
    const next = await system.send(refreshing(system.first), { key: system.key });
    system.pass(11_000);
    const reused = await system.send(refreshing(system.first), { key: system.key });
    expect([reused.error, reused.description]).toEqual(['invalid_grant', expect.stringMatching(/used before/)]);
    expect((await system.send(refreshing(next.body['refresh_token']), { key: system.key })).error).toBe(
      'invalid_grant',
    );
    expect(await isActive(system, system.token)).toBe(false);
    expect(await isActive(system, next.body['access_token'])).toBe(false);
    const leaves = await system.deps.audit.ofStream(system.grantId, { limit: 99 });
    expect(leaves.items.map(({ type }) => type)).toContain('token.reused');
  });

  it('is good for its key and client alone, and who has neither ends nothing', async () => {
    const system = await begun();
    const stolen = await system.send(refreshing(system.first), { key: createHolderKey() });
    const bare = await system.send(refreshing(system.first));
    const other = await system.send(refreshing(system.first, { client_id: undefined, ...system.asClient('billing') }), {
      key: system.key,
    });
    expect([stolen.error, bare.error, other.error]).toEqual(['invalid_grant', 'invalid_grant', 'invalid_grant']);
    expect((await system.send(refreshing(system.first), { key: system.key })).status).toBe(200);
  });

  it('never widens, and takes no grant_id', async () => {
    const system = await begun();
    expect((await system.send(refreshing(system.first, { scope: 'refunds:create' }), { key: system.key })).error).toBe(
      'invalid_scope',
    );
    expect(
      (await system.send(refreshing(system.first, { audience: 'https://shop.example.com' }), { key: system.key }))
        .error,
    ).toBe('invalid_target');
    expect((await system.send(refreshing(system.first, { grant_id: system.grantId }), { key: system.key })).error).toBe(
      'invalid_request',
    );
    expect((await system.send(refreshing('wrt_nonsense'), { key: system.key })).error).toBe('invalid_grant');
  });

  it('given up ends its access tokens', async () => {
    const system = await begun();
    expect((await system.revoke(String(system.first), 'writ-cli', { token_type_hint: 'access_token' })).raw.body).toBe(
      '{}',
    );
    expect(await isActive(system, system.token)).toBe(false);
    expect((await system.send(refreshing(system.first), { key: system.key })).error).toBe('invalid_grant');
  });
});

describe('introspection', () => {
  it('tells a server of the audience what the token says', async () => {
    const system = createTokenSystem();
    const { token, key, grantId } = await system.aliceToken();
    const { body, status } = await system.introspect(token);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      active: true,
      token_type: 'DPoP',
      client_id: 'writ-cli',
      cnf: { jkt: key.jkt },
      act: { sub: 'workload:client:writ-cli' },
      authorization_details: [{ type: 'billing_report' }],
      grant_id: grantId,
    });
  });

  it('is for clients that prove who they are, by form or by header', async () => {
    const system = createTokenSystem();
    const { token } = await system.aliceToken();
    for (const [fields, error] of [
      [{ client_id: 'writ-cli', token }, 'invalid_client'],
      [{ token }, 'invalid_client'],
    ] as const) {
      const answer = await system.send(fields, { path: 'introspect' });
      expect([answer.status, answer.error]).toEqual([401, error]);
    }
    const headers = { Authorization: [`Bearer ${system.assertion('billing')}`] };
    expect((await system.send({ token }, { path: 'introspect', headers })).body['active']).toBe(true);
    const mixed = await system.send({ ...system.asClient('billing'), token }, { path: 'introspect', headers });
    expect(mixed.error).toBe('invalid_request');
  });

  it.each<
    [string, (system: TokenSystem, token: string, grantId: string) => Promise<[string, string?]> | [string, string?]]
  >([
    ['nonsense', () => ['nonsense']],
    ['a sign-in token', (s) => [s.signInToken('alice')]],
    ['another server', (_, token) => [token, 'shop-service']],
    ['an expired one', (s, token) => (s.pass(301_000), [token])],
    ['a revoked one', async (s, token) => (await s.revoke(token), [token])],
    [
      'one of an ended grant',
      async (s, token, id) => (await s.call('returnGrant', 'alice', { path: { id } }), [token]),
    ],
    [
      'one with another signature',
      (_, token) => [token.replace(/.(?=[^.]{85}$)/u, (first) => (first === 'A' ? 'B' : 'A'))],
    ],
    ['one with padding', (_, token) => [`${token}==`]],
    [
      'one that was never recorded',
      async (s, token) => [await s.oauth.signer.sign('at+jwt', { ...claimsOf(token), jti: randomUUID() })],
    ],
  ])('says of %s exactly that it is not active', async (_, of) => {
    const system = createTokenSystem();
    const { token, grantId } = await system.aliceToken();
    const [shown, client] = await of(system, token, grantId);
    const { raw } = await system.introspect(shown, client);
    expect([raw.statusCode, raw.body]).toEqual([200, '{"active":false}']);
  });

  it('is signed for who asks for that (RFC 9701)', async () => {
    const system = createTokenSystem();
    const { token } = await system.aliceToken();
    const headers = { Accept: ['application/token-introspection+jwt'] };
    const { raw } = await system.introspect(token, 'billing', { headers });
    expect(raw.headers?.['content-type']).toBe('application/token-introspection+jwt');
    expect(claimsOf(raw.body)).toMatchObject({
      iss: 'https://writ.example',
      aud: 'billing',
      token_introspection: { active: true, client_id: 'writ-cli' },
    });
    const [header = ''] = raw.body.split('.');
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toMatchObject({ typ: 'token-introspection+jwt' });
    expect(await system.oauth.ownTokens.read(raw.body)).toBeUndefined();
  });
});

describe('revocation', () => {
  it('is for the client’s own tokens; what is unknown is gone already', async () => {
    const system = createTokenSystem();
    const { token } = await system.aliceToken();
    const another = await system.revoke(token, 'billing');
    expect([another.status, another.error]).toEqual([400, 'unauthorized_client']);
    expect((await system.introspect(token)).body['active']).toBe(true);
    expect((await system.revoke('nonsense')).raw).toMatchObject({ statusCode: 200, body: '{}' });
    expect((await system.revoke(token, 'writ-cli', { token_type_hint: 'refresh_token' })).status).toBe(200);
    expect((await system.introspect(token)).raw.body).toBe('{"active":false}');
    expect((await system.revoke(token)).status).toBe(200);
  });
});

describe('an actor token', () => {
  it('of somebody whom policy does not let carry it is refused', async () => {
    const system = createTokenSystem();
    const grantId = await system.grantOf('alice', {});
    const actor = { actor_token: system.signInToken('bob'), actor_token_type: TOKEN_TYPES.access };
    const { error } = await system.send(system.exchangeForm(grantId, actor), { key: createHolderKey() });
    expect(error).toBe('access_denied');
  });
});
