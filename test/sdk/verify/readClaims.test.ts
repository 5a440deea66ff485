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
