import { describe, expect, it } from 'vitest';
import {
  ADMIN,
  NOW,
  NOW_S,
  base64url,
  claimsOf,
  headerOf,
  makeBench,
  makeKey,
  makeToken,
  refusalOf,
  signHmac,
  signText,
  unmapped,
} from './fixture.ts';
import type { Changes } from './fixture.ts';

const key = makeKey('key-1');
const header = JSON.stringify(headerOf(key));
const claims = JSON.stringify(claimsOf());

describe('a good token', () => {
  it('names its caller', async () => {
    const { verifier } = makeBench(key);
    expect(await verifier.verify(makeToken(key))).toEqual({
      principal: {
        id: 'admin:admins:alice',
        domain: 'admin',
        issuer: 'admins',
        subject: 'alice',
        person: 'alice',
        groups: ['engineers'],
        project: 'shop',
        email: 'alice@example.com',
        authentication: { mfa: true, methods: ['pwd', 'otp', 'mfa'], at: NOW - 60_000 },
      },
      expiresAt: NOW + 3_600_000,
      tokenId: 'token-1',
      client: 'writ-cli',
    });
  });

  it.each(['ES256', 'RS256', 'PS256', 'EdDSA'] as const)('may be signed with %s', async (alg) => {
    const other = makeKey('key-1', alg);
    expect(await refusalOf(makeBench(other).verifier, makeToken(other))).toBe('accepted');
  });

  const accepted: [string, Changes][] = [
    ['with the long form of its type', { header: { typ: 'application/AT+JWT' } }],
    ['with a list of audiences', { claims: { aud: ['other', 'writ'] } }],
    ['of nearly 8 kB', { claims: { filler: 'x'.repeat(5500) } }],
    ['expired within the clock skew', { claims: { iat: NOW_S - 100, exp: NOW_S - 14 } }],
    ['issued within the clock skew', { claims: { iat: NOW_S + 15, nbf: NOW_S + 15 } }],
    ['that lives two days', { claims: { iat: NOW_S, exp: NOW_S + 172_800 } }],
    ['with a subject of 255 characters', { claims: { sub: 'x'.repeat(255) } }],
    ['with 200 groups', { claims: { groups: Array<string>(200).fill('gr\u00fcn') } }],
    ['with a group of 128 characters', { claims: { groups: ['g'.repeat(128)] } }],
    [
      'without groups, e-mail, amr and auth_time',
      {
        claims: { groups: undefined, email: undefined, amr: undefined, auth_time: undefined },
      },
    ],
  ];
  it.each(accepted)('%s is accepted', async (_name, changes) => {
    expect(await refusalOf(makeBench(key).verifier, makeToken(key, changes))).toBe('accepted');
  });

  it('may carry a key id in base64', async () => {
    const other = makeKey('AbC/+9-_=.x==');
    expect(await refusalOf(makeBench(other).verifier, makeToken(other))).toBe('accepted');
  });

  it('without proof of a second factor is not MFA', async () => {
    const { verifier } = makeBench(key);
    const { principal } = await verifier.verify(makeToken(key, { claims: { amr: ['pwd'], auth_time: undefined } }));
    expect(principal.authentication).toEqual({ mfa: false, methods: ['pwd'] });
  });

  it.each(['otp', 'hwk', 'swk', 'fido'])('with `%s` alone, which may be the only factor, is not MFA', async (only) => {
    const { verifier } = makeBench(key);
    const { principal } = await verifier.verify(makeToken(key, { claims: { amr: [only] } }));
    expect(principal.authentication.mfa).toBe(false);
  });

  it.each([undefined, 'bob', '', 7])(
    'has no say in who its person is, where no mapping names a claim',
    async (person) => {
      const { verifier } = makeBench(key, [unmapped(ADMIN)]);
      const { principal } = await verifier.verify(makeToken(key, { claims: { person } }));
      expect(principal.person).toBe('admin:admins:alice');
    },
  );

  it('must name its person, where the mapping names a claim', async () => {
    const { verifier } = makeBench(key);
    expect(await refusalOf(verifier, makeToken(key, { claims: { person: undefined } }))).toBe('claim_invalid');
  });

  it('with an unverified e-mail has none', async () => {
    const { verifier } = makeBench(key);
    const { principal } = await verifier.verify(makeToken(key, { claims: { email_verified: false } }));
    expect(principal).not.toHaveProperty('email');
  });
});

describe('the text of a token', () => {
  const [h = '', p = '', s = ''] = makeToken(key).split('.');
  const texts: [string, string, string][] = [
    ['nothing', '', 'token_missing'],
    ['more than 8 kB', `${h}.${p}.${'A'.repeat(8192)}`, 'token_too_large'],
    ['a large but honest token', makeToken(key, { claims: { filler: 'x'.repeat(6000) } }), 'token_too_large'],
    ['one segment', 'abc', 'token_malformed'],
    ['two segments', `${h}.${p}`, 'token_malformed'],
    ['four segments', `${h}.${p}.${s}.${s}`, 'token_malformed'],
    ['an encrypted token', `${h}.${p}.${s}.${p}.${s}`, 'token_malformed'],
    ['an empty signature', `${h}.${p}.`, 'token_malformed'],
    ['padding', `${h}.${p}.${s}==`, 'token_malformed'],
    ['a blank inside', `${h}.${p.slice(0, 4)} ${p.slice(4)}.${s}`, 'token_malformed'],
    ['a line feed at the end', `${h}.${p}.${s}\n`, 'token_malformed'],
    ['the alphabet of base64', `${h}.${p}.${s.slice(0, -4)}+/+/`, 'token_malformed'],
    ['the scheme left on', `Bearer ${h}.${p}.${s}`, 'token_malformed'],
    ['a length that base64 can\u2019t have', `${h}.${p}.${s}AAA`, 'token_malformed'],
    ['a header that is no JSON', signText(key, 'x', claims), 'token_malformed'],
    ['a header that is a list', signText(key, '[]', claims), 'token_malformed'],
    ['claims that are a string', signText(key, header, '"alice"'), 'token_malformed'],
    ['a nested token', signText(key, header, makeToken(key)), 'token_malformed'],
    [
      'claims in ill-formed UTF-8',
      signText(key, header, Buffer.from(`{"x":"\u00ff",${claims.slice(1)}`, 'latin1')),
      'token_malformed',
    ],
    ['a byte order mark', signText(key, header, `\ufeff${claims}`), 'token_malformed'],
    ['a duplicate header member', signText(key, `{"alg":"none",${header.slice(1)}`, claims), 'token_malformed'],
    ['a duplicate claim', signText(key, header, `{"sub":"bob",${claims.slice(1)}`), 'token_malformed'],
    [
      'a duplicate claim spelt otherwise',
      signText(key, header, `{"s\\u0075b":"bob",${claims.slice(1)}`),
      'token_malformed',
    ],
    ['`__proto__` in the header', signText(key, `{"__proto__":{},${header.slice(1)}`, claims), 'token_malformed'],
    ['`__proto__` in the claims', signText(key, header, `{"__proto__":{"x":1},${claims.slice(1)}`), 'token_malformed'],
    [
      'claims nested too deep',
      signText(key, header, `{"x":${'['.repeat(17)}${']'.repeat(17)},${claims.slice(1)}`),
      'token_malformed',
    ],
  ];
  it.each(texts)('%s is refused', async (_name, token, code) => {
    expect(await refusalOf(makeBench(key).verifier, token)).toBe(code);
  });
});

describe('the header of a token', () => {
  const otherKey = makeKey('key-1');
  const members: [string, unknown][] = [
    ['crit', ['exp']],
    ['crit', []],
    ['b64', false],
    ['b64', true],
    ['jku', 'https://evil.example.com/jwks'],
    ['x5u', 'https://evil.example.com/cert'],
    ['x5c', ['MIIB']],
    ['jwk', otherKey.jwk],
    ['enc', 'A256GCM'],
    ['zip', 'DEF'],
    ['cty', 'JWT'],
  ];
  it.each(members)('may not hold %s: %j', async (name, value) => {
    const { verifier, server } = makeBench(key);
    const token = makeToken(name === 'jwk' ? otherKey : key, { header: { [name]: value } });
    expect(await refusalOf(verifier, token)).toBe('header_refused');
    expect(server.fetches).toBe(0);
  });

  const kids: unknown[] = [
    undefined,
    '',
    7,
    null,
    ['key-1'],
    '../../etc/passwd',
    '/dev/null',
    'keys/../key-1',
    "' OR 1=1 --",
    'https://evil.example.com/key',
    'key-1\u0000',
    'key-1\n',
    'k'.repeat(129),
  ];
  it.each(kids)('may not hold the key id %j, and nothing is looked up for it', async (kid) => {
    const { verifier, server } = makeBench(key);
    expect(await refusalOf(verifier, makeToken(key, { header: { kid } }))).toBe('header_refused');
    expect(server.fetches).toBe(0);
  });

  it.each([undefined, 'JWT', 'jwt', '', 'dpop+jwt', 'token-introspection+jwt', 'at+jwt ', 7])(
    'may not name the type %j',
    async (typ) => {
      expect(await refusalOf(makeBench(key).verifier, makeToken(key, { header: { typ } }))).toBe('typ_refused');
    },
  );

  it.each([undefined, 'none', 'None', '', 'HS256', 'ES384', 'es256', 'constructor', 256])(
    'may not name the algorithm %j, and nothing is looked up for it',
    async (alg) => {
      const { verifier, server } = makeBench(key);
      expect(await refusalOf(verifier, makeToken(key, { header: { alg } }))).toBe('alg_refused');
      expect(server.fetches).toBe(0);
    },
  );

  it('HS256 keyed with the public key is refused', async () => {
    const rsa = makeKey('key-1', 'RS256');
    const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' });
    const token = signHmac(pem, JSON.stringify(headerOf(rsa, { alg: 'HS256' })), claims);
    expect(await refusalOf(makeBench(rsa).verifier, token)).toBe('alg_refused');
  });

  it('none with an empty signature is refused', async () => {
    const token = `${base64url(JSON.stringify(headerOf(key, { alg: 'none' })))}.${base64url(claims)}.`;
    expect(await refusalOf(makeBench(key).verifier, token)).toBe('token_malformed');
  });
});

describe('the signature of a token', () => {
  it('of another key with the same id is refused', async () => {
    expect(await refusalOf(makeBench(key).verifier, makeToken(makeKey('key-1')))).toBe('signature_invalid');
  });

  it('of an algorithm that the key is not for is refused', async () => {
    const rsa = makeKey('key-1', 'PS256');
    expect(await refusalOf(makeBench({ ...rsa, alg: 'RS256' }).verifier, makeToken({ ...rsa, alg: 'RS256' }))).toBe(
      'signature_invalid',
    );
  });

  it('moved to other claims is refused', async () => {
    const [h = '', , s = ''] = makeToken(key).split('.');
    const forged = base64url(JSON.stringify(claimsOf({ sub: 'carol' })));
    expect(await refusalOf(makeBench(key).verifier, `${h}.${forged}.${s}`)).toBe('signature_invalid');
  });
});

describe('the claims of a token', () => {
  const refused: [string, unknown, string][] = [
    ['iss', undefined, 'issuer_untrusted'],
    ['iss', 'https://idp.example.com/', 'issuer_untrusted'],
    ['iss', 'https://IDP.example.com', 'issuer_untrusted'],
    ['iss', 'https://idp.example.com/other-tenant', 'issuer_untrusted'],
    ['iss', ['https://idp.example.com'], 'issuer_untrusted'],
    ['aud', 'other', 'audience_mismatch'],
    ['aud', 'WRIT', 'audience_mismatch'],
    ['aud', [], 'audience_mismatch'],
    ['aud', undefined, 'claim_invalid'],
    ['aud', ['writ', 7], 'claim_invalid'],
    ['aud', { writ: true }, 'claim_invalid'],
    ['aud', ['writ', ...Array<string>(10).fill('other')], 'claim_invalid'],
    ['exp', undefined, 'claim_invalid'],
    ['exp', 1e308, 'claim_invalid'],
    ['exp', String(NOW_S + 60), 'claim_invalid'],
    ['exp', NOW_S + 0.5, 'claim_invalid'],
    ['exp', null, 'claim_invalid'],
    ['exp', -1, 'claim_invalid'],
    ['exp', NOW_S - 10, 'claim_invalid'], // not after iat
    ['exp', NOW_S + 172_800, 'claim_invalid'], // lives longer than two days
    ['exp', NOW_S * 1000, 'claim_invalid'], // milliseconds
    ['iat', undefined, 'claim_invalid'],
    ['iat', '0', 'claim_invalid'],
    ['iat', NOW_S + 16, 'token_not_yet_valid'],
    ['nbf', NOW_S + 16, 'token_not_yet_valid'],
    ['nbf', 'tomorrow', 'claim_invalid'],
    ['sub', undefined, 'claim_invalid'],
    ['sub', '', 'claim_invalid'],
    ['sub', 7, 'claim_invalid'],
    ['sub', 'x'.repeat(256), 'claim_invalid'],
    ['sub', 'alice\n', 'claim_invalid'],
    ['sub', ' alice', 'claim_invalid'],
    ['sub', 'alice ', 'claim_invalid'],
    ['sub', '\u0430lice', 'claim_invalid'], // Cyrillic a
    ['jti', undefined, 'claim_invalid'],
    ['jti', 'x'.repeat(256), 'claim_invalid'],
    ['person', '', 'claim_invalid'],
    ['person', 'a\u200bb', 'claim_invalid'], // zero-width space
    ['project', undefined, 'claim_invalid'],
    ['project', '', 'claim_invalid'],
    ['project', 'shop/../bank', 'claim_invalid'],
    ['groups', 'engineers', 'claim_invalid'],
    ['groups', Array<string>(201).fill('g'), 'claim_invalid'],
    ['groups', ['g'.repeat(129)], 'claim_invalid'],
    ['groups', [7], 'claim_invalid'],
    ['groups', [''], 'claim_invalid'],
    ['_claim_names', { groups: 'src1' }, 'claim_invalid'],
    ['email', 'alice', 'claim_invalid'],
    ['email', `${'a'.repeat(250)}@example.com`, 'claim_invalid'],
    ['amr', 'mfa', 'claim_invalid'],
    ['amr', [{}], 'claim_invalid'],
    ['amr', Array<string>(17).fill('pwd'), 'claim_invalid'],
    ['auth_time', NOW_S + 16, 'claim_invalid'],
    ['auth_time', 'now', 'claim_invalid'],
    ['auth_time', -1, 'claim_invalid'],
    ['auth_time', 1.5, 'claim_invalid'],
  ];
  it.each(refused)('%s: %j is refused', async (name, value, code) => {
    expect(await refusalOf(makeBench(key).verifier, makeToken(key, { claims: { [name]: value } }))).toBe(code);
  });

  it('expire after the clock skew', async () => {
    const token = makeToken(key, { claims: { iat: NOW_S - 100, exp: NOW_S - 15 } });
    expect(await refusalOf(makeBench(key).verifier, token)).toBe('token_expired');
  });
});
