import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WritError } from '../../core/errors.ts';
import type { Approval } from '../../core/approval.ts';
import type { Extension } from '../../core/extension.ts';
import type { Grant, GrantState } from '../../core/grant.ts';
import { isTerminal } from '../../core/grant.ts';
import type { PrincipalRef } from '../../core/principal.ts';
import { SYSTEM } from '../../core/principal.ts';
import type { GrantEvent } from '../../core/transitions.ts';
import { activeFrom, isDue, settle, transition } from '../../core/transitions.ts';
import { active, ALICE, ALLOWED, CAROL, grantIn, NOW } from './fixtures.ts';

const PENDING: GrantState = { status: 'pending', stage: 0, stageSince: NOW, lapsesAt: NOW + 60_000 };
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
    expect(moved).toMatchObject({ leaf: 'grant.returned', ends: { sourceIdentity: active().sourceIdentity } });
    expect(moved.grant).toMatchObject({
      version: 3,
      state: { status: 'returned', endReason: 'returned', endedAt: NOW + 1000, endedBy: ALICE, activatedAt: NOW },
    });
  });

  it('revokes from every live state; only an active one had sessions', () => {
    const revoke: GrantEvent = { type: 'revoke', by: CAROL, reason: 'revoked', note: 'left' };
    expect(transition(grantIn(PENDING), revoke, NOW)).toMatchObject({ leaf: 'grant.revoked' });
    expect(transition(grantIn(PENDING), revoke, NOW).ends).toBeUndefined();
    expect(transition(grantIn(SCHEDULED), revoke, NOW).ends).toBeUndefined();
    const moved = transition(active(), revoke, NOW);
    expect(moved.ends).toEqual({ sourceIdentity: active().sourceIdentity });
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

const SHA = 'a'.repeat(64);
const approvalBy = (by: PrincipalRef, verdict: Approval['verdict'] = 'approve'): Approval => ({
  id: `apr_${by.subject}`,
  by,
  verdict,
  comment: 'seen',
  stage: 0,
  stageSince: NOW,
  at: NOW,
  requestSha256: SHA,
  bundleSha256: ALLOWED.bundleSha256,
  via: 'api',
});
const STANDING = { stage: 1, stageSince: NOW + 5000, lapsesAt: NOW + 90_000 };
const extension = (state: Extension['state']): Extension => ({
  id: 'ext_1',
  durationSeconds: 300,
  justification: 'more to look at',
  requestedAt: NOW,
  requestSha256: SHA,
  decision: ALLOWED,
  state,
  approvals: [],
});
const ASKED = extension({ status: 'pending', stage: 0, stageSince: NOW, lapsesAt: NOW + 120_000 });
const SOONER: GrantEvent = {
  type: 'narrow',
  by: ALICE,
  scope: active().scope,
  expiresAt: NOW + 60_000,
  forGood: false,
  sourceIdentity: 'writ-new',
};

describe('people’s decisions', () => {
  it('go on to the next stage, or begin the grant', () => {
    const approval = approvalBy(CAROL);
    const waiting = transition(
      grantIn(PENDING),
      { type: 'approve', approval, after: { to: 'wait', standing: STANDING } },
      NOW,
    );
    expect(waiting).toMatchObject({ leaf: 'approval.given', grant: { state: STANDING, approvals: [approval] } });
    const beginning = { startsAt: NOW, endsBy: NOW + 120_999 };
    const begun = transition(grantIn(PENDING), { type: 'approve', approval, after: { to: 'begin', beginning } }, NOW);
    expect(begun).toMatchObject({ leaf: 'grant.activated', grant: { state: { expiresAt: NOW + 120_000 } } });
    const later = { startsAt: NOW + 30_000 };
    const scheduled = transition(
      grantIn(PENDING),
      { type: 'approve', approval, after: { to: 'begin', beginning: later } },
      NOW,
    );
    expect(scheduled).toMatchObject({ leaf: 'grant.scheduled', by: CAROL, grant: { state: later } });
  });

  it('deny it for good, with the word that did', () => {
    const moved = transition(grantIn(PENDING), { type: 'deny', approval: approvalBy(CAROL, 'deny') }, NOW + 5);
    expect(moved.grant).toMatchObject({
      state: { status: 'denied', endedBy: CAROL },
      approvals: [{ verdict: 'deny' }],
    });
  });

  it('keep a withdrawn approval, marked', () => {
    const grant = grantIn(PENDING, { approvals: [approvalBy(CAROL)] });
    const moved = transition(
      grant,
      { type: 'withdraw', approval: 'apr_carol', by: CAROL, standing: STANDING },
      NOW + 7,
    );
    expect(moved.grant.approvals).toEqual([{ ...approvalBy(CAROL), withdrawnAt: NOW + 7 }]);
  });

  it('are not asked for what is not pending', () => {
    const event: GrantEvent = { type: 'deny', approval: approvalBy(CAROL, 'deny') };
    expect(code(() => transition(active(), event, NOW))).toBe('grant_not_pending');
    expect(code(() => transition(active(), { ...event, type: 'denyExtension' }, NOW))).toBe('grant_not_pending');
    const withdrawn = { approval: 'apr_carol', by: CAROL, standing: STANDING };
    expect(code(() => transition(active(), { type: 'withdraw', ...withdrawn }, NOW))).toBe('grant_not_pending');
    expect(code(() => transition(active(), { type: 'withdrawFromExtension', ...withdrawn }, NOW))).toBe(
      'grant_not_pending',
    );
  });
});

describe('a live grant', () => {
  it('is narrowed under a new identity, and its wider sessions are ended', () => {
    const moved = transition(active(), SOONER, NOW);
    expect(moved.ends).toEqual({ sourceIdentity: active().sourceIdentity });
    expect(moved.grant).toMatchObject({ sourceIdentity: 'writ-new', state: { expiresAt: NOW + 60_000 } });
  });

  it('is extended only when that is allowed', () => {
    const allowed = extension({ status: 'allowed', at: NOW, from: NOW + 600_000, to: NOW + 900_000 });
    const moved = transition(active(), { type: 'askExtension', extension: allowed, by: ALICE }, NOW);
    expect(moved).toMatchObject({ leaf: 'extension.allowed', grant: { state: { expiresAt: NOW + 900_000 } } });
    const asked = transition(active(), { type: 'askExtension', extension: ASKED, by: ALICE }, NOW);
    expect(asked).toMatchObject({ leaf: 'extension.pending', grant: { state: { expiresAt: NOW + 600_000 } } });
    expect(code(() => transition(asked.grant, { type: 'askExtension', extension: ASKED, by: ALICE }, NOW))).toBe(
      'extension_pending',
    );
  });

  it('gets what was approved from the end it has then, and never beyond the limit', () => {
    const { grant } = transition(active(), { type: 'askExtension', extension: ASKED, by: ALICE }, NOW);
    const approve = (limit: number) =>
      transition(grant, { type: 'approveExtension', approval: approvalBy(CAROL), after: 'allowed', limit }, NOW + 1000);
    expect(approve(NOW + 3_600_000).grant.state).toMatchObject({ expiresAt: NOW + 900_000 });
    expect(approve(NOW + 700_000).grant.state).toMatchObject({ expiresAt: NOW + 700_000 });
    const denied = transition(grant, { type: 'denyExtension', approval: approvalBy(CAROL, 'deny') }, NOW + 1000);
    expect(denied.grant).toMatchObject({
      state: { expiresAt: NOW + 600_000 },
      extensions: [{ state: { status: 'denied' } }],
    });
  });

  it('runs on when nobody answers for an extension, and voids it when it ends first', () => {
    const { grant } = transition(active(), { type: 'askExtension', extension: ASKED, by: ALICE }, NOW);
    const lapsed = settle(grant, NOW + 120_000);
    expect(lapsed).toMatchObject({ state: { status: 'active' }, extensions: [{ state: { status: 'lapsed' } }] });
    const returned = transition(grant, { type: 'return', by: ALICE }, NOW + 1000);
    expect(returned.grant.extensions).toMatchObject([{ state: { status: 'void', at: NOW + 1000 } }]);
  });

  it('is completed with its job', () => {
    const moved = transition(active(), { type: 'complete', by: SYSTEM, note: 'INC-42 was closed' }, NOW);
    expect(moved).toMatchObject({ leaf: 'grant.completed', ends: { sourceIdentity: active().sourceIdentity } });
    expect(moved.grant.state).toMatchObject({ status: 'completed', endNote: 'INC-42 was closed' });
  });
});

describe('the review of a break-glass use', () => {
  const review = { by: CAROL, verdict: 'justified', comment: 'the region was down', at: NOW + 9000 } as const;
  const use = active({ breakGlass: { keys: ['k'] } });

  it('is added once, when the use is over', () => {
    expect(code(() => transition(use, { type: 'review', review }, NOW))).toBe('grant_not_ended');
    const over = settle(use, NOW + 600_000);
    const reviewed = transition(over, { type: 'review', review }, NOW + 700_000).grant;
    expect(reviewed).toMatchObject({ state: over.state, breakGlass: { keys: ['k'], review } });
    expect(code(() => transition(reviewed, { type: 'review', review }, NOW + 700_000))).toBe('already_reviewed');
    const ordinary = settle(active(), NOW + 600_000);
    expect(code(() => transition(ordinary, { type: 'review', review }, NOW))).toBe('invalid_request');
  });
});

const event = fc.constantFrom<GrantEvent>(
  SOONER,
  { type: 'complete', by: SYSTEM, note: 'done' },
  { type: 'askExtension', extension: ASKED, by: ALICE },
  { type: 'denyExtension', approval: approvalBy(CAROL, 'deny') },
  { type: 'deny', approval: approvalBy(CAROL, 'deny') },
  { type: 'approve', approval: approvalBy(CAROL), after: { to: 'wait', standing: STANDING } },
  { type: 'cancel', by: ALICE },
  { type: 'return', by: ALICE },
  { type: 'revoke', by: CAROL, reason: 'revoked' },
  { type: 'tick' },
);
const start = fc.constantFrom<Grant>(grantIn(PENDING), grantIn(SCHEDULED), active());
const steps = fc.array(fc.tuple(event, fc.integer({ min: 0, max: 400_000 })), { maxLength: 8 });

describe('any history', () => {
  it('absorbs in terminal states, raises the version by one, and never moves an expiry out but by an approved extension (I4, I6)', () => {
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
            expect(grant.state.expiresAt).toBeLessThanOrEqual(before.state.expiresAt ?? 0);
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
