import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { afterAll, describe, expect, it } from 'vitest';
import { CONTEXT_KEYS, ContextError, readContext } from '../../infra/context.ts';

const read = (context: Readonly<Record<string, unknown>>, environment: Readonly<Record<string, string>> = {}) =>
  readContext(new App({ context: { ...context } }).node, environment);

const ISSUERS = [
  {
    id: 'corp',
    domain: 'admin',
    issuer: 'https://id.example.com',
    audience: 'writ',
    jwksUri: 'https://id.example.com/jwks',
  },
];
const MUTUAL_TLS = {
  domainName: 'mtls.writ.example.com',
  certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/0f3c',
  truststoreUri: 's3://acme-trust/writ.pem',
};
const CLIENTS = [
  {
    id: 'api',
    title: 'The services of the shop',
    owner: 'team-leads',
    project: 'shop',
    status: 'active',
    reviewBy: '2027-06-30',
    authentication: { method: 'tls_client_auth', thumbprints: ['A'.repeat(43)] },
    senderConstraint: 'mtls',
    scopes: [],
    audiences: [],
    serves: ['https://billing.example.com', 'https://shop.example.com', 'https://support.example.com'],
    signsInAs: [],
    groups: [],
    ratePerMinute: 60,
  },
];
const directory = mkdtempSync(join(tmpdir(), 'writ-context-'));
afterAll(() => {
  rmSync(directory, { recursive: true });
});

describe('without context', () => {
  it('is the make-believe deployment, wherever it runs', () => {
    const context = read({});
    expect(context).toMatchObject({ account: '999988887777', region: 'us-east-1' });
    expect(context.bundle.targets['shop']?.account).toBe('111122223333');
    expect(context.signinUrl).toBe('https://signin.aws.amazon.com/federation');
    expect([context.tokenKeys, context.tokenSigningShards, context.snapshotKeys]).toEqual([['a', 'b'], 1, ['a']]);
    expect(context.mutualTls).toBeUndefined();
    expect([context.email, context.publicUrl, context.signingProfileArn]).toEqual([undefined, undefined, undefined]);
  });
});

describe('a real account', () => {
  it('comes from context, or from what the CDK CLI found', () => {
    const [issuers, clients] = [JSON.stringify(ISSUERS), JSON.stringify(CLIENTS)];
    expect(read({ issuers, clients }, { CDK_DEFAULT_ACCOUNT: '123456789012' }).account).toBe('123456789012');
    expect(read({ issuers, clients, account: '210987654321' }, { CDK_DEFAULT_ACCOUNT: '123456789012' }).account).toBe(
      '210987654321',
    );
  });

  it('does not trust issuers on somebody’s laptop', () => {
    expect(() => read({ account: '123456789012' })).toThrow(
      new ContextError(
        'issuers: `local-admin` has no https URL; give this deployment its own, such as -c issuers=./issuers.json',
      ),
    );
  });
});

it('trusts no client in a real account whose private key is published', () => {
  const sample = JSON.parse(readFileSync('policies/clients.json', 'utf8')) as { id: string }[];
  const clients = sample.filter(({ id }) => id !== 'ci');
  expect(() => read({ issuers: ISSUERS, clients, account: '123456789012' })).toThrow(
    new ContextError(
      'clients: the private key of `support-desk` is published; give this deployment its own, such as -c clients=./clients.json',
    ),
  );
  expect(read({ issuers: ISSUERS, clients }).bundle.clients).toHaveLength(6);
});

describe('issuers, clients and targets', () => {
  it('are JSON, a file of it, or a value of cdk.json', () => {
    const file = join(directory, 'issuers.json');
    writeFileSync(file, JSON.stringify(ISSUERS));
    for (const issuers of [JSON.stringify(ISSUERS), file, ISSUERS]) {
      expect(read({ issuers, clients: CLIENTS }).bundle.issuers.map(({ id }) => id)).toEqual(['corp']);
    }
    const other = join(directory, 'clients.json');
    writeFileSync(other, JSON.stringify(CLIENTS));
    for (const clients of [JSON.stringify(CLIENTS), other, CLIENTS]) {
      expect(read({ clients }).bundle.clients.map(({ id }) => id)).toEqual(['api']);
    }
  });

  it('place a target elsewhere, with an ExternalId of its own', () => {
    const before = read({}).bundle.targets['shop'];
    const moved = read({ targets: { shop: { account: '555566667777', region: 'eu-west-1' } } }).bundle.targets['shop'];
    expect(moved).toMatchObject({ account: '555566667777', region: 'eu-west-1' });
    expect(moved?.externalId).not.toBe(before?.externalId);
  });

  it('another installation has other ExternalIds', () => {
    const ids = ['prod-a', 'prod-b'].map((installation) => read({ installation }).bundle.targets['shop']?.externalId);
    expect(ids[0]).not.toBe(ids[1]);
  });
});

it('takes generations, shards and mutual TLS as text of `-c` and as values of cdk.json', () => {
  const text = { tokenKeys: '["b","c"]', tokenSigningShards: '2', mutualTls: JSON.stringify(MUTUAL_TLS) };
  const values = { tokenKeys: ['b', 'c'], tokenSigningShards: 2, mutualTls: MUTUAL_TLS };
  for (const context of [text, values]) {
    expect(read(context)).toMatchObject({ tokenKeys: ['b', 'c'], tokenSigningShards: 2, mutualTls: MUTUAL_TLS });
  }
});

it.each<[string, Record<string, unknown>, RegExp]>([
  ['an account', { account: '12345' }, /^account: must be an account id of 12 digits$/],
  ['a Region', { region: 'Frankfurt' }, /^region: must be a Region such as us-east-1$/],
  ['an installation', { installation: 'Prod 1' }, /^installation: must be a short name/],
  ['an e-mail address', { email: 'nobody' }, /^email: must be an e-mail address$/],
  ['a public URL', { publicUrl: 'writ.example.com' }, /^publicUrl: must be a URL$/],
  ['a public URL with a slash', { publicUrl: 'https://writ.example.com/' }, /^publicUrl: must not end in a slash$/],
  ['a signing profile', { signingProfileArn: 'mine' }, /^signingProfileArn: must be the version ARN/],
  ['a directory', { policies: '/nowhere' }, /^policies `\/nowhere`: .*can't be read/],
  ['JSON', { issuers: '[{' }, /^issuers: .*JSON/],
  ['a file', { issuers: './nowhere.json' }, /^issuers: ENOENT/],
  ['issuers', { issuers: [{ id: 'x' }] }, /^issuers\.0\.domain: /],
  ['clients', { clients: [{ id: 'x' }] }, /^clients\.0\.title: /],
  ['a target', { targets: { shop: { account: 'x', region: 'us-east-1' } } }, /^targets\.shop\.account: /],
  ['a list of generations', { tokenKeys: 'a,b' }, /^tokenKeys: must be a list of names$/],
  ['a generation', { tokenKeys: '["A"]' }, /^tokenKeys\.0: must be a short name/],
  ['a list without repetition', { snapshotKeys: ['a', 'a'] }, /^snapshotKeys: must name each generation once$/],
  ['a generation at all', { snapshotKeys: [] }, /^snapshotKeys: must name one generation at least$/],
  ['a number of shards', { tokenSigningShards: '9' }, /^tokenSigningShards: must be a number from 1 to 8$/],
  ['shards', { tokenSigningShards: 'two' }, /^tokenSigningShards: must be a number from 1 to 8$/],
  [
    'a domain with mutual TLS',
    { mutualTls: { ...MUTUAL_TLS, domainName: 'https://x.example' } },
    /^mutualTls\.domainName: must be a host name$/,
  ],
  [
    'a trust store',
    { mutualTls: { ...MUTUAL_TLS, truststoreUri: './ca.pem' } },
    /^mutualTls\.truststoreUri: must be an s3/,
  ],
  [
    'a certificate',
    { mutualTls: { ...MUTUAL_TLS, certificateArn: 'mine' } },
    /^mutualTls\.certificateArn: must be the ARN/,
  ],
  ['known of mutual TLS', { mutualTls: { ...MUTUAL_TLS, trust: true } }, /^mutualTls: .*"trust"/],
  ['a known target', { targets: { nobody: { account: '555566667777', region: 'us-east-1' } } }, /no target `nobody`/],
])('says in one line what is not %s', (_what, context, message) => {
  const reading = () => read(context);
  expect(reading).toThrow(ContextError);
  expect(reading).toThrow(message);
  expect(reading).not.toThrow(/\n/);
});

it('ends the app with that line and a status, and without a stack trace', () => {
  const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'bin/writ.ts'], {
    env: { PATH: process.env['PATH'], CDK_OUTDIR: join(directory, 'out'), CDK_CONTEXT_JSON: '{"account":"12"}' },
    encoding: 'utf8',
  });
  expect(status).toBe(1);
  expect(stderr).toBe('writ: account: must be an account id of 12 digits\n');
});

it('has every key in docs/deploy.md, and no other', () => {
  const rows = readFileSync('docs/deploy.md', 'utf8').split('## 2.')[1]?.split('For example')[0] ?? '';
  const documented = [...rows.matchAll(/^\| `(\w+)`/gm)].map((match) => match[1]);
  expect(documented.sort()).toEqual([...CONTEXT_KEYS].sort());
});
