import type { Approver } from '../chain.ts';
import type { Decision } from '../decision.ts';
import { WritError } from '../errors.ts';
import { refOf } from '../principal.ts';
import { approversOf } from '../tally.ts';
import type { Caller } from './deps.ts';
import { panelOf } from './panel.ts';
import type { GrantAsk } from './requestGrant.ts';
import { preview } from './requestGrant.ts';
import type { SealedKeyDeps } from './sealedKeys.ts';
import { auditLeaf } from './auditLeaf.ts';

/** What a break-glass request would meet, without making one. */
export interface Drill {
  readonly decision: Decision;
  /** Who could sign besides, where policy wants more than one, at any stage; each with whether they have a key. */
  readonly seconds: readonly (Approver & { readonly hasKey: boolean })[];
  /** An earlier use that waits for its review would stop the next one. */
  readonly openReview?: string;
  readonly works: boolean;
}

/**
 * Rehearses break-glass by a real sealed signature: everything that a request meets, and its alarm, but no grant.
 *
 * @throws WritError as `requestGrant` does for what does not fit the catalogue; `forbidden` without a sealed key
 */
export async function drill(deps: SealedKeyDeps, caller: Caller, ask: GrantAsk): Promise<Drill> {
  const { principal } = caller;
  const { sealedKey } = principal.authentication;
  if (sealedKey === undefined) {
    throw new WritError('forbidden', 'a drill is signed by a sealed key, as the real thing is', {
      remediation: 'Run writ breakglass drill.',
    });
  }
  const { decision, request } = preview(deps, caller, ask);
  const panel = decision.outcome === 'needs_approval' ? panelOf(deps.engine.bundle, request) : undefined;
  const now = deps.clock();
  const stages = panel?.chain.stages.map(({ quorum }, stage) => ({
    quorum,
    asked: approversOf(panel, { stage, stageSince: now }, now),
  }));
  const everybody = new Map(stages?.flatMap(({ asked }) => asked.map((one) => [one.id, one] as const)));
  const seconds = await Promise.all(
    [...everybody.values()].map(async (one) => {
      const keys = await deps.keys.keysOf(one.id);
      return { ...one, hasKey: keys.some(({ removedAt, owner }) => !removedAt && owner.person === one.person) };
    }),
  );
  const holders = seconds.filter(({ hasKey }) => hasKey);
  const seats = stages?.flatMap(({ quorum, asked }) => {
    const able = holders.filter(({ id }) => asked.some((one) => one.id === id)).map(({ id, person }) => person ?? id);
    return Array.from({ length: quorum }, () => [...new Set(able)]);
  });
  const openReview = await deps.keys.openUseOf(principal.person);
  const reachable = decision.outcome === 'allowed' || (seats !== undefined && canSeat(seats));
  const works = decision.outcome !== 'denied' && reachable && openReview === undefined;
  const facts = { key: sealedKey, entitlement: ask.entitlement, outcome: decision.outcome, works };
  await deps.store.append(auditLeaf(deps, 'breakglass.drilled', refOf(principal), facts));
  return { decision, seconds, works, ...(openReview !== undefined && { openReview }) };
}

/** Whether each seat gets a person of its own: one person counts once in the whole chain. */
const canSeat = ([seat, ...rest]: readonly (readonly string[])[], seated: readonly string[] = []): boolean =>
  seat === undefined || seat.some((one) => !seated.includes(one) && canSeat(rest, [...seated, one]));
