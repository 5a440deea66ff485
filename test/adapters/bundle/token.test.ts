import { describe, expect, test } from 'vitest';
import type { OAuthClient } from '../../../core/oauth/client.ts';
import { bundleDir, editing, problemsOf, type Change } from './bundleDir.ts';

interface Entry {
  readonly id: string;
  readonly limits: object;
  readonly terms: object;
}

const AUDIENCE = 'https://billing.example.com';
const edited = (id: string, edit: (entry: Entry) => object): Change => ({
  'catalogue.json': editing<Entry[]>((entries) => entries.map((entry) => (entry.id === id ? edit(entry) : entry))),
});
const report = (members: object) => edited('billing-report', (one) => ({ ...one, ...members }));
const terms = (members: object, id = 'billing-report') =>
  edited(id, (one) => ({ ...one, terms: { ...one.terms, ...members } }));
const limits = (members: object, id = 'billing-report') =>
  edited(id, (one) => ({ ...one, limits: { ...one.limits, ...members } }));
const ceiling = (line: object) => report({ ceiling: [{ actions: ['reports:read'], resources: [AUDIENCE], ...line }] });
const detail = (members: object) =>
  report({ authorizationDetails: [{ type: 'billing_report', identifier: '{customer}', ...members }] });

describe('a member of an entitlement to tokens that is wrong is named', () => {
  test.each<[string, Change, string]>([
    ['no terms', report({ terms: undefined }), '[5].terms: '],
    ['no templates', report({ authorizationDetails: undefined }), '[5].authorizationDetails: '],
    ['a target', report({ target: 'shop' }), '[5]: Unrecognized key: "target"'],
    ['a console', report({ console: true }), '[5]: Unrecognized key: "console"'],
    ['too short a life', terms({ lifetimeSeconds: 9 }), '[5].terms.lifetimeSeconds: '],
    ['too long a life', terms({ lifetimeSeconds: 601 }), '[5].terms.lifetimeSeconds: '],
    ['no use', terms({ maxUsesPerToken: 0 }), '[5].terms.maxUsesPerToken: '],
    ['too many uses of a token', terms({ maxUsesPerToken: 1001 }), '[5].terms.maxUsesPerToken: '],
    ['no use at all', limits({ maxUses: 0 }), '[5].limits.maxUses: '],
    ['too many uses', limits({ maxUses: 100_001 }), '[5].limits.maxUses: '],
    ['uses of an AWS session', limits({ maxUses: 1 }, 'orders-read'), '[0].limits: Unrecognized key: "maxUses"'],
    ['hands beyond the limit', terms({ maxDepth: 5 }), '[5].terms.maxDepth: '],
    ['a bond twice', terms({ bind: ['region', 'region'] }), '[5].terms.bind: must name each bond once'],
    ['a bond that there is not', terms({ bind: ['hope'] }), '[5].terms.bind[0]: '],
    [
      'bearer tokens that are refreshed',
      terms({ bearer: true }),
      '[5].terms.refresh: must be false where tokens may be',
    ],
    ['a refreshed impersonation', terms({ refresh: true }, 'act-for-customer'), '[7].terms.refresh: must be false'],
    ['a bearer’s impersonation', terms({ bearer: true }, 'act-for-customer'), '[7].terms.bearer: must be false'],
    ['a lent-on impersonation', terms({ maxDepth: 1 }, 'act-for-customer'), '[7].terms.maxDepth: must be 0'],
    ['a field of its own', detail({ amount: 3 }), '[5].authorizationDetails[0]: Unrecognized key: "amount"'],
    ['a type that is none', detail({ type: '{customer}' }), '[5].authorizationDetails[0].type: must be a type such as'],
    ['an empty list', detail({ actions: [] }), '[5].authorizationDetails[0].actions: '],
    [
      'a place that is none',
      detail({ locations: ['billing'] }),
      '[5].authorizationDetails[0].locations[0]: must be an',
    ],
  ])('%s', (_, change, problem) => {
    const problems = problemsOf(bundleDir(change));

    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`catalogue.json: ${problem}`);
  });

  test('bearer tokens may be lent where they are not refreshed', () => {
    expect(problemsOf(bundleDir(terms({ bearer: true, refresh: false })))).toEqual([]);
  });
});

describe('an entitlement to tokens', () => {
  test.each<[string, Change, string]>([
    ['with a wildcard scope', ceiling({ actions: ['reports:*'] }), 'ceiling[0]: `reports:*` is no scope such as'],
    ['with an action of AWS', ceiling({ actions: ['s3:GetObject'] }), 'ceiling[0]: `s3:GetObject` is no scope such as'],
    ['with leading keys', ceiling({ leadingKeys: ['C-42'] }), 'ceiling[0]: leading keys are for DynamoDB alone'],
    [
      'that asks a subject',
      report({ approvals: 'subject-then-board' }),
      'approvals: it acts for nobody, but its chain asks a subject',
    ],
    [
      'with a chain that there is not',
      report({ approvals: 'nobody' }),
      'approvals: approvals.json has no chain `nobody`',
    ],
    [
      'with an undeclared parameter',
      detail({ identifier: '{customer}-{year}' }),
      'authorizationDetails[0]: {year} is no parameter; declare it under `parameters`',
    ],
    [
      'with a parameter where none is filled in',
      detail({ actions: ['{customer}'] }),
      'authorizationDetails[0]: `{customer}`: a parameter in braces is filled in nowhere but in `identifier`',
    ],
    [
      'with stray braces',
      detail({ identifier: '{customer}-{Year}' }),
      'authorizationDetails[0]: `-{Year}`: a parameter in braces is filled in nowhere but in `identifier`',
    ],
    [
      'at a place that it does not lend',
      detail({ locations: ['https://shop.example.com'] }),
      'authorizationDetails[0]: `https://shop.example.com` is no audience of the ceiling',
    ],
    [
      'that says something twice',
      detail({ actions: ['read', 'read'] }),
      'authorizationDetails[0]: actions: names something twice',
    ],
    [
      'with a parameter that narrows nothing',
      report({ authorizationDetails: [] }),
      'parameters.customer: narrows nothing; use {customer} as an `identifier` or remove it',
    ],
    [
      'with an example that nobody could give',
      report({ parameters: { customer: { type: 'id', description: 'd', example: 'C *' } } }),
      'parameters.customer: `C *`: `customer` must be up to 64 letters',
    ],
    [
      'whose tokens have more uses than the grant',
      edited('refund-order', (one) => ({ ...one, terms: { ...one.terms, maxUsesPerToken: 2 } })),
      'terms.maxUsesPerToken: must not be more than limits.maxUses',
    ],
  ])('is refused %s', (_, change, problem) => {
    const problems = problemsOf(bundleDir(change));

    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^catalogue\.json: (billing-report|refund-order): /);
    expect(problems[0]).toContain(problem);
  });

  test.each([
    ['https://billing.example.com/#reports', 'must have no fragment (RFC 8707 §2)'],
    ['https://billing.example.com/{customer}', 'must have no query, wildcard or placeholder'],
    ['https://*.example.com', 'must have no query, wildcard or placeholder'],
    ['arn:aws:s3:::reports', 'must be an https URI (http only on loopback)'],
    ['*', 'must be an absolute URI such as https://billing.example.com'],
  ])('is refused for the audience %s', (audience, why) => {
    const change = {
      ...report({
        ceiling: [{ actions: ['reports:read'], resources: [audience] }],
        authorizationDetails: [{ type: 'billing_report', identifier: '{customer}' }],
      }),
    };

    expect(problemsOf(bundleDir(change))).toContain(
      `catalogue.json: billing-report: ceiling[0]: \`${audience}\` ${why}`,
    );
  });

  test.each([
    ['billing-report', 'billing', AUDIENCE],
    ['act-for-customer', 'support-service', 'https://support.example.com'],
  ])('%s needs somebody to serve its audience', (entitlement, server, audience) => {
    const change: Change = {
      'clients.json': editing<OAuthClient[]>((clients) =>
        clients.map((client) => (client.id === server ? { ...client, serves: [] } : client)),
      ),
    };

    expect(problemsOf(bundleDir(change))).toEqual([
      `catalogue.json: ${entitlement}: ceiling: \`${audience}\` is served by no client of clients.json`,
    ]);
  });
});
