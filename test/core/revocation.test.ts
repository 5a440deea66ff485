import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { denyOf as denyOfGrant, REVOCATION_POLICY_LIMIT, revocationPolicy } from '../../core/revocation.ts';
import type { Grant } from '../../core/grant.ts';
import type { Deny } from '../../core/session.ts';
import { active, NOW } from './fixtures.ts';

const denyOf = (grant: Grant, now: number): Deny => {
  const found = denyOfGrant(grant, now);
  if (!found) throw new Error('no deny');
  return found;
};
const deny = (over: Partial<Deny> = {}): Deny => ({ ...denyOf(active(), NOW), ...over });
const identity = (n: number): Deny['match'] => ({ sourceIdentity: `writ-${String(n).padStart(26, '0')}` });

describe('denyOf', () => {
  it('lasts a minute longer than the longest session that could be live, from a request on its way too (I15)', () => {
    expect(denyOf(active(), NOW + 1000).until).toBe(NOW + 600_000 + 60_000);
    const long = active({ state: { status: 'active', activatedAt: NOW, expiresAt: NOW + 8 * 3_600_000 } });
    expect(denyOf(long, NOW).until).toBe(NOW + 3_600_000 + 300_000 + 60_000);
  });
});

describe('denyOf without a role', () => {
  it('has nothing to deny', () => {
    const { roleArn: _, ...rest } = active();
    expect(denyOfGrant(rest, NOW)).toBeUndefined();
  });
});

describe('revocationPolicy', () => {
  it('is nothing when nothing is to be denied', () => {
    expect(revocationPolicy([], NOW)).toBeUndefined();
    expect(revocationPolicy([deny({ until: NOW })], NOW)).toBeUndefined();
  });

  it('denies grants by source identity and lone sessions by name', () => {
    const text = revocationPolicy([deny(), deny({ match: { sessionName: 'ses_1' } })], NOW);
    expect(JSON.parse(text ?? '')).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Deny',
          Action: '*',
          Resource: '*',
          Condition: { StringEquals: { 'aws:SourceIdentity': ['writ-abcdefghijklmnopqrstuvwxyz'] } },
        },
        { Effect: 'Deny', Action: '*', Resource: '*', Condition: { StringLike: { 'aws:userid': ['*:ses_1'] } } },
      ],
    });
  });

  it('does not depend on the order in which denies were recorded', () => {
    const denies = Array.from({ length: 20 }, (_, n) => deny({ match: identity(n) }));
    fc.assert(
      fc.property(fc.shuffledSubarray(denies, { minLength: 20 }), (shuffled) => {
        expect(revocationPolicy(shuffled, NOW)).toBe(revocationPolicy(denies, NOW));
      }),
    );
  });

  it('denies by issue time what the list has no room for, and lists the newest', () => {
    const denies = Array.from({ length: 400 }, (_, n) => deny({ match: identity(n), createdAt: NOW + n * 1000 }));
    const text = revocationPolicy(denies, NOW) ?? '';
    expect(text.length).toBeLessThanOrEqual(REVOCATION_POLICY_LIMIT);
    expect(text.length).toBeGreaterThan(REVOCATION_POLICY_LIMIT - 40);
    const [byTime, byName] = statementsOf(text);
    const listed = byName?.Condition.StringEquals?.['aws:SourceIdentity'] ?? [];
    const others = 400 - listed.length;
    expect(listed).toEqual(denies.slice(others).map(({ match }) => Object.values(match)[0] as string));
    // The newest of the others ended at `others - 1`: two seconds of skew, and the whole of its own second.
    expect(byTime?.Condition.DateLessThan?.['aws:TokenIssueTime']).toBe(isoAt(NOW + (others + 2) * 1000));
  });

  it('leaves out nobody, whatever the times and kinds: listed by name, or issued before the time', () => {
    const one = fc.record({
      n: fc.nat(5_000),
      session: fc.boolean(),
      createdAt: fc.integer({ min: NOW - 3_600_000, max: NOW }),
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(one, { minLength: 250, maxLength: 500, size: 'max', selector: ({ n }) => n }),
        (drawn) => {
          const denies = drawn.map(({ n, session, createdAt }) =>
            deny({ match: session ? { sessionName: `ses_${String(n).padStart(26, '0')}` } : identity(n), createdAt }),
          );
          const text = revocationPolicy(denies, NOW) ?? '{"Statement":[]}';
          expect(text.length).toBeLessThanOrEqual(REVOCATION_POLICY_LIMIT);
          const before = statementsOf(text)[0]?.Condition.DateLessThan?.['aws:TokenIssueTime'];
          for (const { match, createdAt } of denies) {
            const name = 'sessionName' in match ? `"*:${match.sessionName}"` : `"${match.sourceIdentity}"`;
            const lastIssued = Math.floor((createdAt + 1_999) / 1000) * 1000; // as STS stamps it, its clock ahead
            expect(text.includes(name) || (before !== undefined && lastIssued < Date.parse(before))).toBe(true);
          }
        },
      ),
      { endOnFailure: true, numRuns: 50 }, // shrinking lists this long takes minutes
    );
  });
});

interface DenyStatement {
  readonly Condition: {
    readonly DateLessThan?: Readonly<Record<string, string>>;
    readonly StringEquals?: Readonly<Record<string, readonly string[]>>;
  };
}
const statementsOf = (policy: string) => (JSON.parse(policy) as { Statement: DenyStatement[] }).Statement;
const isoAt = (time: number): string => new Date(time).toISOString().replace('.000Z', 'Z');
