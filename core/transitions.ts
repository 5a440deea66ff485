import type { Approval, Standing } from './approval.ts';
import type { Decision } from './decision.ts';
import { WritError } from './errors.ts';
import type { Extension } from './extension.ts';
import { pendingExtension } from './extension.ts';
import type { BreakGlassReview } from './breakGlass.ts';
import type { EndReason, Grant, GrantState } from './grant.ts';
import { dueAt, isSpent, isTerminal } from './grant.ts';
import type { LeafType } from './leaf.ts';
import type { PrincipalRef } from './principal.ts';
import { SYSTEM } from './principal.ts';
import type { Scope } from './scope.ts';

/** When an allowed grant begins, and by when its window makes it end. Epoch milliseconds. */
export interface Beginning {
  readonly startsAt: number;
  readonly endsBy?: number;
}

/** What the approvals amount to after a decision, counted by the caller under the bundle in force. */
export type AfterVote =
  { readonly to: 'wait'; readonly standing: Standing } | { readonly to: 'begin'; readonly beginning: Beginning };

/** What can happen to a grant that exists. */
export type GrantEvent =
  | { readonly type: 'cancel'; readonly by: PrincipalRef }
  | { readonly type: 'return'; readonly by: PrincipalRef }
  /** Its job is done: the ticket was closed, or all uses are spent. */
  | { readonly type: 'complete'; readonly by: PrincipalRef; readonly note: string }
  | { readonly type: 'revoke'; readonly by: PrincipalRef; readonly reason: EndReason; readonly note?: string }
  | { readonly type: 'approve'; readonly approval: Approval; readonly after: AfterVote }
  | { readonly type: 'deny'; readonly approval: Approval }
  | { readonly type: 'withdraw'; readonly approval: string; readonly by: PrincipalRef; readonly standing: Standing }
  /** The bundle changed under a pending request: what was said to it counts no more. */
  | {
      readonly type: 'redecide';
      readonly decision: Decision;
      readonly requestSha256: string;
      readonly after: AfterVote;
    }
  | {
      readonly type: 'narrow';
      readonly by: PrincipalRef;
      readonly scope: Scope;
      readonly expiresAt: number;
      /** Said by somebody else than the holder, who can't take it back by an extension. */
      readonly forGood: boolean;
      /** For the sessions to come; those of the wider scope end by the old one. */
      readonly sourceIdentity: string;
    }
  | { readonly type: 'askExtension'; readonly extension: Extension; readonly by: PrincipalRef }
  | {
      readonly type: 'approveExtension';
      readonly approval: Approval;
      readonly after: Standing | 'allowed';
      readonly limit: number;
    }
  | { readonly type: 'denyExtension'; readonly approval: Approval }
  | {
      readonly type: 'withdrawFromExtension';
      readonly approval: string;
      readonly by: PrincipalRef;
      readonly standing: Standing;
    }
  /** The bundle changed under a pending extension: it can be asked for anew. */
  | { readonly type: 'voidExtension' }
  | { readonly type: 'review'; readonly review: BreakGlassReview }
  /** Time passed: does whatever is due at `now`, one step. */
  | { readonly type: 'tick' };

export interface Transition {
  readonly grant: Grant;
  readonly leaf: LeafType;
  readonly by: PrincipalRef;
  /** Sessions under this identity may be live and must be denied: the grant ended early, or was narrowed. */
  readonly ends?: { readonly sourceIdentity: string };
}

/**
 * The only way a grant moves: a pure function of the grant, the event and the time. Terminal states absorb (I6); only
 * the review of a break-glass use is added to one.
 *
 * @throws WritError `grant_ended` in a terminal state; `grant_not_active`, `grant_not_pending`,
 * `grant_not_cancellable`, `extension_not_pending` when the event does not fit the state.
 */
export function transition(grant: Grant, event: GrantEvent, now: number): Transition {
  if (event.type === 'review') return reviewed(grant, event.review);
  if (isTerminal(grant.state.status)) throw ended(grant);
  switch (event.type) {
    case 'tick':
      return tick(grant, now);
    case 'cancel':
      if (grant.state.status === 'active') {
        throw new WritError('grant_not_cancellable', 'the grant is active already', {
          remediation: 'Return it instead: writ done.',
        });
      }
      return move(grant, { status: 'cancelled', endedAt: now, endedBy: event.by }, 'grant.cancelled', event.by);
    case 'return':
      return move(grant, endOf(active(grant), 'returned', 'returned', event.by, now), 'grant.returned', event.by);
    case 'complete': {
      const over = endOf(active(grant), 'completed', 'completed', event.by, now);
      return move(grant, { ...over, endNote: event.note }, 'grant.completed', event.by);
    }
    case 'revoke': {
      const over = endOf(grant, 'revoked', event.reason, event.by, now);
      const state = { ...over, ...(event.note !== undefined && { endNote: event.note }) };
      return move(grant, state, 'grant.revoked', event.by);
    }
    case 'approve': {
      const voted = { ...pending(grant), approvals: [...grant.approvals, event.approval] };
      return settleVote(voted, event.after, 'approval.given', event.approval.by, now);
    }
    case 'deny': {
      const { approval } = event;
      const voted = { ...pending(grant), approvals: [...grant.approvals, approval] };
      return move(voted, { status: 'denied', endedAt: now, endedBy: approval.by }, 'grant.denied', approval.by);
    }
    case 'withdraw': {
      const approvals = without(pending(grant).approvals, event.approval, now);
      return move({ ...grant, approvals }, { status: 'pending', ...event.standing }, 'approval.withdrawn', event.by);
    }
    case 'redecide': {
      const { decision, requestSha256, after } = event;
      const anew = { ...pending(grant), decision, requestSha256 };
      if (decision.outcome === 'denied') {
        return move(anew, { status: 'denied', endedAt: now, endedBy: SYSTEM }, 'grant.denied', SYSTEM);
      }
      return settleVote(anew, after, 'grant.redecided', SYSTEM, now);
    }
    case 'narrow': {
      const { scope, expiresAt, sourceIdentity, forGood } = event;
      const { state } = active(grant);
      const narrowed = { ...grant, scope, sourceIdentity, narrowings: grant.narrowings + 1, narrowedAt: now };
      const shorter = { ...state, expiresAt, ...(forGood && { notAfter: expiresAt }) };
      const moved = move(narrowed, shorter, 'grant.narrowed', event.by);
      return { ...moved, ends: { sourceIdentity: grant.sourceIdentity } };
    }
    case 'askExtension':
      return extended(active(grant), event.extension, event.by);
    case 'approveExtension':
      return extensionApproved(active(grant), event, now);
    case 'voidExtension': {
      const asked = pendingExtensionOf(active(grant));
      const voided = { ...asked, state: { status: 'void', at: now } as const };
      return move(withExtension(grant, voided), grant.state, 'extension.lapsed', SYSTEM);
    }
    case 'denyExtension': {
      const asked = pendingExtensionOf(active(grant));
      const { approval } = event;
      const denied = {
        ...asked,
        approvals: [...asked.approvals, approval],
        state: { status: 'denied', at: now } as const,
      };
      return move(withExtension(grant, denied), grant.state, 'extension.denied', approval.by);
    }
    case 'withdrawFromExtension': {
      const asked = pendingExtensionOf(active(grant));
      const approvals = without(asked.approvals, event.approval, now);
      const waiting = { ...asked, approvals, state: { status: 'pending', ...event.standing } as const };
      return move(withExtension(grant, waiting), grant.state, 'approval.withdrawn', event.by);
    }
  }
}

/** Whether time, or that all its uses are spent, moves the grant at `now` without anybody's doing. */
export function isDue(grant: Grant, now: number): boolean {
  const due = dueAt(grant);
  return (due !== undefined && now >= due) || (grant.state.status === 'active' && isSpent(grant));
}

/** The grant as it is at `now`, whether or not the sweeper has been by: expiry is never left to a cleaner. */
export function settle(grant: Grant, now: number): Grant {
  return isDue(grant, now) ? settle(tick(grant, now).grant, now) : grant;
}

/** A scheduled grant's clock starts at its start, also when nobody looked until later. Expiries are whole seconds. */
export function activeFrom(at: number, durationSeconds: number, endsBy = Number.POSITIVE_INFINITY): GrantState {
  const ends = Math.floor(at / 1000) * 1000 + durationSeconds * 1000;
  return { status: 'active', activatedAt: at, expiresAt: Math.min(ends, Math.floor(endsBy / 1000) * 1000) };
}

/** Active at once, or scheduled: what an allowed request becomes. */
export function begun({ startsAt, endsBy }: Beginning, durationSeconds: number, now: number): [GrantState, LeafType] {
  return startsAt > now
    ? [{ status: 'scheduled', startsAt, ...(endsBy !== undefined && { endsBy }) }, 'grant.scheduled']
    : [activeFrom(now, durationSeconds, endsBy), 'grant.activated'];
}

function settleVote(grant: Grant, after: AfterVote, leaf: LeafType, by: PrincipalRef, now: number): Transition {
  if (after.to === 'wait') return move(grant, { status: 'pending', ...after.standing }, leaf, by);
  const [state, began] = begun(after.beginning, grant.request.durationSeconds, now);
  return move(grant, state, began, by);
}

function tick(grant: Grant, now: number): Transition {
  const { state } = grant;
  if (!isDue(grant, now)) throw new WritError('internal_error', 'nothing is due');
  if (state.status === 'pending') {
    return move(grant, { status: 'lapsed', endedAt: state.lapsesAt, endedBy: SYSTEM }, 'grant.lapsed', SYSTEM);
  }
  if (state.status === 'scheduled') {
    const { startsAt, endsBy } = state;
    return move(grant, activeFrom(startsAt, grant.request.durationSeconds, endsBy), 'grant.activated', SYSTEM);
  }
  if (state.status !== 'active') throw ended(grant);
  if (isSpent(grant) && now < state.expiresAt) {
    return move(grant, endOf(grant, 'completed', 'completed', SYSTEM, now), 'grant.completed', SYSTEM);
  }
  const asked = pendingExtension(grant);
  if (asked && asked.state.lapsesAt < state.expiresAt) {
    const lapsed = { ...asked, state: { status: 'lapsed', at: asked.state.lapsesAt } as const };
    return move(withExtension(grant, lapsed), state, 'extension.lapsed', SYSTEM);
  }
  return move(grant, endOf(grant, 'expired', 'expired', SYSTEM, state.expiresAt), 'grant.expired', SYSTEM);
}

function extended(grant: Grant, extension: Extension, by: PrincipalRef): Transition {
  if (pendingExtension(grant)) {
    throw new WritError('extension_pending', 'an extension of this grant is waiting for a decision already');
  }
  const { state } = extension;
  const asked = { ...grant, extensions: [...grant.extensions, extension] };
  if (state.status === 'allowed')
    return move(asked, { ...grant.state, expiresAt: state.to } as GrantState, 'extension.allowed', by);
  return move(asked, grant.state, state.status === 'pending' ? 'extension.pending' : 'extension.denied', by);
}

function extensionApproved(
  grant: Grant & { readonly state: ActiveState },
  { approval, after, limit }: Extract<GrantEvent, { type: 'approveExtension' }>,
  now: number,
): Transition {
  const asked = pendingExtensionOf(grant);
  const approvals = [...asked.approvals, approval];
  if (after !== 'allowed') {
    const waiting = { ...asked, approvals, state: { status: 'pending', ...after } as const };
    return move(withExtension(grant, waiting), grant.state, 'approval.given', approval.by);
  }
  const from = grant.state.expiresAt;
  const to = Math.min(from + asked.durationSeconds * 1000, limit);
  const allowed = { ...asked, approvals, state: { status: 'allowed', at: now, from, to } as const };
  return move(withExtension(grant, allowed), { ...grant.state, expiresAt: to }, 'extension.allowed', approval.by);
}

function reviewed(grant: Grant, review: BreakGlassReview): Transition {
  const { breakGlass, state } = grant;
  if (!breakGlass) throw new WritError('invalid_request', 'the grant was not taken by break-glass');
  if (breakGlass.review) throw new WritError('already_reviewed', 'the use has been reviewed already');
  if (!isTerminal(state.status)) throw new WritError('grant_not_ended', 'the grant is not over yet');
  return move({ ...grant, breakGlass: { ...breakGlass, review } }, state, 'breakglass.reviewed', review.by);
}

function move(grant: Grant, state: GrantState, leaf: LeafType, by: PrincipalRef): Transition {
  const over = isTerminal(state.status);
  const extensions = over
    ? grant.extensions.map((extension) =>
        extension.state.status === 'pending' && 'endedAt' in state
          ? { ...extension, state: { status: 'void', at: state.endedAt } as const }
          : extension,
      )
    : grant.extensions;
  const early = state.status === 'returned' || state.status === 'revoked' || state.status === 'completed';
  return {
    grant: { ...grant, version: grant.version + 1, state, extensions },
    leaf,
    by,
    ...(grant.state.status === 'active' && early && { ends: { sourceIdentity: grant.sourceIdentity } }),
  };
}

function withExtension(grant: Grant, extension: Extension): Grant {
  return { ...grant, extensions: grant.extensions.map((old) => (old.id === extension.id ? extension : old)) };
}

/** A withdrawn approval stays, and says since when it counts no more. */
const without = (approvals: readonly Approval[], id: string, now: number): Approval[] =>
  approvals.map((approval) => (approval.id === id ? { ...approval, withdrawnAt: now } : approval));

type ActiveState = Extract<GrantState, { status: 'active' }>;

function active(grant: Grant): Grant & { readonly state: ActiveState } {
  if (grant.state.status !== 'active') throw notActive(grant);
  return { ...grant, state: grant.state };
}

function pending(grant: Grant): Grant {
  if (grant.state.status === 'pending') return grant;
  throw new WritError('grant_not_pending', `nobody is asked any more: the grant is ${grant.state.status}`, {
    members: { status: grant.state.status },
  });
}

function pendingExtensionOf(grant: Grant) {
  const asked = pendingExtension(grant);
  if (asked) return asked;
  throw new WritError('grant_not_pending', 'nobody is asked about an extension of this grant');
}

function endOf<S extends 'returned' | 'revoked' | 'expired' | 'completed'>(
  { state }: Grant,
  status: S,
  endReason: EndReason,
  endedBy: PrincipalRef,
  endedAt: number,
) {
  const since = state.status === 'active' ? { activatedAt: state.activatedAt, expiresAt: state.expiresAt } : {};
  return { status, endReason, ...since, endedAt, endedBy };
}

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
