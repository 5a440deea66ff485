import fc from 'fast-check';
import { expect, it } from 'vitest';
import { accessTokenClaims } from '../../../contract/accessToken.ts';
import { readClaims } from '../../../sdk/verify/readClaims.ts';
import { Refusal } from '../../../sdk/verify/refusal.ts';
import { claimsOf } from './fixture.ts';

/** Of a delegation: what impersonations need besides is the verifier's own rule. */
function isRead(claims: Record<string, unknown>): boolean {
  try {
    readClaims(claims);
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}

const THUMBPRINT = `${'A'.repeat(42)}E`;
const GOOD: Record<string, unknown> = {
  ...claimsOf(),
  nbf: 1,
  cnf: { jkt: THUMBPRINT },
  grant_chain: ['grt_01J9ZK3N8Q4T6V8X0Z2B4D6F8H'],
  consent: 'apr_1',
  max_uses: 1,
  source: 'a'.repeat(64),
  region: 'us-east-1',
};

/** Values at the edges of the rules, and beyond. */
const value = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(
    undefined,
    null,
    '',
    ' ',
    'a b',
    'a  b',
    'admin:a:b',
    'admin:a:b c',
    'admin::b',
    'ADMIN:a:b',
    'impersonated',
    'grt_01J9ZK3N8Q4T6V8X0Z2B4D6F8H',
    -0,
    -1,
    0,
    1,
    1.5,
    2 ** 53,
    2 ** 53 - 1,
    [],
    {},
    { jkt: THUMBPRINT },
    { 'x5t#S256': THUMBPRINT },
    { jkt: THUMBPRINT, more: 1 },
    { jkt: THUMBPRINT, 'x5t#S256': THUMBPRINT },
    { sub: 'admin:a:b' },
    { sub: 'admin:a:b', act: { sub: 'admin:a:c' } },
    { sub: 'admin:a:b', act: {} },
    { sub: 'admin:a:b', act: null },
    { sub: 'admin:a:b', iss: 'x' },
    [{ type: 'x' }],
    [{ type: '' }],
    [{ type: 'x', actions: ['a'], identifier: '' }],
    [{ type: 'x', actions: [''] }],
    [{ type: 'x', actions: 'a' }],
    [{ type: 'x', toString: 1 }],
    [{ type: 'x', more: 1 }],
    { status_list: { idx: 0, uri: '' } },
    { status_list: { idx: 0, uri: '', more: 1 }, more: 1 },
    { status_list: { idx: '0', uri: '' } },
    { status_list: [] },
  ),
  fc.integer({ min: 60, max: 4_100 }).map((length) => 'a'.repeat(length)),
  fc.integer({ min: 90, max: 110 }).map((length) => Array<object>(length).fill({ type: 'x' })),
);

it('good claims are read', () => {
  expect(isRead(GOOD)).toBe(true);
});

it.each(Object.keys(GOOD))('`%s` is taken by the contract’s rule', (name) => {
  fc.assert(
    fc.property(value, (changed) => {
      const claims = { ...GOOD, [name]: changed };
      fc.pre(claims['kind'] !== 'impersonation');
      expect(isRead(claims)).toBe(accessTokenClaims.safeParse(claims).success);
    }),
    { numRuns: 150 },
  );
});

it('knows the same claims', () => {
  expect(Object.keys(accessTokenClaims.shape).sort()).toEqual(Object.keys(GOOD).sort());
});

it('a chain of five actors is the longest', () => {
  const chain = (length: number): object => ({ sub: 'admin:a:b', ...(length > 1 && { act: chain(length - 1) }) });
  expect([5, 6].map((length) => isRead({ ...GOOD, act: chain(length) }))).toEqual([true, false]);
});

it('says what the contract says of each text with one letter more, less or other', () => {
  const letter = fc.constantFrom(...' !"#+-./09:;@AILOUZ[\\]^_`abfgz{}~\u007f\u0080\u00e9\u2028\n\t\0'.split(''));
  const spoilt = fc.record({
    name: fc.constantFrom('sub', 'client_id', 'jti', 'scope', 'grant_id', 'entitlement', 'bundle', 'source', 'region'),
    at: fc.nat({ max: 70 }),
    cut: fc.integer({ min: 0, max: 1 }),
    put: fc.oneof(fc.constant(''), letter),
  });
  fc.assert(
    fc.property(spoilt, ({ name, at, cut, put }) => {
      const text = String(GOOD[name]);
      const where = Math.min(at, text.length);
      const claims = { ...GOOD, [name]: text.slice(0, where) + put + text.slice(where + cut) };
      expect([claims[name], isRead(claims)]).toEqual([claims[name], accessTokenClaims.safeParse(claims).success]);
    }),
    { numRuns: 5_000 },
  );
});

it.each([
  ['sub', `admin:${'a'.repeat(64)}:b`, true],
  ['sub', `admin:${'a'.repeat(65)}:b`, false],
  ['sub', `admin:a:${'b'.repeat(255)}`, true],
  ['sub', `admin:a:${'b'.repeat(256)}`, false],
  ['sub', 'admin:a:b:c', true],
  ['sub', 'admin:.a:b', false],
  ['sub', 'admin:a:', false],
  ['jti', 'j'.repeat(128), true],
  ['jti', 'j'.repeat(129), false],
  ['scope', 's'.repeat(4_000), true],
  ['scope', 's'.repeat(4_001), false],
])('%s: %s is taken: %s', (name, value, taken) => {
  const claims = { ...GOOD, [name]: value };
  expect([isRead(claims), accessTokenClaims.safeParse(claims).success]).toEqual([taken, taken]);
});
