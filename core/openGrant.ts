import type { Decision } from './decision.ts';
import type { Grant, GrantRequest, GrantState } from './grant.ts';
import type { LeafType } from './leaf.ts';
import { SYSTEM } from './principal.ts';
import { activeFrom } from './transitions.ts';

export interface NewGrant {
  readonly id: string;
  readonly request: GrantRequest;
  readonly requestSha256: string;
  readonly decision: Decision;
  readonly sourceIdentity: string;
  readonly roleArn: string;
  readonly salt: string;
}

/** What follows from a decision: version 1 is the request, version 2 the state that it led to. */
export function openGrant(
  asked: NewGrant,
  now: number,
  lapseAfterSeconds: number,
): { grant: Grant; leaves: readonly [LeafType, LeafType] } {
  const [state, leaf] = firstState(asked, now, lapseAfterSeconds);
  return {
    grant: { ...asked, version: 2, requestedAt: now, state, credentials: { issued: 0 } },
    leaves: ['grant.requested', leaf],
  };
}

/** Once a wished-for window is over, nobody needs to decide any more. */
const windowEnd = ({ startsAt, durationSeconds }: GrantRequest): number =>
  startsAt === undefined ? Number.POSITIVE_INFINITY : startsAt + durationSeconds * 1000;

function firstState({ request, decision }: NewGrant, now: number, lapseAfterSeconds: number): [GrantState, LeafType] {
  switch (decision.outcome) {
    case 'denied':
      return [{ status: 'denied', endedAt: now, endedBy: SYSTEM }, 'grant.denied'];
    case 'needs_approval':
      return [
        { status: 'pending', lapsesAt: Math.min(now + lapseAfterSeconds * 1000, windowEnd(request)) },
        'grant.pending',
      ];
    case 'allowed':
      return request.startsAt !== undefined && request.startsAt > now
        ? [{ status: 'scheduled', startsAt: request.startsAt }, 'grant.scheduled']
        : [activeFrom(now, request.durationSeconds), 'grant.activated'];
  }
}
