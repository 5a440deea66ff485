import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WritError } from '../../core/errors.ts';
import type { Grant, GrantState } from '../../core/grant.ts';
import { isTerminal } from '../../core/grant.ts';
import type { GrantEvent } from '../../core/transitions.ts';
import { activeFrom, isDue, settle, transition } from '../../core/transitions.ts';
import { active, ALICE, CAROL, grantIn, NOW } from './fixtures.ts';

const PENDING: GrantState = { status: 'pending', lapsesAt: NOW + 60_000 };
const SCHEDULED: GrantState = { status: 'scheduled', startsAt: NOW + 60_000 };

const code = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof WritError) return error.code;
    throw error;
  }
  return 'none';
};

describe('transition', () => {
  it('returns an active grant, and says that its sessions must be denied', () => {
    const moved = transition(active(), { type: 'return', by: ALICE }, NOW + 1000);
    expect(moved).toMatchObject({ leaf: 'grant.returned', endedEarly: true });
    expect(moved.grant).toMatchObject({
      version: 3,
      state: { status: 'returned', endReason: 'returned', endedAt: NOW + 1000, endedBy: ALICE, activatedAt: NOW },
    });
  });

  it('revokes from every live state; only an active one had sessions', () => {
    const revoke: GrantEvent = { type: 'revoke', by: CAROL, reason: 'revoked', note: 'left' };
    expect(transition(grantIn(PENDING), revoke, NOW)).toMatchObject({ endedEarly: false, leaf: 'grant.revoked' });
    expect(transition(grantIn(SCHEDULED), revoke, NOW)).toMatchObject({ endedEarly: false });
    const moved = transition(active(), revoke, NOW);
    expect(moved).toMatchObject({ endedEarly: true });
    expect(moved.grant.state).toMatchObject({ endNote: 'left', endedBy: CAROL });
  });

  it.each([
    ['return', grantIn(PENDING), 'grant_not_active'],
    ['return', grantIn(SCHEDULED), 'grant_not_active'],
    ['cancel', active(), 'grant_not_cancellable'],
  ] as const)('refuses %s where it does not fit', (type, grant, expected) => {
    expect(code(() => transition(grant, { type, by: ALICE }, NOW))).toBe(expected);
  });

  it('starts a scheduled grant’s clock at its start, also when it is late to look', () => {
    const { state } = settle(grantIn(SCHEDULED), NOW + 90_000);
    expect(state).toEqual({ status: 'active', activatedAt: NOW + 60_000, expiresAt: NOW + 660_000 });
  });

  it('passes through activation to expiry when nobody looked for long', () => {
    const { state, version } = settle(grantIn(SCHEDULED), NOW + 10_000_000);
    expect(state).toMatchObject({ status: 'expired', endedAt: NOW + 660_000 });
    expect(version).toBe(4);
  });

  it('is over at its expiry, not a moment later', () => {
    expect(settle(active(), NOW + 599_999).state.status).toBe('active');
    expect(settle(active(), NOW + 600_000).state.status).toBe('expired');
  });

  it('lapses a request at its time', () => {
    expect(settle(grantIn(PENDING), NOW + 60_000).state).toMatchObject({ status: 'lapsed', endedAt: NOW + 60_000 });
  });

  it('expires on whole seconds and never later than asked', () => {
    expect(activeFrom(NOW + 999, 5)).toMatchObject({ expiresAt: NOW + 5_000 });
  });
});

const event = fc.constantFrom<GrantEvent>(
  { type: 'cancel', by: ALICE },
  { type: 'return', by: ALICE },
  { type: 'revoke', by: CAROL, reason: 'revoked' },
  { type: 'tick' },
);
const start = fc.constantFrom<Grant>(grantIn(PENDING), grantIn(SCHEDULED), active());
const steps = fc.array(fc.tuple(event, fc.integer({ min: 0, max: 400_000 })), { maxLength: 8 });

describe('any history', () => {
  it('absorbs in terminal states, raises the version by one, and never moves an expiry (I4, I6)', () => {
    fc.assert(
      fc.property(start, steps, (first, history) => {
        let grant = first;
        let now = NOW;
        for (const [happening, wait] of history) {
          now += wait;
          const before = grant;
          try {
            if (happening.type !== 'tick' || isDue(grant, now)) grant = transition(grant, happening, now).grant;
          } catch (error) {
            expect(error).toBeInstanceOf(WritError);
          }
          if (isTerminal(before.state.status)) expect(grant).toBe(before);
          if (grant !== before) expect(grant.version).toBe(before.version + 1);
          if ('expiresAt' in before.state && 'expiresAt' in grant.state) {
            expect(grant.state.expiresAt).toBe(before.state.expiresAt);
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
