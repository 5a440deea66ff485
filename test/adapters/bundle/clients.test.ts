import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { loadBundle } from '../../../adapters/bundle/load.ts';
import type { OAuthClient } from '../../../core/oauth/client.ts';
import { bundleDir, editing, problemsOf, type Change } from './bundleDir.ts';
import { CLIENT } from './clientFixture.ts';

const adding = (...clients: object[]): Change => ({
  'clients.json': editing<object[]>((sample) => [...sample, ...clients]),
});
const withMembers = (members: object): Change => adding({ ...CLIENT, ...members });
/** The sample client with this id, with other members. */
const editedClient = (id: string, members: object): Change => ({
  'clients.json': editing<OAuthClient[]>((clients) =>
    clients.map((client) => (client.id === id ? { ...client, ...members } : client)),
  ),
});

const SAMPLES = loadBundle('policies').clients;
/** Where the added client is in the file. */
const AT = `[${SAMPLES.length}]`;

describe('the sample clients', () => {
  test('prove themselves, or are bound by their key alone', () => {
    expect(SAMPLES.map(({ id, authentication: { method } }) => [id, method])).toEqual([
      ['writ-cli', 'none'],
      ['support-desk', 'private_key_jwt'],
      ['ci', 'federated'],
      ['report-agent', 'private_key_jwt'],
      ['billing', 'private_key_jwt'],
      ['support-service', 'private_key_jwt'],
      ['shop-service', 'private_key_jwt'],
    ]);
    expect(new Set(SAMPLES.map(({ senderConstraint }) => senderConstraint))).toEqual(new Set(['dpop']));
  });

  test('are part of what the hash is over', () => {
    const { sha256 } = loadBundle('policies');

    expect(loadBundle(bundleDir(editedClient('ci', { status: 'suspended' }))).sha256).not.toBe(sha256);
  });

  test('may be joined by others', () => {
    expect(problemsOf(bundleDir(withMembers({})))).toEqual([]);
  });
});

describe('a member of a client that is wrong is named', () => {
  test.each<[string, object, string]>([
    ['an id in capitals', { id: 'API' }, 'id: must be up to 64 lower-case letters'],
    ['an id with a hyphen first', { id: '-api' }, 'id: must be up to 64 lower-case letters'],
    ['an id that is too long', { id: 'a'.repeat(65) }, 'id: must be up to 64 lower-case letters'],
    ['no owner', { owner: undefined }, 'owner: '],
    ['no date of review', { reviewBy: 'some day' }, 'reviewBy: must be a date such as 2027-06-30'],
    ['a status that there is not', { status: 'gone' }, 'status: '],
    ['a secret', { secret: 'x' }, ' Unrecognized key: "secret"'],
    ['no rate', { ratePerMinute: 0 }, 'ratePerMinute: '],
    ['too high a rate', { ratePerMinute: 10_001 }, 'ratePerMinute: '],
    ['a scope that is none', { scopes: ['*'] }, 'scopes[0]: must be a scope such as reports:read'],
    ['a scope twice', { scopes: ['a:b', 'a:b'] }, 'scopes: must name each one once'],
    ['a group of two words', { groups: ['a b'] }, 'groups[0]: must be up to 64 letters'],
    ['a relative audience', { audiences: ['/billing'] }, 'audiences[0]: must be an absolute URI'],
    ['an audience with a fragment', { audiences: ['https://a.example/#x'] }, 'audiences[0]: must have no fragment'],
    ['an audience with a query', { audiences: ['https://a.example/?x=1'] }, 'audiences[0]: must have no query'],
    ['an audience with a wildcard', { audiences: ['https://*.example'] }, 'audiences[0]: must have no query, wildcard'],
    ['an audience in the clear', { audiences: ['http://a.example'] }, 'audiences[0]: must be an https URI'],
    ['an audience by mail', { audiences: ['mailto:a@a.example'] }, 'audiences[0]: must be an https URI'],
    ['an audience with a password', { audiences: ['https://a:b@a.example'] }, 'audiences[0]: must hold no credentials'],
    ['an audience in capitals', { audiences: ['https://A.example/x'] }, 'audiences[0]: must be written https://a.ex'],
    ['an audience with the usual port', { serves: ['https://a.example:443'] }, 'serves[0]: must be written https://a'],
    [
      'no thumbprint',
      { authentication: { method: 'tls_client_auth', thumbprints: [] } },
      'authentication.thumbprints: ',
    ],
    [
      'a thumbprint in hex',
      { authentication: { method: 'tls_client_auth', thumbprints: ['a'.repeat(64)] } },
      'authentication.thumbprints[0]: must be a SHA-256 in base64url',
    ],
    [
      'a thumbprint with bits to spare',
      { authentication: { method: 'tls_client_auth', thumbprints: [`${'A'.repeat(42)}B`] } },
      'authentication.thumbprints[0]: must be a SHA-256 in base64url',
    ],
    ['a shared secret', { authentication: { method: 'client_secret_basic', secret: 'x' } }, 'authentication'],
    [
      'a public client with bearer tokens',
      { authentication: { method: 'none' }, senderConstraint: 'none' },
      'senderConstraint: must be dpop: nothing else binds a token to a public client',
    ],
    [
      'a public client that serves',
      { authentication: { method: 'none' }, senderConstraint: 'dpop', serves: ['https://a.example'] },
      'serves: must be empty: a public client proves nothing, so it can serve nobody',
    ],
  ])('%s', (_, members, problem) => {
    const problems = problemsOf(bundleDir(withMembers(members)));
    const start = problem.startsWith(' ') ? `clients.json: ${AT}:${problem}` : `clients.json: ${AT}.${problem}`;

    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(start);
  });

  test.each(['http://127.0.0.1:4700', 'http://localhost/api', 'http://[::1]:8080', 'https://a.example/b'])(
    'an audience may be %s',
    (audience) => {
      expect(problemsOf(bundleDir(withMembers({ audiences: [audience], serves: [audience] })))).toEqual([]);
    },
  );
});

describe('a key of a client', () => {
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
  const ed = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
  const rsa = (bits: number, exponent = 65_537) =>
    generateKeyPairSync('rsa', { modulusLength: bits, publicExponent: exponent }).publicKey.export({ format: 'jwk' });
  const strong = rsa(2048);
  const withKeys = (...keys: object[]) => withMembers({ authentication: { method: 'private_key_jwt', keys } });

  test.each<[string, object]>([
    ['on P-256', { ...ec, kid: 'k', use: 'sig', alg: 'ES256' }],
    ['on P-256 that says what it is for', { ...ec, kid: 'k', key_ops: ['verify'] }],
    ['of Ed25519', { ...ed, kid: 'k', alg: 'EdDSA' }],
    ['of RSA', { ...strong, kid: 'k', alg: 'PS256' }],
  ])('may be one %s', (_, key) => {
    expect(problemsOf(bundleDir(withKeys(key)))).toEqual([]);
  });

  test.each<[string, object, string]>([
    ['that is private', { ...ec, kid: 'k', d: 'AA' }, 'holds the private member `d`'],
    ['that is half private', { ...strong, kid: 'k', qi: 'AA' }, 'holds the private member `qi`'],
    ['that is a secret', { kty: 'oct', kid: 'k', k: 'AA' }, 'holds the private member `k`'],
    [
      'on another curve',
      { ...ec, kid: 'k', crv: 'P-384' },
      'must be an EC key on P-256, an Ed25519 key, or an RSA key',
    ],
    ['without a name', ec, 'needs a `kid`'],
    ['with a path as its name', { ...ec, kid: '../k' }, 'needs a `kid`'],
    ['for encryption', { ...ec, kid: 'k', use: 'enc' }, 'has a `use` other than sig'],
    ['for signing', { ...ec, kid: 'k', key_ops: ['sign'] }, 'has `key_ops` other than ["verify"]'],
    ['for another algorithm', { ...ec, kid: 'k', alg: 'HS256' }, 'has an `alg` other than ES256'],
    ['with a certificate elsewhere', { ...ec, kid: 'k', x5u: 'https://a.example' }, 'has a member `x5u` that nothing'],
    ['that is no point', { ...ec, kid: 'k', x: ec.y, y: ec.x }, 'is no usable public key'],
    ['that is half a point', { kty: 'EC', crv: 'P-256', x: ec.x, kid: 'k' }, 'is no usable public key'],
    ['that is short', { ...rsa(1024), kid: 'k' }, 'must have 2048 to 4096 bits, not 1024'],
    ['with a small exponent', { ...rsa(2048, 3), kid: 'k' }, 'must have a public exponent of 65537 or more'],
  ])('is refused %s', (_, key, problem) => {
    const problems = problemsOf(bundleDir(withKeys(key)));

    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`clients.json: ${AT}.authentication.keys[0]: ${problem}`);
  });

  test('has a name of its own', () => {
    expect(problemsOf(bundleDir(withKeys({ ...ec, kid: 'k' }, { ...ed, kid: 'k' })))).toEqual([
      `clients.json: ${AT}.authentication.keys: two keys have the same kid`,
    ]);
  });

  test('is no other client\u2019s, whatever it is called', () => {
    const key = SAMPLES.flatMap(({ authentication }) =>
      authentication.method === 'private_key_jwt' ? authentication.keys : [],
    )[0];

    expect(problemsOf(bundleDir(withKeys({ ...key, kid: 'mine' })))).toEqual([
      'clients.json: `support-desk` and `api` have the same key or certificate',
    ]);
  });
});

describe('clients that are mistaken for each other', () => {
  const federated = (members: object) => ({
    authentication: { method: 'federated', issuer: 'local-workload', subject: 'ci', ...members },
  });

  test.each<[string, Change, string]>([
    ['by their id', withMembers({ id: 'billing' }), 'two clients have the id `billing`'],
    ['by their subject', withMembers(federated({})), '`ci` and `api` are the same principal'],
    [
      'by their certificate',
      adding(CLIENT, { ...CLIENT, id: 'api-2' }),
      '`api` and `api-2` have the same key or certificate',
    ],
    [
      'by an issuer that nobody knows',
      withMembers(federated({ issuer: 'nobody' })),
      'api: authentication.issuer: issuers.json has no issuer `nobody`',
    ],
    [
      'by an issuer of people',
      withMembers(federated({ issuer: 'local-admin' })),
      'api: authentication.issuer: `local-admin` is of the domain admin, and clients are workloads',
    ],
    [
      'by nobody who answers for one',
      withMembers({ owner: 'nobody' }),
      'api: owner: directory.json has nobody of the admin domain in the group `nobody`',
    ],
    [
      'at an audience that is another owner\u2019s',
      withMembers({ owner: 'security-admins', serves: ['https://shop.example.com'] }),
      '`https://shop.example.com` is served by clients of different owners: team-leads of shop, security-admins of shop',
    ],
    [
      'at an audience of another project',
      withMembers({ project: 'bank', serves: ['https://shop.example.com'] }),
      '`https://shop.example.com` is served by clients of different owners: team-leads of shop, team-leads of bank',
    ],
  ])('%s are refused', (_, change, problem) => {
    expect(problemsOf(bundleDir(change))).toEqual([`clients.json: ${problem}`]);
  });

  test('but one owner may serve an audience with several', () => {
    expect(problemsOf(bundleDir(withMembers({ serves: ['https://shop.example.com'] })))).toEqual([]);
  });
});
