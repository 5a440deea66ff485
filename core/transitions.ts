import { WritError } from './errors.ts';
import type { EndReason, Grant, GrantState } from './grant.ts';
import { dueAt, isTerminal } from './grant.ts';
import type { LeafType } from './leaf.ts';
import type { PrincipalRef } from './principal.ts';
import { SYSTEM } from './principal.ts';

/** What can happen to a grant that exists. */
export type GrantEvent =
  | { readonly type: 'cancel'; readonly by: PrincipalRef }
  | { readonly type: 'return'; readonly by: PrincipalRef }
  | { readonly type: 'revoke'; readonly by: PrincipalRef; readonly reason: EndReason; readonly note?: string }
  /** Time passed: does whatever is due at `now`, one step. */
  | { readonly type: 'tick' };

export interface Transition {
  readonly grant: Grant;
  readonly leaf: LeafType;
  readonly by: PrincipalRef;
  /** The grant was active and ended before its expiry: sessions may be live and must be denied. */
  readonly endedEarly: boolean;
}

/**
 * The only way a grant moves: a pure function of the grant, the event and the time. Terminal states absorb (I6).
 *
 * @throws WritError `grant_ended` in a terminal state, `grant_not_active` or `grant_not_cancellable` when the event
 * does not fit the state.
 */
export function transition(grant: Grant, event: GrantEvent, now: number): Transition {
  const { state } = grant;
  if (isTerminal(state.status)) throw ended(grant);
  switch (event.type) {
    case 'tick':
      return tick(grant, now);
    case 'cancel':
      if (state.status === 'active') {
        throw new WritError('grant_not_cancellable', 'the grant is active already', {
          remediation: 'Return it instead: writ done.',
        });
      }
      return move(grant, { status: 'cancelled', endedAt: now, endedBy: event.by }, 'grant.cancelled', event.by);
    case 'return':
      if (state.status !== 'active') throw notActive(grant);
      return move(
        grant,
        { status: 'returned', endReason: 'returned', ...since(state), endedAt: now, endedBy: event.by },
        'grant.returned',
        event.by,
      );
    case 'revoke':
      return move(
        grant,
        {
          status: 'revoked',
          endReason: event.reason,
          ...(event.note !== undefined && { endNote: event.note }),
          ...since(state),
          endedAt: now,
          endedBy: event.by,
        },
        'grant.revoked',
        event.by,
      );
  }
}

/** Whether time alone moves the grant at `now`. */
export function isDue(grant: Grant, now: number): boolean {
  const due = dueAt(grant.state);
  return due !== undefined && now >= due;
}

/** The grant as it is at `now`, whether or not the sweeper has been by: expiry is never left to a cleaner. */
export function settle(grant: Grant, now: number): Grant {
  return isDue(grant, now) ? settle(tick(grant, now).grant, now) : grant;
}

/** A scheduled grant's clock starts at its start, also when nobody looked until later. Expiries are whole seconds. */
export const activeFrom = (at: number, durationSeconds: number): GrantState => ({
  status: 'active',
  activatedAt: at,
  expiresAt: Math.floor(at / 1000) * 1000 + durationSeconds * 1000,
});

function tick(grant: Grant, now: number): Transition {
  const { state } = grant;
  if (!isDue(grant, now)) throw new WritError('internal_error', 'nothing is due');
  if (state.status === 'pending') {
    return move(grant, { status: 'lapsed', endedAt: state.lapsesAt, endedBy: SYSTEM }, 'grant.lapsed', SYSTEM);
  }
  if (state.status === 'scheduled') {
    return move(grant, activeFrom(state.startsAt, grant.request.durationSeconds), 'grant.activated', SYSTEM);
  }
  if (state.status !== 'active') throw ended(grant);
  const over: GrantState = {
    ...since(state),
    status: 'expired',
    endReason: 'expired',
    endedAt: state.expiresAt,
    endedBy: SYSTEM,
  };
  return move(grant, over, 'grant.expired', SYSTEM);
}

function move(grant: Grant, state: GrantState, leaf: LeafType, by: PrincipalRef): Transition {
  return {
    grant: { ...grant, version: grant.version + 1, state },
    leaf,
    by,
    endedEarly: grant.state.status === 'active' && (state.status === 'returned' || state.status === 'revoked'),
  };
}

const since = (state: GrantState): { activatedAt?: number; expiresAt?: number } =>
  state.status === 'active' ? { activatedAt: state.activatedAt, expiresAt: state.expiresAt } : {};

export function ended(grant: Grant): WritError {
  return new WritError('grant_ended', `the grant is over: ${grant.state.status}`, {
    remediation: 'Make a new request: writ request.',
    members: { status: grant.state.status },
  });
}

export function notActive(grant: Grant): WritError {
  return new WritError('grant_not_active', `the grant is ${grant.state.status}, not active`, {
    remediation:
      grant.state.status === 'pending'
        ? 'Wait for a decision, or cancel it.'
        : 'Wait for its start, or cancel it and ask for an earlier one.',
    members: { status: grant.state.status },
  });
}
