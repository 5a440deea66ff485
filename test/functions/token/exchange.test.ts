import { describe, expect, it } from 'vitest';
import { GRANT_TYPES, TOKEN_TYPES, tokenAnswer } from '../../../contract/oauth.ts';
import type { Fields, SendOptions, TokenSystem } from './sender.ts';
import { claimsOf, createHolderKey, createTokenSystem } from './sender.ts';

describe('a token exchange', () => {
  it('lends what the grant has, to its holder, with the client as actor', async () => {
    const system = createTokenSystem();
    const { token, answer, key, grantId } = await system.aliceToken();
    expect(tokenAnswer.parse(answer.body)).toMatchObject({
      issued_token_type: TOKEN_TYPES.access,
      token_type: 'DPoP',
      expires_in: 300,
      scope: 'reports:read reports:export',
      authorization_details: [{ type: 'billing_report', identifier: 'C-42', actions: ['read', 'export'] }],
    });
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', 'dpop-nonce': expect.any(String) as unknown });
    expect(claimsOf(token)).toMatchObject({
      iss: 'https://writ.example',
      sub: 'admin:local-admin:alice',
      aud: 'https://billing.example.com',
      act: { sub: 'workload:client:writ-cli' },
      cnf: { jkt: key.jkt },
      acr: 'urn:writ:acr:single',
      grant_id: grantId,
      purpose: 'invoice question',
      kind: 'delegation',
    });
  });

  type Row = readonly [
    name: string,
    over: (system: TokenSystem) => Fields,
    expected: string,
    text: RegExp,
    options?: (system: TokenSystem) => Promise<SendOptions> | SendOptions,
  ];
  const jwt = (alg: string) => `${Buffer.from(JSON.stringify({ alg })).toString('base64url')}.e30.c2ln`;
  const TABLE: readonly Row[] = [
    ['no grant_id', () => ({ grant_id: undefined }), 'invalid_request', /name the grant/],
    ['an empty grant_id', () => ({ grant_id: '' }), 'invalid_request', /name the grant/],
    ['no subject token', () => ({ subject_token: undefined }), 'invalid_request', /subject_token/],
    ['no subject token type', () => ({ subject_token_type: undefined }), 'invalid_request', /subject_token_type/],
    [
      'an actor token without its type',
      (s) => ({ actor_token: s.signInToken('bob') }),
      'invalid_request',
      /go together/,
    ],
    ['an actor token type alone', () => ({ actor_token_type: TOKEN_TYPES.jwt }), 'invalid_request', /go together/],
    ['a token that is none', () => ({ subject_token: 'nonsense' }), 'invalid_request', /was refused/],
    ['a token without algorithm', () => ({ subject_token: jwt('none') }), 'invalid_request', /was refused/],
    [
      'an expired subject',
      (s) => ({ subject_token: s.signInToken('alice', { iat: 1, exp: 2 }) }),
      'invalid_request',
      /expired/,
    ],
    [
      'another issuer',
      (s) => ({ subject_token: s.signInToken('alice', { iss: 'https://other.example' }) }),
      'invalid_request',
      /issuer/,
    ],
    [
      'another audience',
      (s) => ({ subject_token: s.signInToken('alice', { aud: 'other' }) }),
      'invalid_request',
      /not meant for/,
    ],
    [
      'a token of another client',
      (s) => ({ subject_token: s.signInToken('alice', { client_id: 'other' }) }),
      'invalid_request',
      /not given to this client/,
    ],
    [
      'an ID token',
      () => ({ subject_token_type: 'urn:ietf:params:oauth:token-type:id_token' }),
      'invalid_request',
      /ID token/,
    ],
    [
      'a refresh token as subject',
      () => ({ subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' }),
      'invalid_request',
      /refresh token is no subject/,
    ],
    [
      'may_act of another',
      (s) => ({ subject_token: s.signInToken('alice', { may_act: { sub: 'mallory' } }) }),
      'invalid_request',
      /may_act/,
    ],
    [
      'the actor is the subject',
      (s) => ({ actor_token: s.signInToken('alice'), actor_token_type: TOKEN_TYPES.access }),
      'invalid_request',
      /is the subject/,
    ],
    [
      'another type of token',
      () => ({ requested_token_type: 'urn:ietf:params:oauth:token-type:saml2' }),
      'invalid_request',
      /requested_token_type/,
    ],
    ['an unknown audience', () => ({ audience: 'https://evil.example' }), 'invalid_target', /audience/],
    [
      'two audiences',
      () => ({ audience: ['https://billing.example.com', 'https://shop.example.com'] }),
      'invalid_target',
      /one audience/,
    ],
    ['a relative resource', () => ({ resource: '/billing' }), 'invalid_target', /absolute/],
    ['a resource with a fragment', () => ({ resource: 'https://billing.example.com#x' }), 'invalid_target', /fragment/],
    ['more scope', () => ({ scope: 'reports:read refunds:create' }), 'invalid_scope', /no more than: reports:read/],
    ['a scope that is none', () => ({ scope: 'reports:read  x' }), 'invalid_request', /`scope`/],
    ['an unknown grant', () => ({ grant_id: `grt_${'0'.repeat(26)}` }), 'invalid_grant', /no such grant/],
    ['another’s grant', (s) => ({ subject_token: s.signInToken('bob') }), 'invalid_grant', /no such grant/],
    ['an unknown grant type', () => ({ grant_type: 'password' }), 'unsupported_grant_type', /grant_type is one of/],
    ['no grant type', () => ({ grant_type: undefined }), 'invalid_request', /`grant_type`/],
    [
      'a parameter twice',
      () => ({ scope: ['reports:read', 'reports:read'] }),
      'invalid_request',
      /`scope` is given more than once/,
    ],
    ['an unknown parameter', () => ({ colour: 'blue' }), 'invalid_request', /`colour` is not a parameter/],
    ['a parameter of another grant type', () => ({ refresh_token: 'wrt_x' }), 'invalid_request', /does not belong/],
    ['a giant token', () => ({ subject_token: 'x'.repeat(9_000) }), 'invalid_request', /`subject_token`/],
    ['a giant form', () => ({ subject_token: 'x'.repeat(40_000) }), 'invalid_request', /32 kB/],
    ['details that are no JSON', () => ({ authorization_details: '[' }), 'invalid_authorization_details', /JSON array/],
    [
      'details that break out',
      () => ({ authorization_details: '[],"x":1' }),
      'invalid_authorization_details',
      /JSON array/,
    ],
    [
      'details that are no array',
      () => ({ authorization_details: '{"type":"billing_report"}' }),
      'invalid_authorization_details',
      /JSON array/,
    ],
    ['no details at all', () => ({ authorization_details: '[]' }), 'invalid_authorization_details', /JSON array/],
    [
      'a member twice',
      () => ({ authorization_details: '[{"type":"a","type":"billing_report"}]' }),
      'invalid_authorization_details',
      /JSON array/,
    ],
    [
      'details without type',
      () => ({ authorization_details: '[{"identifier":"C-42"}]' }),
      'invalid_authorization_details',
      /has a type/,
    ],
    [
      'an unknown field',
      () => ({ authorization_details: '[{"type":"billing_report","colour":"x"}]' }),
      'invalid_authorization_details',
      /only locations/,
    ],
    [
      'an unknown type',
      () => ({ authorization_details: '[{"type":"payment"}]' }),
      'invalid_authorization_details',
      /exceed/,
    ],
    [
      'another customer',
      () => ({
        authorization_details:
          '[{"type":"billing_report","identifier":"C-43","locations":["https://billing.example.com"],"actions":["read"]}]',
      }),
      'invalid_authorization_details',
      /exceed/,
    ],
    [
      'too many details',
      () => ({ authorization_details: JSON.stringify(Array(17).fill({ type: 'a' })) }),
      'invalid_authorization_details',
      /more than 16/,
    ],
    ['an unknown client', () => ({ client_id: 'nobody' }), 'invalid_client', /unknown/],
    ['no client', () => ({ client_id: undefined }), 'invalid_client', /say who you are/],
    ['a client secret', () => ({ client_secret: 'hunter2' }), 'invalid_client', /no shared secrets/],
    [
      'a secret beside an assertion',
      (s) => ({ ...s.asClient('billing'), client_secret: 'x' }),
      'invalid_request',
      /more than one way/,
    ],
    [
      'a used-up assertion',
      (s) => ({
        client_id: undefined,
        ...s.asClient('support-desk'),
        client_assertion: s.assertion('support-desk', { exp: 1 }),
      }),
      'invalid_client',
      /credential is not good/,
    ],
    [
      'Basic',
      () => ({ client_id: undefined }),
      'invalid_client',
      /no shared secrets/,
      () => ({ headers: { Authorization: ['Basic eDp5'] } }),
    ],
    [
      'an assertion in the header',
      (s) => ({ client_id: undefined, grant_id: s.seconds().toString() }),
      'invalid_client',
      /in the form/,
      (s) => ({ headers: { Authorization: [`Bearer ${s.assertion('billing')}`] } }),
    ],
    ['a form in the URL', () => ({}), 'invalid_request', /not into the URL/, () => ({ query: { grant_id: ['x'] } })],
    [
      'JSON',
      () => ({}),
      'invalid_request',
      /form-urlencoded/,
      () => ({ headers: { 'content-type': ['application/json'] } }),
    ],
    [
      'another charset',
      () => ({}),
      'invalid_request',
      /form-urlencoded/,
      () => ({ headers: { 'content-type': ['application/x-www-form-urlencoded; charset=utf-16'] } }),
    ],
    ['a malformed escape', () => ({}), 'invalid_request', /malformed escape/, () => ({ body: 'grant_type=%zz' })],
    ['bytes that are no UTF-8', () => ({}), 'invalid_request', /not UTF-8/, () => ({ body: 'grant_type=%ff' })],
    ['a name without letters', () => ({}), 'invalid_request', /without a name/, () => ({ body: 'a=1&&b=2' })],
  ];

  const cases = TABLE.map(([name, over, expected, text, options]) => ({ name, over, expected, text, options }));
  it.each(cases)('refuses $name', async ({ over, expected, text, options }) => {
    const system = createTokenSystem();
    const key = createHolderKey();
    const grantId = await system.grantOf('alice', {});
    const fields = system.exchangeForm(grantId, over(system));
    const answer = await system.send(fields, { key, ...(await options?.(system)) });
    expect([answer.error, answer.description]).toEqual([expected, expect.stringMatching(text)]);
    expect(answer.status).toBe(expected === 'invalid_client' ? 401 : 400);
    if (answer.status === 401) expect(answer.headers['www-authenticate']).toBe('Bearer realm="writ"');
    // RFC 6749 §5.2, and never what was sent.
    expect(answer.description).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/);
    const said = answer.raw.body + JSON.stringify(system.logged);
    for (const name of ['subject_token', 'actor_token', 'client_assertion', 'client_secret'] as const) {
      const value = fields[name];
      if (typeof value === 'string' && value.length > 1) expect(said).not.toContain(value);
    }
  });

  it('carries less when less is asked for, and says what was granted', async () => {
    const system = createTokenSystem();
    const grantId = await system.grantOf('alice', {});
    const detail = {
      type: 'billing_report',
      identifier: 'C-42',
      locations: ['https://billing.example.com'],
      actions: ['read'],
    };
    const { body } = await system.send(
      system.exchangeForm(grantId, {
        scope: 'reports:read',
        audience: 'https://billing.example.com',
        resource: 'https://billing.example.com',
        requested_token_type: TOKEN_TYPES.jwt,
        authorization_details: JSON.stringify([detail]),
      }),
      { key: createHolderKey() },
    );
    expect(body).toMatchObject({ scope: 'reports:read', authorization_details: [detail] });
  });

  it('needs a grant that is live', async () => {
    const system = createTokenSystem();
    const { grantId, key } = await system.aliceToken();
    await system.call('returnGrant', 'alice', { path: { id: grantId } });
    const { error, description } = await system.send(system.exchangeForm(grantId), { key });
    expect([error, description]).toEqual(['invalid_grant', 'the grant is over (returned): make a new request']);
  });

  it('says server_error of what nobody expected, and logs no more than its kind', async () => {
    const system = createTokenSystem();
    const grantId = await system.grantOf('alice', {});
    const fields = system.exchangeForm(grantId);
    system.oauth.signer.sign = async (_, claims) => {
      throw new Error(`secret ${JSON.stringify(claims)}`);
    };
    const { status, error, description } = await system.send(fields, { key: createHolderKey() });
    expect([status, error, description]).toEqual([500, 'server_error', 'the request could not be completed']);
  });

  it('says temporarily_unavailable when a service does not answer', async () => {
    const system = createTokenSystem();
    const grantId = await system.grantOf('alice', {});
    system.oauth.signer.sign = async () => {
      throw Object.assign(new Error('late'), { name: 'TimeoutError' });
    };
    const { status, error } = await system.send(system.exchangeForm(grantId), { key: createHolderKey() });
    expect([status, error]).toEqual([503, 'temporarily_unavailable']);
  });

  it('takes POST alone', async () => {
    const system = createTokenSystem();
    const { status, error } = await system.send({}, { method: 'GET' });
    expect([status, error]).toEqual([405, 'invalid_request']);
  });
});

describe('client credentials', () => {
  const ask = { grant_type: GRANT_TYPES.client };

  it('serve a workload that holds the grant itself: it acts for nobody', async () => {
    const system = createTokenSystem();
    const created = await system.call('createGrant', system.signInToken('ci', { client_id: 'ci' }, 'workload'), {
      json: {
        entitlement: 'billing-report',
        parameters: { customer: 'C-7' },
        durationSeconds: 600,
        purpose: 'ci',
        justification: 'nightly',
      },
    });
    const grantId = String(created.body['id']);
    const { body, status } = await system.send(
      { ...ask, ...system.asClient('ci'), grant_id: grantId },
      { key: createHolderKey() },
    );
    expect(status).toBe(200);
    expect(body).not.toHaveProperty('issued_token_type');
    const claims = claimsOf(String(body['access_token']));
    expect(claims).toMatchObject({ sub: 'workload:local-workload:ci', client_id: 'ci' });
    expect(claims).not.toHaveProperty('act');
  });

  it('are not for public clients, nor for another’s grant', async () => {
    const system = createTokenSystem();
    const grant_id = await system.grantOf('alice', {});
    const asPublic = await system.send({ ...ask, client_id: 'writ-cli', grant_id }, { key: createHolderKey() });
    expect(asPublic.error).toBe('unauthorized_client');
    const another = await system.send({ ...ask, ...system.asClient('billing'), grant_id }, { key: createHolderKey() });
    expect([another.error, another.description]).toEqual(['invalid_grant', expect.stringMatching(/no such grant/)]);
  });
});
