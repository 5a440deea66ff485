import type { Companion } from '../approvalPorts.ts';
import type { Grant } from '../grant.ts';
import type { Leaf } from '../leaf.ts';
import { leafOf } from '../leafOf.ts';
import { denyOf } from '../revocation.ts';
import type { Deny } from '../session.ts';
import type { Transition } from '../transitions.ts';
import type { Deps } from './deps.ts';

/** What one write holds: the grant moved, its leaf, its deny, and what leaving `pending` gives back. */
export function changeOf(
  deps: Pick<Deps, 'ids' | 'sha256'>,
  before: Grant,
  moved: Transition,
  now: number,
  { facts, companions = [] }: { readonly facts?: Leaf['facts']; readonly companions?: readonly Companion[] } = {},
  deny = denyFor(before, moved, now),
) {
  const unlent = moved.ends !== undefined && before.credentials.attempts === 0;
  const all = [...companions, ...slotGivenBack(before, moved.grant), ...begunUse(before, moved.grant)];
  return {
    grant: moved.grant,
    leaf: leafOf(deps, moved.grant, {
      type: moved.leaf,
      role: 'transition',
      at: now,
      by: moved.by,
      facts: {
        ...facts,
        ...(deny && { roleArn: deny.roleArn, sourceIdentity: before.sourceIdentity, denyUntil: deny.until }),
      },
    }),
    ...(deny && { deny }),
    ...(unlent && { unlent: true as const }),
    ...(all.length > 0 && { companions: all }),
  };
}

/** Sessions can only be live where one was ever attempted. */
export function denyFor(before: Grant, moved: Transition, now: number): Deny | undefined {
  return moved.ends && before.credentials.attempts > 0 ? denyOf(before, now) : undefined;
}

function slotGivenBack(before: Grant, after: Grant): Companion[] {
  const left = before.state.status === 'pending' && after.state.status !== 'pending';
  return left ? [{ type: 'pendingSlot', person: before.request.requester.person, change: 'release' }] : [];
}

/** A break-glass use begins when the grant does: what nobody signed second was none, and stops nobody. */
export function begunUse(before: Grant | undefined, { id, request, breakGlass, state }: Grant): Companion[] {
  const begins = state.status === 'active' || state.status === 'scheduled';
  const isNew = before === undefined || before.state.status === 'pending';
  const { person } = request.requester;
  return breakGlass && begins && isNew ? [{ type: 'breakGlassUse', person, grantId: id, change: 'open' }] : [];
}
