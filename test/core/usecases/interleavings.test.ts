import { describe, expect, it } from 'vitest';
import type { Grant } from '../../../core/grant.ts';
import { WritError } from '../../../core/errors.ts';
import { countedApprovals } from '../../../core/tally.ts';
import { decideGrant } from '../../../core/usecases/decideGrant.ts';
import type { Caller } from '../../../core/usecases/deps.ts';
import { endGrant } from '../../../core/usecases/endGrant.ts';
import { loadSettled } from '../../../core/usecases/loadGrant.ts';
import { panelOf } from '../../../core/usecases/panel.ts';
import type { Actor, Turn } from './explore.ts';
import { explore, taking } from './explore.ts';
import type { World } from './world.ts';
import { ALICE, BOB, BUNDLE, CAROL, createWorld, HEIDI, render } from './world.ts';

const CHANGED = { ...BUNDLE, sha256: 'c'.repeat(64) };

const deciding =
  (world: World, grant: Grant, by: Caller, verdict: 'approve' | 'deny' = 'approve'): Actor =>
  async (turn) => {
    const vote = { verdict, comment: 'seen', requestSha256: grant.requestSha256, via: 'api' } as const;
    await refusable(decideGrant(through(world, turn), by, grant.id, vote, undefined, render));
  };

const cancelling =
  (world: World, grant: Grant): Actor =>
  async (turn) => {
    await refusable(endGrant(through(world, turn), ALICE, grant.id, { type: 'cancel' }, undefined, render));
  };

const revoking =
  (world: World, grant: Grant): Actor =>
  async (turn) => {
    const ending = { type: 'revoke', note: 'stop' } as const;
    await refusable(endGrant(through(world, turn), CAROL, grant.id, ending, undefined, render));
  };

const expiring =
  (world: World, grant: Grant): Actor =>
  async (turn) => {
    await turn();
    world.pass(4 * 3_600_000);
    await loadSettled(through(world, turn), grant.id);
  };

const publishing =
  (world: World): Actor =>
  async (turn) => {
    await turn();
    world.bundle = CHANGED;
  };

function through(world: World, turn: Turn): World {
  // A copy that keeps the world's getters alive: time and bundle are everybody's.
  return Object.create(world, { store: { value: taking(world.store, turn) } }) as World;
}

async function refusable(act: Promise<unknown>): Promise<void> {
  try {
    await act;
  } catch (error) {
    if (!(error instanceof WritError)) throw error;
  }
}

/** What must hold after any order: nobody got in without enough valid words, and the log tells one straight story. */
async function check(world: World, id: string): Promise<void> {
  const grant = await world.store.get(id);
  const leaves = await world.leaves(id);
  expect(grant).toBeDefined();
  if (!grant) return;
  const transitions = leaves.filter(({ role }) => role === 'transition').map(({ version }) => version);
  expect(transitions).toEqual(Array.from({ length: grant.version }, (_, index) => index + 1));
  if (!('activatedAt' in grant.state)) return;
  const bundle = grant.decision.bundleSha256 === CHANGED.sha256 ? CHANGED : BUNDLE;
  const panel = panelOf(bundle, grant.request);
  if (!panel) throw new Error('nobody was asked');
  const { requestSha256, decision, approvals } = grant;
  const question = {
    requestSha256,
    bundleSha256: decision.bundleSha256,
    approvals,
    stage: 0,
    stageSince: 0,
    lapsesAt: 0,
  };
  const counted = countedApprovals(panel, question);
  panel.chain.stages.forEach(({ quorum }, index) => {
    expect(counted[index]?.length).toBeGreaterThanOrEqual(quorum);
  });
}

const scenario = (entitlement: string, actorsOf: (world: World, grant: Grant) => Actor[]) => async () => {
  const world = createWorld();
  world.forbid('autoApprove');
  world.permit('read', 'revoke');
  const grant = await world.request({ entitlement });
  return { actors: actorsOf(world, grant), check: () => check(world, grant.id) };
};

describe('all orders of', () => {
  it.each([
    ['two approvers', (world: World, grant: Grant) => [deciding(world, grant, BOB), deciding(world, grant, HEIDI)]],
    [
      'approve and deny',
      (world: World, grant: Grant) => [deciding(world, grant, BOB), deciding(world, grant, HEIDI, 'deny')],
    ],
    ['approve and cancel', (world: World, grant: Grant) => [deciding(world, grant, BOB), cancelling(world, grant)]],
    ['approve and revoke', (world: World, grant: Grant) => [deciding(world, grant, BOB), revoking(world, grant)]],
    ['approve and expire', (world: World, grant: Grant) => [deciding(world, grant, BOB), expiring(world, grant)]],
    ['approve and a policy change', (world: World, grant: Grant) => [deciding(world, grant, BOB), publishing(world)]],
  ])('%s', { timeout: 120_000 }, async (_, actorsOf) => {
    expect(await explore(scenario('orders-read', actorsOf))).toBeGreaterThan(3);
  });

  it(
    'two approvers, cancel, expire and a policy change, as far as a search of 1,500 orders goes',
    { timeout: 240_000 },
    async () => {
      const all = scenario('orders-staged', (world, grant) => [
        deciding(world, grant, BOB),
        deciding(world, grant, CAROL),
        cancelling(world, grant),
        expiring(world, grant),
        publishing(world),
      ]);
      expect(await explore(all, 1_500)).toBe(1_500);
    },
  );
});
