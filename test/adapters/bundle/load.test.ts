import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bundleSha256 } from '../../../adapters/bundle/baked.ts';
import { deriveExternalId } from '../../../adapters/bundle/externalId.ts';
import { LOCAL_DEPLOYMENT, loadBundle, type Deployment } from '../../../adapters/bundle/load.ts';
import { BundleError } from '../../../adapters/bundle/problems.ts';
import { bundleDir, editing, problemsOf, swap } from './bundleDir.ts';

interface Entry {
  [member: string]: unknown;
  limits: object;
}

/** Edits the first entitlement, `orders-read`. */
const first = (edit: (entry: Entry) => object) =>
  editing<[Entry, ...Entry[]]>(([entry, ...rest]) => [edit(entry), ...rest]);
const withMembers = (members: object) => ({ 'catalogue.json': first((entry) => ({ ...entry, ...members })) });
const withCeiling = (...ceiling: object[]) => withMembers({ ceiling, parameters: {} });

const TABLE = 'arn:aws:dynamodb:{region}:{account}:table';
const line = (actions: string[], resources: string[], leadingKeys?: string[]) => ({
  actions,
  resources,
  ...(leadingKeys && { leadingKeys }),
});

describe('the sample bundle', () => {
  test('loads, and says its own hash', () => {
    const bundle = loadBundle('policies');

    expect(bundle.catalogue.map(({ id }) => id)).toEqual([
      'orders-read',
      'orders-write',
      'account-admin',
      'archive-read',
      'archive-maintain',
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
    const targets = { shop: { account: '333322221111', region: 'eu-west-1' } };
    const bundle = loadBundle('policies', { ...deployment, issuers, targets });

    expect(bundle.issuers).toEqual(issuers);
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

describe('a shape that is wrong is named by file and member', () => {
  test.each<[string, Readonly<Record<string, (text: string) => string>>, string]>([
    ['no JSON', { 'catalogue.json': () => '[' }, 'catalogue.json: not JSON: '],
    ['no array', { 'catalogue.json': () => '{}' }, 'catalogue.json: Invalid input: expected array'],
    ['an unknown member', withMembers({ color: 'red' }), 'catalogue.json: [0]: Unrecognized key: "color"'],
    ['an id that is no role name', withMembers({ id: 'Orders' }), 'catalogue.json: [0].id: must be lower-case letters'],
    [
      'an id that is too long',
      withMembers({ id: 'a'.repeat(42) }),
      'catalogue.json: [0].id: must be lower-case letters',
    ],
    ['a kind that is not built', withMembers({ kind: 'token' }), 'catalogue.json: [0].kind: '],
    ['no owner', withMembers({ owner: undefined }), 'catalogue.json: [0].owner: '],
    ['an owner of another domain', withMembers({ owner: 'support:x' }), 'catalogue.json: [0].owner: must be up to 64'],
    ['no consequences', withMembers({ consequences: [] }), 'catalogue.json: [0].consequences: '],
    [
      'a title with a line break',
      withMembers({ title: 'a\nb' }),
      'catalogue.json: [0].title: must be one line of text',
    ],
    ['an unknown domain', withMembers({ domains: ['root'] }), 'catalogue.json: [0].domains[0]: '],
    ['an unknown risk', withMembers({ risk: 'none' }), 'catalogue.json: [0].risk: '],
    ['an empty ceiling', withMembers({ ceiling: [] }), 'catalogue.json: [0].ceiling: '],
    [
      'NotAction',
      withMembers({ ceiling: [{ ...line(['s3:*'], ['*']), notActions: ['s3:PutObject'] }] }),
      'catalogue.json: [0].ceiling[0]: Unrecognized key: "notActions"',
    ],
    [
      'a duration beyond 12 hours',
      withMembers({ limits: { maxDurationSeconds: 43_201, maxSessions: 1 } }),
      'catalogue.json: [0].limits.maxDurationSeconds: ',
    ],
    [
      'no sessions',
      withMembers({ limits: { maxDurationSeconds: 600, maxSessions: 0 } }),
      'catalogue.json: [0].limits.maxSessions: ',
    ],
    ['a review on no day', withMembers({ reviewBy: '2027-02-30' }), 'catalogue.json: [0].reviewBy: must be a date'],
    [
      'a parameter that Writ fills in',
      withMembers({ parameters: { account: { type: 'id', description: 'd', example: 'x' } } }),
      'catalogue.json: [0].parameters.account: ',
    ],
    [
      'a parameter type with a pattern of its own',
      withMembers({ parameters: { customer: { type: '.*', description: 'd', example: 'x' } } }),
      'catalogue.json: [0].parameters.customer.type: ',
    ],
    ['an issuer of no domain', { 'issuers.json': swap('"support"', '"help"') }, 'issuers.json: [1].domain: '],
    ['a target in no account', { 'targets.json': swap('111122223333', '*') }, 'targets.json: shop.account: '],
  ])('%s', (_, change, problem) => {
    const problems = problemsOf(bundleDir(change));

    expect(problems.filter((text) => text.startsWith(problem))).not.toEqual([]);
  });

  test('a file that is missing', () => {
    const dir = bundleDir();
    rmSync(join(dir, 'approvals.json'));

    expect(problemsOf(dir)).toEqual([`approvals.json: can't be read in ${dir}`]);
  });

  test('all of them at once, also across files', () => {
    const problems = problemsOf(
      bundleDir({
        ...withMembers({ risk: 'none', owner: '' }),
        'targets.json': swap('us-east-1', 'mars'),
        'engineers.cedar': swap('permit', 'allow'),
      }),
    );

    expect(problems.map((problem) => problem.split(' ').slice(0, 2).join(' '))).toEqual([
      'catalogue.json: [0].risk:',
      'catalogue.json: [0].owner:',
      'targets.json: shop.region:',
      expect.stringMatching(/^engineers\.cedar:\d+: /) as string,
    ]);
  });
});

describe('a reference that leads nowhere', () => {
  test.each<[string, Readonly<Record<string, (text: string) => string>>, string]>([
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

describe('a ceiling that must not be lent', () => {
  const table = `${TABLE}/orders`;
  test.each<[string, Readonly<Record<string, (text: string) => string>>, string]>([
    ['a wildcard service', withCeiling(line(['*'], [table])), 'ceiling[0]: `*` is not an action'],
    [
      'a wildcard within an action',
      withCeiling(line(['s3:*Object'], ['*'])),
      'ceiling[0]: `s3:*Object` is not an action',
    ],
    ['no ARN', withCeiling(line(['dynamodb:Query'], ['orders'])), 'ceiling[0]: `orders` is not an ARN'],
    [
      'a wildcard account',
      withCeiling(line(['dynamodb:Query'], ['arn:aws:dynamodb:us-east-1:*:table/orders'])),
      'ceiling[0]: `arn:aws:dynamodb:us-east-1:*:table/orders` has no literal account id',
    ],
    [
      'an account that is not the target',
      withCeiling(line(['dynamodb:Query'], ['arn:aws:dynamodb:us-east-1:444455556666:table/orders'])),
      'ceiling[0]: `arn:aws:dynamodb:us-east-1:444455556666:table/orders` is in another account than the target; write {account}',
    ],
    [
      'what lets the session widen itself',
      withCeiling(line(['iam:PutRolePolicy'], ['*'])),
      "ceiling[0]: `iam:PutRolePolicy` can't be lent: it includes iam:*; it could change what limits the session",
    ],
    [
      'a policy variable',
      withCeiling(line(['s3:GetObject'], ['arn:aws:s3:::b/${aws:username}'])),
      'ceiling[0]: `arn:aws:s3:::b/${aws:username}` has an empty, over-long or unprintable resource',
    ],
    [
      'a placeholder that is no parameter',
      withCeiling(line(['dynamodb:Query'], [`${TABLE}/{table}`])),
      'ceiling: {table} is no parameter; declare it under `parameters`',
    ],
    [
      'a parameter that narrows nothing',
      withMembers({ ceiling: [line(['dynamodb:Query'], [table])] }),
      'parameters.customer: narrows nothing; use {customer} in the ceiling or remove it',
    ],
    [
      'an example that is none',
      { 'catalogue.json': swap('"example": "C-42"', '"example": "C*"') },
      'parameters.customer: `C*`: `customer` must be up to 64 letters, digits, `.`, `_`, `-`',
    ],
    [
      'a leading key with a wildcard',
      withCeiling(line(['dynamodb:Query'], [table], ['C-*'])),
      'ceiling[0]: `C-*` is no leading key: use letters, digits, `#.:@_|/-` and {parameters}',
    ],
    [
      'a scan under a leading key',
      withCeiling(line(['dynamodb:Query', 'dynamodb:Scan'], [table], ['C-42'])),
      'ceiling[0]: `dynamodb:Scan` carries no leading key; lend it in a statement without `leadingKeys`',
    ],
    [
      'a wildcard action under a leading key',
      withCeiling(line(['dynamodb:Batch*'], [table], ['C-42'])),
      'ceiling[0]: `dynamodb:Batch*` carries no leading key; lend it in a statement without `leadingKeys`',
    ],
    [
      'different leading keys on resources that overlap',
      withCeiling(line(['dynamodb:Query'], [`${TABLE}/*`], ['a']), line(['dynamodb:Query'], [table], ['b'])),
      'ceiling[0] and ceiling[1]: `dynamodb:Query` has different leading keys on resources that overlap',
    ],
    [
      'a leading key here and none there, on resources that may overlap once a parameter is filled in',
      withMembers({
        ceiling: [line(['dynamodb:Query'], [`${TABLE}/{customer}`], ['a']), line(['dynamodb:Query'], [table])],
      }),
      'ceiling[0] and ceiling[1]: `dynamodb:Query` has different leading keys on resources that overlap',
    ],
    [
      'one action under two patterns',
      withCeiling(line(['dynamodb:Get*'], [table]), line(['dynamodb:GetItem'], [`${TABLE}/payments`])),
      'ceiling[0] and ceiling[1]: `dynamodb:Get*` and `dynamodb:GetItem` overlap; write the same action in both',
    ],
    [
      'one action in two spellings',
      withCeiling(line(['dynamodb:getitem'], [table]), line(['dynamodb:GetItem'], [`${TABLE}/payments`])),
      'ceiling[0] and ceiling[1]: `dynamodb:getitem` and `dynamodb:GetItem` overlap; write the same action in both',
    ],
    [
      'more than a session policy holds',
      withCeiling(
        line(
          Array.from({ length: 20 }, (_, i) => `dynamodb:Action${'x'.repeat(i)}`),
          [table],
        ),
      ),
      'ceiling: with the longest parameters the scope compiles to ',
    ],
    [
      'more than a session policy holds once the parameters are at their longest',
      withMembers({
        ceiling: [
          line(
            ['dynamodb:Query'],
            [1, 2, 3, 4, 5, 6, 7].map((i) => `${TABLE}/${'t'.repeat(20)}${i}-{customer}`),
          ),
        ],
      }),
      'ceiling: with the longest parameters the scope compiles to ',
    ],
  ])('%s', (_, change, problem) => {
    const problems = problemsOf(bundleDir(change));

    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`catalogue.json: orders-read: ${problem}`);
  });

  test('the same action on other resources, with other keys or none, is no overlap', () => {
    const ceiling = [
      line(['dynamodb:Query'], [table], ['{customer}']),
      line(['dynamodb:Query'], [`${TABLE}/payments`], ['P-{customer}']),
      line(['dynamodb:Query'], [`${TABLE}/prices`]),
    ];

    const customer = { type: 'id', description: 'd', values: ['C-42', 'C-43'], example: 'C-42' };
    expect(problemsOf(bundleDir(withMembers({ ceiling, parameters: { customer } })))).toEqual([]);
  });
});

describe('policies that must not be used', () => {
  const GOOD = '@id("good") @reason("r") permit (principal, action, resource);';
  const withPolicies = (text: string) => ({ 'engineers.cedar': () => text });

  test.each<[string, Readonly<Record<string, (text: string) => string>>, RegExp]>([
    [
      'a syntax error',
      withPolicies(`${GOOD}\npermit (principal, action`),
      /^engineers\.cedar:2: unexpected end of input/,
    ],
    ['no id', withPolicies('@reason("r") permit (principal, action, resource);'), /needs an @id of lower-case/],
    [
      'an id that is none',
      withPolicies(GOOD.replace('good', 'Not Good')),
      /policy `Not Good` needs an @id of lower-case/,
    ],
    ['no reason', withPolicies('@id("good") permit (principal, action, resource);'), /policy `good` needs a @reason/],
    [
      'a forbid without advice',
      withPolicies(GOOD.replace('permit', 'forbid')),
      /^engineers\.cedar: policy `good` needs a @remediation: what to do about the denial$/,
    ],
    [
      'an id of another file',
      withPolicies(GOOD.replace('good', 'auditors-audit')),
      /^engineers\.cedar: policy `auditors-audit` has the same @id as a policy of duties\.cedar$/,
    ],
    ['a template', withPolicies(GOOD.replace('principal', 'principal == ?principal')), /templates .* are not used$/],
    [
      'an attribute that the schema does not have',
      withPolicies(GOOD.replace(';', ' when { principal.age > 17 };')),
      /^engineers\.cedar: for policy `good`, attribute `age` .* not found/,
    ],
    [
      'an optional attribute that is not asked for first',
      withPolicies(
        '@id("good") @reason("r") permit (principal, action == Writ::Action::"request", resource) when { context.ticket == "x" };',
      ),
      /^engineers\.cedar: for policy `good`, unable to guarantee safety of access to optional attribute `ticket`/,
    ],
    [
      'an action that there is not',
      withPolicies(GOOD.replace('action', 'action == Writ::Action::"own"')),
      /^engineers\.cedar: for policy `good`, unrecognized action `Writ::Action::"own"`/,
    ],
    [
      'a policy that can never apply',
      withPolicies(GOOD.replace(';', ' when { false };')),
      /^engineers\.cedar: for policy `good`, policy is impossible/,
    ],
    ['a schema that is none', { 'schema.cedarschema': (text) => `${text}}` }, /^schema\.cedarschema:\d+: /],
    [
      'an action group',
      { 'schema.cedarschema': swap('action revoke', 'action use;\n  action revoke in [use]') },
      /^schema\.cedarschema: action `revoke` is in a group; name the actions in each policy instead$/,
    ],
  ])('%s', (_, change, problem) => {
    const problems = problemsOf(bundleDir(change));

    expect(problems.filter((text) => problem.test(text))).toHaveLength(1);
  });

  test('none at all', () => {
    const none = () => '// nothing';
    const dir = bundleDir({
      'engineers.cedar': none,
      'borders.cedar': none,
      'approvals.cedar': none,
      'break-glass.cedar': none,
      'support.cedar': none,
      'authentication.cedar': none,
      'grants.cedar': none,
      'duties.cedar': none,
    });

    expect(problemsOf(dir)).toEqual(['no *.cedar file has a policy: nothing is allowed']);
  });
});

test('the error tells every problem, a line each', () => {
  expect(new BundleError(['a', 'b']).message).toBe('the policy bundle is not usable:\n  a\n  b');
});
