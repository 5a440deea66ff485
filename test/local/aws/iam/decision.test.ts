import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decide } from '../../../../local/aws/iam/decision.ts';
import type { Opinions, ResourceGrant, Verdict } from '../../../../local/aws/iam/decision.ts';

const NONE: ResourceGrant = { denied: false, session: false, role: false, account: false };
const opinions = (change: Partial<Opinions>): Opinions => ({
  sameAccount: true,
  identity: 'silent',
  resource: NONE,
  needsDelegation: false,
  ...change,
});
const grants = (change: Partial<ResourceGrant>): Opinions['resource'] => ({ ...NONE, ...change });

/** AWS's documented truth table; the pages are named in `decision.ts`. */
const TABLE: readonly [string, Partial<Opinions>, boolean][] = [
  ['nothing is said', {}, false],
  ['the identity policy allows', { identity: 'allow' }, true],
  ['the boundary is silent on what the identity policy allows', { identity: 'allow', boundary: 'silent' }, false],
  ['the session policy is silent on what the identity policy allows', { identity: 'allow', session: 'silent' }, false],
  ['all three allow', { identity: 'allow', boundary: 'allow', session: 'allow' }, true],
  ['only the session policy allows: it grants nothing', { session: 'allow' }, false],
  ['only the boundary allows: it grants nothing', { boundary: 'allow' }, false],
  ['the resource names the role', { resource: grants({ role: true }) }, true],
  [
    '… and the session policy is silent: it limits the role',
    { resource: grants({ role: true }), session: 'silent' },
    false,
  ],
  ['… and the boundary is silent: it limits the role', { resource: grants({ role: true }), boundary: 'silent' }, false],
  ['the resource names the session', { resource: grants({ session: true }) }, true],
  [
    '… and the session policy is silent: it limits nothing',
    { resource: grants({ session: true }), session: 'silent' },
    true,
  ],
  [
    '… and the boundary is silent: it limits nothing',
    { resource: grants({ session: true }), boundary: 'silent' },
    true,
  ],
  ['… and the session policy denies', { resource: grants({ session: true }), session: 'deny' }, false],
  ['the resource names the account: it grants nothing by itself', { resource: grants({ account: true }) }, false],
  [
    'the resource names the account, and the identity policy allows',
    { resource: grants({ account: true }), identity: 'allow' },
    true,
  ],
  ['a key or trust policy does not delegate', { needsDelegation: true, identity: 'allow' }, false],
  [
    'a key or trust policy delegates to the account',
    { needsDelegation: true, identity: 'allow', resource: grants({ account: true }) },
    true,
  ],
  ['a key or trust policy names the role', { needsDelegation: true, resource: grants({ role: true }) }, true],
  ['cross-account, only the caller’s side allows', { sameAccount: false, identity: 'allow' }, false],
  ['cross-account, only the resource’s side allows', { sameAccount: false, resource: grants({ role: true }) }, false],
  ['cross-account, both allow', { sameAccount: false, identity: 'allow', resource: grants({ account: true }) }, true],
  [
    'cross-account, the session is named, and its policy silent',
    { sameAccount: false, identity: 'allow', session: 'silent', resource: grants({ session: true }) },
    false,
  ],
];

test.each(TABLE)('%s', (_what, change, allowed) => {
  expect(decide(opinions(change)).allowed).toBe(allowed);
});

const verdict = fc.constantFrom<Verdict>('allow', 'deny', 'silent');
const anyOpinions = fc.record(
  {
    sameAccount: fc.boolean(),
    identity: verdict,
    boundary: verdict,
    session: verdict,
    resource: fc.record({ denied: fc.boolean(), session: fc.boolean(), role: fc.boolean(), account: fc.boolean() }),
    needsDelegation: fc.boolean(),
  },
  { requiredKeys: ['sameAccount', 'identity', 'resource', 'needsDelegation'] },
);

test('a deny anywhere wins, and says so', () => {
  fc.assert(
    fc.property(anyOpinions, (given) => {
      const denies = [given.identity, given.boundary, given.session].includes('deny') || given.resource.denied;
      const decision = decide(given);
      expect(!decision.allowed && decision.explicit).toBe(denies);
    }),
  );
});

test('taking any allow away never allows more', () => {
  fc.assert(
    fc.property(anyOpinions, (given) => {
      fc.pre(!decide(given).allowed);
      expect(decide({ ...given, identity: given.identity === 'allow' ? 'silent' : given.identity }).allowed).toBe(
        false,
      );
      expect(decide({ ...given, resource: { ...NONE, denied: given.resource.denied } }).allowed).toBe(false);
    }),
  );
});
