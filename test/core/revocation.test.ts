import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { denyOf, REVOCATION_POLICY_LIMIT, revocationPolicy } from '../../core/revocation.ts';
import type { Deny } from '../../core/session.ts';
import { active, NOW } from './fixtures.ts';

const deny = (over: Partial<Deny> = {}): Deny => ({ ...denyOf(active(), NOW), ...over });
const identity = (n: number): Deny['match'] => ({ sourceIdentity: `writ-${String(n).padStart(26, '0')}` });

describe('denyOf', () => {
  it('lasts a minute longer than the longest session that could be live', () => {
    expect(denyOf(active(), NOW + 1000).until).toBe(NOW + 600_000 + 60_000);
    const long = active({ state: { status: 'active', activatedAt: NOW, expiresAt: NOW + 8 * 3_600_000 } });
    expect(denyOf(long, NOW).until).toBe(NOW + 3_600_000 + 60_000);
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

  it('falls back to the issue time when the list is full, and covers the newest deny', () => {
    const denies = Array.from({ length: 400 }, (_, n) => deny({ match: identity(n), createdAt: NOW + n }));
    const text = revocationPolicy(denies, NOW) ?? '';
    expect(text.length).toBeLessThanOrEqual(REVOCATION_POLICY_LIMIT);
    expect(JSON.parse(text)).toMatchObject({
      Statement: [{ Effect: 'Deny', Condition: { DateLessThan: { 'aws:TokenIssueTime': '2026-11-21T09:00:01Z' } } }],
    });
  });
});
