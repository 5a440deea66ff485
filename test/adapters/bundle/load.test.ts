import { describe, expect, test } from 'vitest';
import { bundleSha256 } from '../../../adapters/bundle/baked.ts';
import { deriveExternalId } from '../../../adapters/bundle/externalId.ts';
import { LOCAL_DEPLOYMENT, loadBundle, type Deployment } from '../../../adapters/bundle/load.ts';
import { BundleError } from '../../../adapters/bundle/problems.ts';
import { bundleDir, problemsOf, swap, type Change } from './bundleDir.ts';
import { CLIENT } from './clientFixture.ts';
import { withMembers } from './ordersRead.ts';

describe('the sample bundle', () => {
  test('loads, and says its own hash', () => {
    const bundle = loadBundle('policies');

    expect(bundle.catalogue.map(({ id }) => id)).toEqual([
      'orders-read',
      'orders-write',
      'account-admin',
      'archive-read',
      'archive-maintain',
      'billing-report',
      'refund-order',
      'act-for-customer',
      'break-glass',
    ]);
    expect(bundle.chains.map(({ id, stages }) => [id, ...stages.map((stage) => stage.timeoutSeconds)])).toEqual([
      ['team-lead', 14_400],
      ['team-lead-then-security', 14_400, 14_400],
      ['subject-then-board', 3_600],
      ['break-glass-second', 3_600],
      ['on-call', 3_600],
    ]);
    expect(bundle.issuers.map(({ domain }) => domain)).toEqual(['admin', 'support', 'customer', 'workload']);
    expect(bundle.sha256).toBe(bundleSha256(bundle));
    expect(bundle.sha256).toBe(loadBundle('policies').sha256);
  });

  test('has another hash when any part differs', () => {
    const hashes = [
      loadBundle('policies'),
      loadBundle(bundleDir({ 'schema.cedarschema': (text) => `${text}\n// more` })),
      loadBundle(bundleDir({ 'engineers.cedar': swap('"low"', '"medium"') })),
      loadBundle(bundleDir({ 'catalogue.json': swap('28800', '28799') })),
      loadBundle(bundleDir({ 'approvals.json': swap('14400', '14399') })),
      loadBundle(bundleDir({ 'directory.json': swap('604800', '604799') })),
      loadBundle(bundleDir({ 'channels.json': swap('ops-chat', 'dev-chat') })),
      loadBundle(bundleDir({ 'issuers.json': swap('"writ"', '"other"') })),
      loadBundle(bundleDir({ 'targets.json': swap('us-east-1', 'eu-west-1') })),
      loadBundle('policies', { ...LOCAL_DEPLOYMENT, installation: 'other' }),
    ].map(({ sha256 }) => sha256);

    expect(new Set(hashes).size).toBe(hashes.length);
  });

  test('has the same hash when only comments between policies differ', () => {
    const dir = bundleDir({ 'engineers.cedar': (text) => `// a word\n${text}` });

    expect(loadBundle(dir).sha256).toBe(loadBundle('policies').sha256);
  });
});

describe('a deployment', () => {
  const deployment: Deployment = { installation: 'acme', brokerAccount: '000011112222' };

  test('gets ExternalIds of its own', () => {
    const { targets } = loadBundle('policies', deployment);

    expect(targets).toEqual({
      shop: {
        account: '111122223333',
        region: 'us-east-1',
        externalId: deriveExternalId('acme', '000011112222', '111122223333'),
      },
      archive: {
        account: '444455556666',
        region: 'us-east-1',
        externalId: deriveExternalId('acme', '000011112222', '444455556666'),
      },
    });
  });

  test('places targets and brings its issuers', () => {
    const issuer = { id: 'idp', domain: 'admin', issuer: 'https://idp.example.com', audience: 'writ' } as const;
    const issuers = [{ ...issuer, jwksUri: 'https://idp.example.com/jwks' }];
    const clients = [
      { ...CLIENT, serves: ['billing', 'shop', 'support'].map((name) => `https://${name}.example.com`) },
    ];
    const targets = { shop: { account: '333322221111', region: 'eu-west-1' } };
    const bundle = loadBundle('policies', { ...deployment, issuers, clients, targets });

    expect(bundle.issuers).toEqual(issuers);
    expect(bundle.clients).toEqual(clients);
    expect(bundle.targets['shop']).toMatchObject({ account: '333322221111', region: 'eu-west-1' });
    expect(bundle.targets['archive']).toMatchObject({ account: '444455556666', region: 'us-east-1' });
  });

  test.each<[string, Partial<Deployment>, string]>([
    [
      'the target is its own account',
      { brokerAccount: '111122223333' },
      "catalogue.json: orders-read: target: `shop` is Writ's own account; nothing in it is lent. Use another account",
    ],
    [
      'the target becomes its own account',
      { targets: { archive: { account: '000011112222', region: 'us-east-1' } } },
      "catalogue.json: archive-read: target: `archive` is Writ's own account; nothing in it is lent. Use another account",
    ],
    [
      'it places a target that there is not',
      { targets: { attic: { account: '333322221111', region: 'us-east-1' } } },
      'targets.json: has no target `attic` to place elsewhere',
    ],
    [
      'it places a target nowhere',
      { targets: { shop: { account: '1', region: 'us-east-1' } } },
      'targets.json: shop.account: must be an account id of 12 digits',
    ],
    ['it trusts nobody', { issuers: [] }, 'issuers.json: Too small: expected array to have >=1 items'],
  ])('is refused when %s', (_, change, problem) => {
    expect(problemsOf('policies', { ...deployment, ...change })).toContain(problem);
  });
});

describe('a reference that leads nowhere', () => {
  test.each<[string, Change, string]>([
    [
      'a target',
      withMembers({ target: 'attic' }),
      'catalogue.json: orders-read: target: targets.json has no target `attic`',
    ],
    [
      'a target that every object has',
      withMembers({ target: 'constructor' }),
      'catalogue.json: orders-read: target: targets.json has no target `constructor`',
    ],
    [
      'a chain',
      withMembers({ approvals: 'nobody' }),
      'catalogue.json: orders-read: approvals: approvals.json has no chain `nobody`',
    ],
    [
      'an id that is used twice',
      withMembers({ id: 'orders-write' }),
      'catalogue.json: two entitlements have the id `orders-write`',
    ],
    [
      'a chain that is there twice',
      { 'approvals.json': swap('"id": "team-lead-then-security"', '"id": "team-lead"') },
      'approvals.json: two chains have the id `team-lead`',
    ],
    [
      'an issuer that is there twice',
      { 'issuers.json': swap('"local-support"', '"local-admin"') },
      'issuers.json: two trusted issuers have the id `local-admin`',
    ],
    [
      'an issuer without TLS',
      { 'issuers.json': swap('http://127.0.0.1:4602/support"', 'http://idp.example.com/support"') },
      'issuers.json: trusted issuer `local-support`: the issuer must be an https URL (http only on loopback)',
    ],
  ])('%s', (_, change, problem) => {
    expect(problemsOf(bundleDir(change))).toContain(problem);
  });
});

test('the error tells every problem, a line each', () => {
  expect(new BundleError(['a', 'b']).message).toBe('the policy bundle is not usable:\n  a\n  b');
});
