import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  NOW,
  NOW_S,
  claimsOf,
  encode,
  headerOf,
  makeBench,
  makeKey,
  makeToken,
  refusalOf,
  signText,
} from './fixture.ts';
import { isVerified } from '../../../sdk/verify/index.ts';

const key = makeKey();
const header = JSON.stringify(headerOf(key));
const claims = JSON.stringify(claimsOf());
const { verifier } = makeBench(key);

it('a good token says who acts for whom, and what for', async () => {
  const token = await verifier.verify(makeToken(key));
  expect(token).toEqual({
    kind: 'delegation',
    tokenId: 'tok_01J9ZK3N8Q4T6V8X0Z2B4D6F8H',
    subject: 'admin:local-admin:alice',
    actors: ['workload:local-workload:ci'],
    clientId: 'writ-cli',
    audience: 'https://billing.example.com',
    grantId: 'grt_01J9ZK3N8Q4T6V8X0Z2B4D6F8H',
    grantChain: [],
    scopes: ['reports:read', 'reports:export'],
    details: [{ type: 'billing_report', identifier: 'C-42', actions: ['read', 'export'] }],
    entitlement: 'billing-report',
    project: 'shop',
    purpose: 'incident',
    bundleSha256: 'a'.repeat(64),
    consent: undefined,
    maxUses: undefined,
    issuedAt: NOW - 10_000,
    expiresAt: NOW + 300_000,
    revocation: 'unchecked',
    confirmation: undefined,
    acr: 'urn:writ:acr:mfa',
    authenticatedAt: NOW - 600_000,
  });
  expect(isVerified(token)).toBe(true);
  expect(isVerified({ ...token })).toBe(false);
});

it('each is given one of its own: what it does to it, the next one does not see', async () => {
  const text = makeToken(key, {
    grant_chain: ['grt_01J9ZK3N8Q4T6V8X0Z2B4D6F8J'],
    act: { sub: 'workload:local-workload:ci' },
  });
  const [spoilt, untouched] = [await verifier.verify(text), await verifier.verify(text)];
  for (const list of [spoilt.scopes, spoilt.actors, spoilt.grantChain, spoilt.details[0]?.actions]) {
    (list as string[]).push('everything');
  }
  (spoilt.details as { type: string }[]).push({ type: 'everything' });
  (spoilt.details[0] as { type: string }).type = 'everything';
  expect(await verifier.verify(text)).toEqual(untouched);
});

const [h = '', p = '', s = ''] = makeToken(key).split('.');
const hmac = (name: string, secret: string | Buffer): string => {
  const input = `${encode(JSON.stringify({ ...headerOf(key), alg: name }))}.${encode(claims)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
};

describe('the text of a token', () => {
  const texts: [string, string, string][] = [
    ['nothing', '', 'token_malformed'],
    ['more than 8 kB', `${h}.${p}.${'A'.repeat(8192)}`, 'token_too_large'],
    ['a large but honest token', makeToken(key, { filler: 'x'.repeat(6000) }), 'token_too_large'],
    ['one segment', 'abc', 'token_malformed'],
    ['two segments', `${h}.${p}`, 'token_malformed'],
    ['four segments', `${h}.${p}.${s}.${s}`, 'token_malformed'],
    ['an encrypted token', `${h}.${p}.${s}.${p}.${s}`, 'token_malformed'],
    ['an empty signature', `${h}.${p}.`, 'token_malformed'],
    ['an empty header', `.${p}.${s}`, 'token_malformed'],
    ['empty claims', signText(key, header, ''), 'token_malformed'],
    ['padding', `${h}.${p}.${s}==`, 'token_malformed'],
    ['padding in the header', `${h}=.${p}.${s}`, 'token_malformed'],
    ['a blank inside', `${h}.${p.slice(0, 4)} ${p.slice(4)}.${s}`, 'signature_invalid'],
    ['a line feed at the end', `${h}.${p}.${s}\n`, 'token_malformed'],
    ['the alphabet of base64', `${h}.${p}.${s.slice(0, -4)}+/+/`, 'token_malformed'],
    ['the scheme left on', `Bearer ${h}.${p}.${s}`, 'token_malformed'],
    ['a header that is no JSON', signText(key, 'x', claims), 'token_malformed'],
    ['a header that is a list', signText(key, '[]', claims), 'token_malformed'],
    ['claims that are a string', signText(key, header, '"alice"'), 'token_malformed'],
    ['a nested token', signText(key, header, makeToken(key)), 'token_malformed'],
    ['a byte order mark', signText(key, header, `\ufeff${claims}`), 'token_malformed'],
    [
      'claims in ill-formed UTF-8',
      signText(key, header, Buffer.from(`{"x":"\u00ff",${claims.slice(1)}`, 'latin1')),
      'token_malformed',
    ],
    ['a duplicate header member', signText(key, `{"alg":"none",${header.slice(1)}`, claims), 'token_malformed'],
    ['a duplicate claim', signText(key, header, `{"sub":"bob",${claims.slice(1)}`), 'token_malformed'],
    ['a duplicate claim, escaped', signText(key, header, `{"s\\u0075b":"b",${claims.slice(1)}`), 'token_malformed'],
    ['a duplicate deep inside', signText(key, header, `{"x":{"y":1,"y":2},${claims.slice(1)}`), 'token_malformed'],
    ['`__proto__` in the header', signText(key, `{"__proto__":{},${header.slice(1)}`, claims), 'token_malformed'],
    ['`__proto__` in the claims', signText(key, header, `{"__proto__":{"x":1},${claims.slice(1)}`), 'token_malformed'],
    [
      'claims nested too deep',
      signText(key, header, `{"x":${'['.repeat(17)}${']'.repeat(17)},${claims.slice(1)}`),
      'token_malformed',
    ],
  ];
  it.each(texts)('%s is refused', async (_name, token, code) => {
    expect(await refusalOf(verifier, token)).toBe(code);
  });

  it.each([`${h}.${p.slice(0, 8)}=.${s}`, `${h}.${p} .${s}`])(
    'padding or blanks in the claims are refused',
    async (text) => {
      // The same bytes to a lenient decoder, another text to the signature.
      expect(await refusalOf(verifier, text)).toBe('signature_invalid');
    },
  );

  it('claims in a spelling that is not canonical are refused, signed or not', async () => {
    const input = `${h}.${encode(claims)}=`;
    const { signatureOf } = await import('./fixture.ts');
    expect(await refusalOf(verifier, `${input}.${encode(signatureOf(key, input))}`)).toBe('token_malformed');
  });
});

describe('the header', () => {
  const make = (changes: Record<string, unknown>) => makeToken(key, {}, changes);
  const headers: [string, string, string][] = [
    ['alg none', make({ alg: 'none' }), 'alg_refused'],
    ['alg None', make({ alg: 'None' }), 'alg_refused'],
    [
      'alg none without signature',
      `${encode(JSON.stringify({ ...headerOf(key), alg: 'none' }))}.${p}.`,
      'token_malformed',
    ],
    ['no alg', make({ alg: undefined }), 'alg_refused'],
    ['an alg that is a list', make({ alg: ['ES256'] }), 'alg_refused'],
    ['HS256 with the public key', hmac('HS256', JSON.stringify(key.jwk)), 'alg_refused'],
    ['HS256 with nothing', hmac('HS256', ''), 'alg_refused'],
    ['an HMAC under the name of ES256', hmac('ES256', JSON.stringify(key.plain)), 'signature_invalid'],
    ['alg ES384', make({ alg: 'ES384' }), 'alg_refused'],
    ['alg RS256', make({ alg: 'RS256' }), 'alg_refused'],
    ['alg es256', make({ alg: 'es256' }), 'alg_refused'],
    ['an unknown crit', make({ crit: ['x'], x: 1 }), 'header_refused'],
    ['an empty crit', make({ crit: [] }), 'header_refused'],
    ['b64 false', make({ b64: false, crit: ['b64'] }), 'header_refused'],
    ['b64 false without crit', make({ b64: false }), 'header_refused'],
    ['jku', make({ jku: 'https://evil.example.com/jwks' }), 'header_refused'],
    ['x5u', make({ x5u: 'https://evil.example.com/cert' }), 'header_refused'],
    ['x5c', make({ x5c: ['AA'] }), 'header_refused'],
    ['jwk', make({ jwk: key.plain }), 'header_refused'],
    ['enc', make({ enc: 'A256GCM' }), 'header_refused'],
    ['zip', make({ zip: 'DEF' }), 'header_refused'],
    ['cty', make({ cty: 'JWT' }), 'header_refused'],
    ['no kid', make({ kid: undefined }), 'header_refused'],
    ['a kid that is a path', make({ kid: '../../etc/passwd' }), 'header_refused'],
    ['a kid that is an absolute path', make({ kid: '/dev/null' }), 'header_refused'],
    ['a kid in SQL', make({ kid: "' or 1=1 --" }), 'header_refused'],
    ['a kid of 3 kB', make({ kid: 'k'.repeat(3_000) }), 'header_refused'],
    ['a kid that is a number', make({ kid: 1 }), 'header_refused'],
    ['an unknown kid', make({ kid: 'another' }), 'signature_invalid'],
    ['typ JWT', make({ typ: 'JWT' }), 'typ_refused'],
    ['no typ', make({ typ: undefined }), 'typ_refused'],
    ['the typ of a proof', make({ typ: 'dpop+jwt' }), 'typ_refused'],
    ['the typ of an introspection', make({ typ: 'token-introspection+jwt' }), 'typ_refused'],
    ['the typ of a snapshot', make({ typ: 'statuslist+jwt' }), 'typ_refused'],
    ['the typ of a logout token', make({ typ: 'logout+jwt' }), 'typ_refused'],
    ['a typ that is a number', make({ typ: 1 }), 'typ_refused'],
  ];
  it.each(headers)('with %s is refused', async (_name, token, code) => {
    expect(await refusalOf(verifier, token)).toBe(code);
  });

  it.each(['AT+JWT', 'application/at+jwt'])('may have the typ %s', async (typ) => {
    expect(await refusalOf(verifier, make({ typ }))).toBe('accepted');
  });

  it('a refused kid is not looked up', async () => {
    const bench = makeBench(key, { keys: { jwksUri: 'https://writ.example.com/jwks' } });
    bench.server.answers.set('https://writ.example.com/jwks', () => Response.json({ keys: [key.jwk] }));
    expect(await refusalOf(bench.verifier, makeToken(key))).toBe('accepted');
    bench.now += 60_000;
    expect(await refusalOf(bench.verifier, make({ kid: '../x' }))).toBe('header_refused');
    expect(bench.server.calls).toHaveLength(1);
  });
});

describe('the claims', () => {
  const LIST = { idx: 42, uri: 'x' };
  const changes: [string, Record<string, unknown>, string][] = [
    ['no exp', { exp: undefined }, 'claim_invalid'],
    ['exp in a string', { exp: String(NOW_S + 300) }, 'claim_invalid'],
    ['a fraction of exp', { exp: NOW_S + 300.5 }, 'claim_invalid'],
    ['a negative exp', { exp: -1 }, 'claim_invalid'],
    ['exp beyond 2^53', { exp: 2 ** 53 }, 'claim_invalid'],
    ['a lifetime of more than 12 hours', { exp: NOW_S - 10 + 43_201 }, 'claim_invalid'],
    ['exp before iat', { exp: NOW_S - 11 }, 'claim_invalid'],
    ['an exp that is over', { iat: NOW_S - 100, exp: NOW_S - 15 }, 'token_expired'],
    ['no iat', { iat: undefined }, 'claim_invalid'],
    ['an iat to come', { iat: NOW_S + 16 }, 'token_not_yet_valid'],
    ['an nbf to come', { nbf: NOW_S + 16 }, 'token_not_yet_valid'],
    ['an nbf in a string', { nbf: 'now' }, 'claim_invalid'],
    ['another issuer', { iss: 'https://evil.example.com' }, 'issuer_mismatch'],
    ['the issuer with a slash', { iss: 'https://writ.example.com/' }, 'issuer_mismatch'],
    ['the issuer in another case', { iss: 'https://Writ.example.com' }, 'issuer_mismatch'],
    ['the issuer of another tenant', { iss: 'https://writ.example.com/two' }, 'issuer_mismatch'],
    ['no issuer', { iss: undefined }, 'claim_invalid'],
    ['another audience', { aud: 'https://shop.example.com' }, 'audience_mismatch'],
    ['the audience with a slash', { aud: 'https://billing.example.com/' }, 'audience_mismatch'],
    ['a list of audiences', { aud: ['https://billing.example.com'] }, 'claim_invalid'],
    ['a thousand audiences', { aud: Array<string>(100).fill('https://billing.example.com') }, 'claim_invalid'],
    ['no audience', { aud: undefined }, 'claim_invalid'],
    ['no sub', { sub: undefined }, 'claim_invalid'],
    ['a sub without a domain', { sub: 'alice' }, 'claim_invalid'],
    ['no client_id', { client_id: undefined }, 'claim_invalid'],
    ['no jti', { jti: undefined }, 'claim_invalid'],
    ['a huge jti', { jti: 'x'.repeat(129) }, 'claim_invalid'],
    ['no scope', { scope: undefined }, 'claim_invalid'],
    ['a list of scopes', { scope: ['reports:read'] }, 'claim_invalid'],
    ['two blanks in the scope', { scope: 'a  b' }, 'claim_invalid'],
    ['details that are no list', { authorization_details: { type: 'x' } }, 'claim_invalid'],
    ['details without type', { authorization_details: [{ actions: ['read'] }] }, 'claim_invalid'],
    ['details with an unknown field', { authorization_details: [{ type: 'x', more: 1 }] }, 'claim_invalid'],
    ['an actor with claims of authority', { act: { sub: 'admin:a:b', scope: 'x' } }, 'claim_invalid'],
    ['an actor without sub', { act: {} }, 'claim_invalid'],
    ['an actor that is a text', { act: 'admin:a:b' }, 'claim_invalid'],
    ['six actors', { act: chain(6) }, 'claim_invalid'],
    ['an unknown kind', { kind: 'session' }, 'claim_invalid'],
    ['no kind', { kind: undefined }, 'claim_invalid'],
    ['no grant', { grant_id: undefined }, 'claim_invalid'],
    ['an unknown acr', { acr: 'high' }, 'claim_invalid'],
    ['an unknown confirmation', { cnf: { kid: 'x' } }, 'claim_invalid'],
    ['an empty confirmation', { cnf: {} }, 'claim_invalid'],
    ['two confirmations', { cnf: { jkt: 'A'.repeat(43), 'x5t#S256': 'A'.repeat(43) } }, 'claim_invalid'],
    ['a thumbprint with stray bits', { cnf: { jkt: `${'A'.repeat(42)}B` } }, 'claim_invalid'],
    ['no status', { status: undefined }, 'claim_invalid'],
    ['a negative status index', { status: { status_list: { ...LIST, idx: -1 } } }, 'claim_invalid'],
    ['counted uses', { max_uses: 1 }, 'uses_uncounted'],
    ['uses of 0', { max_uses: 0 }, 'claim_invalid'],
  ];
  it.each(changes)('with %s are refused', async (_name, change, code) => {
    expect(await refusalOf(verifier, makeToken(key, change))).toBe(code);
  });

  it('with exp of 1e308 are refused', async () => {
    const text = claims.replace(/"exp":\d+/u, '"exp":1e308');
    expect(await refusalOf(verifier, signText(key, header, text))).toBe('claim_invalid');
  });

  const accepted: [string, Record<string, unknown>][] = [
    ['expired within the clock skew', { iat: NOW_S - 100, exp: NOW_S - 14 }],
    ['issued within the clock skew', { iat: NOW_S + 15, nbf: NOW_S + 15 }],
    ['of twelve hours', { iat: NOW_S, exp: NOW_S + 43_200 }],
    ['with five actors', { act: chain(5) }],
    ['of a client for itself', { act: undefined, acr: undefined, auth_time: undefined }],
    ['without scopes', { scope: '' }],
    ['with claims that say nothing here', { email_verified: true }],
    ['of nearly 8 kB', { filler: 'x'.repeat(4_500) }],
  ];
  it.each(accepted)('%s are accepted', async (_name, change) => {
    expect(await refusalOf(verifier, makeToken(key, change))).toBe('accepted');
  });

  it('name actors outermost first', async () => {
    const act = { sub: 'workload:w:now', act: { sub: 'workload:w:before' } };
    const { actors } = await verifier.verify(makeToken(key, { act }));
    expect(actors).toEqual(['workload:w:now', 'workload:w:before']);
  });

  it('with counted uses are taken by a server that spends them', async () => {
    const { verifier: counting } = makeBench(key, { consumes: true });
    expect((await counting.verify(makeToken(key, { max_uses: 3 }))).maxUses).toBe(3);
  });
});

function chain(length: number): object {
  return { sub: `workload:w:a${length}`, ...(length > 1 && { act: chain(length - 1) }) };
}
