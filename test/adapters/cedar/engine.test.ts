import { describe, expect, test } from 'vitest';
import { createCedarEngine, type EngineFailure } from '../../../adapters/cedar/engine.ts';
import { loadInstalledWasm } from '../../../adapters/cedar/wasm.ts';
import type { PolicyContext } from '../../../core/ports.ts';
import { CONTEXT, NOW, bundleWith, entitlementOf, grantOf, person, sampleBundle } from './fixtures.ts';

const engineOf = (policies: Readonly<Record<string, string>>) =>
  createCedarEngine(bundleWith(policies), loadInstalledWasm);
const ANYTHING = '@id("anything") @reason("Anything goes.") permit (principal, action, resource);';
const ordersRead = { type: 'entitlement', entitlement: entitlementOf('orders-read') } as const;
const alice = person('alice');

const NO_ANSWER = {
  allowed: false,
  reasons: ['The policies could not be evaluated, so the answer is no.'],
  remediation: 'Tell the security admins; the log has the cause under this trace id.',
};

describe('a failure denies (I13)', () => {
  test('a forbid that fails denies, though Cedar itself would allow', () => {
    const engine = engineOf({
      anything: ANYTHING,
      broken: 'forbid (principal, action, resource) when { context.hour * 9223372036854775807 > 1 };',
    });

    expect(engine.decide(alice, 'request', ordersRead, CONTEXT)).toEqual({
      ...NO_ANSWER,
      policies: [{ id: 'broken', effect: 'forbid' }],
      error: expect.stringMatching(/^`broken`: .*integer overflow/) as string,
    });
  });

  test('a permit that fails denies, though another one allows', () => {
    const engine = engineOf({
      anything: ANYTHING,
      broken: 'permit (principal, action, resource) when { principal.age > 17 };',
    });

    expect(engine.decide(alice, 'request', ordersRead, CONTEXT)).toMatchObject({
      ...NO_ANSWER,
      policies: [{ id: 'broken', effect: 'permit' }],
    });
  });

  test.each<[string, Partial<Record<keyof PolicyContext, unknown>>, RegExp]>([
    ['an address that is none', { sourceIp: 'unknown' }, /^the source address is not an IP address$/],
    ['an address that looks like one', { sourceIp: '192.0.2.256' }, /invalid IP address/],
    ['a range instead of an address', { sourceIp: '0.0.0.0/0' }, /^the source address is not an IP address$/],
    ['an address that is missing', { sourceIp: undefined }, /^the source address is not an IP address$/],
    ['a time that is none', { now: Number.NaN }, /untagged enum|null/],
    ['a duration that is no whole number', { durationSeconds: 1.5 }, /untagged enum/],
  ])('a malformed context denies: %s', (_, malformed, error) => {
    const engine = engineOf({ anything: ANYTHING });
    const context = { ...CONTEXT, ...malformed } as PolicyContext;

    expect(engine.decide(alice, 'request', ordersRead, CONTEXT).allowed).toBe(true);
    expect(engine.decide(alice, 'request', ordersRead, context)).toEqual({
      ...NO_ANSWER,
      policies: [],
      error: expect.stringMatching(error) as string,
    });
  });

  test('an exception denies', () => {
    const engine = engineOf({ anything: ANYTHING });
    const hostile = Object.defineProperty({ ...alice }, 'groups', {
      get: () => {
        throw new Error('no groups today');
      },
    });

    expect(engine.decide(hostile, 'request', ordersRead, CONTEXT)).toEqual({
      ...NO_ANSWER,
      policies: [],
      error: 'no groups today',
    });
  });

  test('the log is told what failed; an answer, a no too, is no failure', () => {
    const told: EngineFailure[] = [];
    const tell = (failure: EngineFailure): void => void told.push(failure);
    const bundle = bundleWith({
      anything: ANYTHING,
      broken: 'forbid (principal, action == Writ::Action::"request", resource) when { principal.age > 17 };',
    });
    const engine = createCedarEngine(bundle, loadInstalledWasm, tell);

    engine.decide(alice, 'autoApprove', ordersRead, CONTEXT);
    createCedarEngine(bundleWith({}), loadInstalledWasm, tell).decide(alice, 'request', ordersRead, CONTEXT);
    expect(told).toEqual([]);

    const { error } = engine.decide(alice, 'request', ordersRead, CONTEXT);
    engine.decide(alice, 'request', ordersRead, { ...CONTEXT, sourceIp: 'unknown' });
    expect(told).toEqual([
      { action: 'request', policies: ['broken'], error },
      { action: 'request', policies: [], error: 'the source address is not an IP address' },
    ]);
  });

  test.each([
    ['request', { type: 'system' }],
    ['autoApprove', { type: 'system' }],
    ['issue', ordersRead],
    ['read', ordersRead],
    ['administer', ordersRead],
    ['administer', { type: 'grant', grant: grantOf(alice, 'orders-read'), entitlement: undefined }],
    ['extend', { type: 'system' }],
    ['breakGlass', { type: 'system' }],
    ['approve', ordersRead],
    ['approve', { type: 'system' }],
    ['consent', { type: 'system' }],
    ['review', { type: 'system' }],
    ['revoke', { type: 'system' }],
  ] as const)('a question that makes no sense denies: %s on %o', (action, resource) => {
    const verdict = engineOf({ anything: ANYTHING }).decide(alice, action, resource, CONTEXT);

    expect(verdict).toMatchObject({
      ...NO_ANSWER,
      error: expect.stringContaining(`\`${action}\` is not asked`) as string,
    });
  });

  test('a set of policies that does not parse makes no engine', () => {
    expect(() => engineOf({ broken: 'permit (principal' })).toThrow("the policies don't parse: ");
  });
});

test('without policies everything is denied', () => {
  expect(engineOf({}).decide(alice, 'request', ordersRead, CONTEXT)).toEqual({
    allowed: false,
    policies: [],
    reasons: ['No policy lets admin principals in engineers request orders-read.'],
    remediation: 'Ask team-leads whether policy should allow it.',
  });
});

test('engines of different bundles answer apart', () => {
  const open = engineOf({ anything: ANYTHING });
  const closed = engineOf({});

  expect(open.decide(alice, 'request', ordersRead, CONTEXT).allowed).toBe(true);
  expect(closed.decide(alice, 'request', ordersRead, CONTEXT).allowed).toBe(false);
});

test('reasons and remediations of several forbids are given once each, in the order of their ids', () => {
  const forbid = (id: string, reason: string, remediation: string): string =>
    `@id("${id}") @reason("${reason}") @remediation("${remediation}") forbid (principal, action, resource);`;
  const engine = engineOf({
    c: forbid('c', 'Not now.', 'Wait.'),
    anything: ANYTHING,
    b: forbid('b', 'Not you.', 'Ask.'),
    a: forbid('a', 'Not now.', 'Wait.'),
  });

  expect(engine.decide(alice, 'request', ordersRead, CONTEXT)).toEqual({
    allowed: false,
    policies: ['a', 'b', 'c'].map((id) => ({ id, effect: 'forbid' })),
    reasons: ['Not now.', 'Not you.'],
    remediation: 'Wait. Ask.',
  });
});

describe('what policies can look at', () => {
  const allows = (condition: string, context: Partial<PolicyContext> = {}, who = alice): boolean => {
    const verdict = engineOf({
      p: `@reason("r") permit (principal, action, resource) when { ${condition} };`,
    }).decide(who, 'request', ordersRead, { ...CONTEXT, ...context });
    expect(verdict.error).toBeUndefined();
    return verdict.allowed;
  };

  test('the hour, in UTC', () => {
    expect(allows('context.hour == 9')).toBe(true);
    expect(allows('context.hour == 9', { now: NOW + 30 * 60_000 })).toBe(false);
  });

  test('the address, also in IPv6', () => {
    expect(allows('context.sourceIp.isInRange(ip("192.0.2.0/24"))')).toBe(true);
    expect(allows('context.sourceIp.isInRange(ip("198.51.100.0/24"))')).toBe(false);
    expect(allows('context.sourceIp.isIpv6()', { sourceIp: '2001:db8::7' })).toBe(true);
    expect(allows('context.sourceIp == ip("192.0.2.7")', { sourceIp: '::ffff:192.0.2.7' })).toBe(true);
  });

  test('the duration, the ticket and the parameters, where there are any', () => {
    expect(allows('context has durationSeconds || context has ticket')).toBe(false);
    expect(allows('context has durationSeconds && context.durationSeconds == 600', { durationSeconds: 600 })).toBe(
      true,
    );
    expect(allows('context has ticket && context.ticket like "INC-*"', { ticket: 'INC-42' })).toBe(true);
    const isC42 = 'context.parameters.hasTag("customer") && context.parameters.getTag("customer") == "C-42"';
    expect(allows(isC42)).toBe(false);
    expect(allows(isC42, { parameters: { customer: 'C-43' } })).toBe(false);
    expect(allows(isC42, { parameters: { customer: 'C-42' } })).toBe(true);
  });

  test('the age of the sign-in, rounded up, and never below nothing', () => {
    const signedIn = (at: number) => person('alice', { authentication: { mfa: false, methods: [], at } });
    const age = (seconds: number) => `context has authAgeSeconds && context.authAgeSeconds == ${seconds}`;
    expect(allows(age(61), {}, signedIn(NOW - 60_001))).toBe(true);
    expect(allows(age(0), {}, signedIn(NOW + 5_000))).toBe(true);
    expect(
      allows('context has authAgeSeconds', {}, person('alice', { authentication: { mfa: true, methods: [] } })),
    ).toBe(false);
  });

  test('at issuance, what the grant was asked for, whatever the caller says', () => {
    const engine = engineOf({
      p: `@reason("r") permit (principal, action == Writ::Action::"issue", resource) when {
        context.parameters.getTag("customer") == "C-42" && context.durationSeconds == 600 && context.ticket == "INC-42"
      };`,
    });
    const resource = {
      type: 'grant',
      grant: grantOf(alice, 'orders-read'),
      entitlement: entitlementOf('orders-read'),
    } as const;
    const told = { ...CONTEXT, parameters: { customer: 'C-43' }, durationSeconds: 5, ticket: 'INC-1' };

    expect(engine.decide(alice, 'issue', resource, told)).toMatchObject({ allowed: true });
  });

  test('names that look like Cedar are only names', () => {
    const sly = person('x"), action, resource); permit (principal', { groups: ['"] || true', 'engineers'] });

    expect(allows('principal in Writ::Group::"admin:engineers"', {}, sly)).toBe(true);
    expect(allows('principal in Writ::Group::"admin:security-admins"', {}, sly)).toBe(false);
  });
});

test('the sample bundle is what the engine says it decides by', () => {
  expect(createCedarEngine(sampleBundle, loadInstalledWasm).bundle).toBe(sampleBundle);
});
