import type { Decision } from './decision.ts';
import type { Grant, GrantRequest, GrantState } from './grant.ts';
import type { LeafType } from './leaf.ts';
import { SYSTEM } from './principal.ts';
import type { AfterVote } from './transitions.ts';
import { begun } from './transitions.ts';

export type NewGrant = Pick<
  Grant,
  'id' | 'request' | 'requestSha256' | 'sourceIdentity' | 'roleArn' | 'salt' | 'approvals' | 'breakGlass' | 'lineage'
> & {
  readonly decision: Decision;
  /** Uses of all its tokens together. @default not counted */
  readonly maxUses?: number;
};

/**
 * What follows from a decision: version 1 is the request, version 2 the state that it led to.
 *
 * @param after what an allowed request begins as, or where one that needs approval stands
 */
export function openGrant(
  { maxUses, ...asked }: NewGrant,
  after: AfterVote | undefined,
  now: number,
): { grant: Grant; leaves: readonly [LeafType, LeafType] } {
  const [state, leaf] = firstState(asked.request, after, now);
  const fresh = {
    scope: asked.request.scope,
    extensions: [],
    narrowings: 0,
    uses: { spent: 0, ...(maxUses !== undefined && { max: maxUses }) },
    credentials: { attempts: 0, issued: 0 },
  };
  return {
    grant: { ...asked, ...fresh, version: 2, requestedAt: now, state },
    leaves: ['grant.requested', leaf],
  };
}

function firstState(request: GrantRequest, after: AfterVote | undefined, now: number): [GrantState, LeafType] {
  if (after === undefined) return [{ status: 'denied', endedAt: now, endedBy: SYSTEM }, 'grant.denied'];
  if (after.to === 'wait') return [{ status: 'pending', ...after.standing }, 'grant.pending'];
  return begun(after.beginning, request.durationSeconds, now);
}
