import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../adapters/memory/store.ts';
import type { Companion } from '../../../core/approvalPorts.ts';
import type { Grant } from '../../../core/grant.ts';
import { completeTicket } from '../../../core/usecases/completeTicket.ts';
import { endGrantsOfClients } from '../../../core/usecases/endOfClients.ts';
import { birthOf } from '../../adapters/samples.ts';
import { childCompanion } from '../../adapters/tokenStore/setup.ts';
import { childOf, tokenGrant } from '../../adapters/tokenStore/samples.ts';
import { NOW } from '../fixtures.ts';
import { createWorld } from './world.ts';

/** A grant, one that was lent on from it, and one from that. */
async function lineage(request: Partial<Grant['request']>) {
  const store = createMemoryStore();
  const root = tokenGrant();
  const grants: Grant[] = [{ ...root, request: { ...root.request, ...request } }];
  while (grants.length < 3) grants.push(childOf(...grants));
  for (const grant of grants) {
    const { ticket } = grant.request;
    const companions: Companion[] = [
      ...(grant.lineage ? [childCompanion(grant)] : []),
      ...(ticket === undefined ? [] : [{ type: 'ticket' as const, ticket, grantId: grant.id, keepUntil: NOW + 1 }]),
    ];
    await store.create({ grant, leaves: birthOf(grant), companions });
  }
  const deps = { ...createWorld(), store, lists: store, once: store };
  /** As they are stored, without anybody settling them, and what the last leaf of each says. */
  const below = () =>
    Promise.all(
      grants.slice(1).map(async ({ id }) => {
        const { items } = await store.ofStream(id, { limit: 99 });
        const state = (await store.get(id))?.state;
        return [state?.status, state && 'endReason' in state ? state.endReason : undefined, items.at(-1)?.type];
      }),
    );
  return { deps, below };
}

const LIVE = ['active', undefined, 'grant.activated'];
const FALLEN = ['revoked', 'parent_ended', 'grant.revoked'];

describe('what was lent on from a grant falls with it, in the same moment and with its leaf', () => {
  it('when its ticket is closed', async () => {
    const { deps, below } = await lineage({ ticket: 'INC-42' });
    expect(await below()).toEqual([LIVE, LIVE]);
    expect(await completeTicket(deps, 'INC-42')).toHaveLength(1);
    expect(await below()).toEqual([FALLEN, FALLEN]);
  });

  it('when the client that holds it is gone', async () => {
    const { deps, below } = await lineage({ client: 'gone' });
    expect(await below()).toEqual([LIVE, LIVE]);
    expect(await endGrantsOfClients(deps)).toBe(1);
    expect(await below()).toEqual([FALLEN, FALLEN]);
  });
});
