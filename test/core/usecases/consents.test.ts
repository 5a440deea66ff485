import { describe, expect, it } from 'vitest';
import type { GrantStore } from '../../../core/ports.ts';
import type { GrantAsk } from '../../../core/usecases/requestGrant.ts';
import { requestGrant } from '../../../core/usecases/requestGrant.ts';
import { consentSha256 } from '../../../core/usecases/consentHash.ts';
import { decideGrant } from '../../../core/usecases/decideGrant.ts';
import { extendGrant } from '../../../core/usecases/extendGrant.ts';
import { listImpersonations, withdrawConsent } from '../../../core/usecases/consents.ts';
import { withdrawApproval } from '../../../core/usecases/withdrawApproval.ts';
import { NOW } from '../fixtures.ts';
import type { World } from './world.ts';
import { ALICE, BOB, CAROL, createWorld, ERIN, refusal, render } from './world.ts';

const DAY = 24 * 3_600_000;
const HELP: Partial<GrantAsk> = {
  entitlement: 'act-for-customer',
  parameters: {},
  purpose: 'reset a password',
  subject: ERIN.principal.id,
};

async function consented(world: World, rememberSeconds?: number) {
  const grant = await world.request(HELP);
  const vote = { verdict: 'approve', comment: 'please', requestSha256: grant.requestSha256, via: 'api' } as const;
  const remembering = rememberSeconds === undefined ? vote : { ...vote, rememberSeconds };
  await decideGrant(world, ERIN, grant.id, remembering, undefined, render);
  return grant.id;
}

const asking = () => {
  const world = createWorld();
  world.forbid('autoApprove');
  return world;
};
const stateOf = async (world: World, id: string) => (await world.store.get(id))?.state;

describe('consent', () => {
  it('is the subject’s own word, and shows who acts', async () => {
    const world = asking();
    const id = await consented(world);
    expect(await stateOf(world, id)).toMatchObject({ status: 'active' });
    expect((await listImpersonations(world, ERIN, { limit: 10 })).items.map((grant) => grant.id)).toEqual([id]);
    expect((await listImpersonations(world, CAROL, { limit: 10 })).items).toEqual([]);
  });

  it('is not assumed from silence: others decide only when policy widens the circle', async () => {
    const world = asking();
    world.permit('read');
    const grant = await world.request(HELP);
    const vote = { verdict: 'approve', comment: 'urgent', requestSha256: grant.requestSha256, via: 'api' } as const;
    expect(await refusal(decideGrant(world, CAROL, grant.id, vote, undefined, render))).toBe('not_an_approver');
    world.pass(900_000);
    expect(await refusal(decideGrant(world, CAROL, grant.id, vote, undefined, render))).toBe('none');
  });

  it('ends the grant at once when it is withdrawn', async () => {
    const world = asking();
    const id = await consented(world);
    const apr = (await world.store.get(id))?.approvals[0]?.id ?? '';
    await withdrawApproval(world, ERIN, { grantId: id, approvalId: apr }, undefined, render);
    expect(await stateOf(world, id)).toMatchObject({ status: 'revoked', endReason: 'consent_withdrawn' });
  });

  it('to more time is withdrawn like one to the request: while it is asked for, or ending what rests on it', async () => {
    const world = asking();
    const id = await consented(world);
    const more = { durationSeconds: 300, justification: 'not done yet' };
    const approve = async () => {
      const requestSha256 = (await world.store.get(id))?.extensions.at(-1)?.requestSha256 ?? '';
      const vote = { verdict: 'approve', comment: 'yes', requestSha256, via: 'api' } as const;
      await decideGrant(world, ERIN, id, vote, undefined, render);
      return (await world.store.get(id))?.extensions.at(-1)?.approvals.at(-1)?.id ?? '';
    };
    await extendGrant(world, ALICE, id, more, undefined, render);
    const apr = await approve();
    expect(await stateOf(world, id)).toMatchObject({ status: 'active', expiresAt: NOW + 900_000 });
    await withdrawApproval(world, ERIN, { grantId: id, approvalId: apr }, undefined, render);
    expect(await stateOf(world, id)).toMatchObject({ status: 'revoked', endReason: 'consent_withdrawn' });
  });

  it('is remembered for the same person, purpose and operations, as a record that anybody can check', async () => {
    const world = asking();
    const id = await consented(world, 30 * 24 * 3600);
    const [consent] = await world.consents.consentsOf(ERIN.principal.id);
    if (!consent) throw new Error('nothing was remembered');
    expect(consent).toMatchObject({ actor: ALICE.principal.id, purpose: 'reset a password', grantId: id });
    const told = (await world.leaves(id)).find(({ facts }) => facts['consent'] === consent.id);
    expect(told?.facts['consentSha256']).toBe(consentSha256(world, consent));

    const again = await world.request(HELP);
    expect(again).toMatchObject({
      state: { status: 'active' },
      approvals: [{ via: 'remembered', consent: consent.id }],
    });
  });

  it.each<[string, Partial<GrantAsk>, typeof ALICE, number]>([
    ['another purpose', { purpose: 'look around' }, ALICE, 0],
    ['another actor', {}, BOB, 0],
    ['a time beyond its end', {}, ALICE, 30 * DAY - 60_000],
  ])('is not remembered for %s', async (_, over, by, wait) => {
    const world = asking();
    await consented(world, 30 * 24 * 3600);
    world.pass(wait);
    const grant = await world.request({ ...HELP, ...over }, by);
    expect(grant.state.status).toBe('pending');
  });

  it('is not remembered for somebody who acts in the name of whom it was given to', async () => {
    const world = asking();
    await consented(world, 30 * 24 * 3600);
    const { id, domain, subject, person } = BOB.principal;
    const throughBob = { ...ALICE, principal: { ...ALICE.principal, actors: [{ id, domain, subject, person }] } };
    const grant = await world.request(HELP, throughBob);
    expect(grant).toMatchObject({ state: { status: 'pending' }, approvals: [] });
    expect((await world.request(HELP)).state.status).toBe('active');
  });

  it('is not remembered for more operations than it named', async () => {
    const world = asking();
    const scope = [{ actions: ['settings:read'], resources: ['https://support.example'] }];
    const grant = await world.request({ ...HELP, scope });
    const { requestSha256 } = grant;
    const vote = { verdict: 'approve', comment: 'look', requestSha256, via: 'api', rememberSeconds: 3600 } as const;
    await decideGrant(world, ERIN, grant.id, vote, undefined, render);
    expect((await world.request({ ...HELP, scope, durationSeconds: 60 })).state.status).toBe('active');
    expect((await world.request({ ...HELP, durationSeconds: 60 })).state.status).toBe('pending');
  });

  it('takes every grant that rests on it along when it is withdrawn, and counts no more', async () => {
    const world = asking();
    const first = await consented(world, 3600 * 24);
    const [consent] = await world.consents.consentsOf(ERIN.principal.id);
    const second = (await world.request(HELP)).id;
    await withdrawConsent(world, ERIN, consent?.id ?? '');
    expect(await stateOf(world, second)).toMatchObject({ status: 'revoked', endReason: 'consent_withdrawn' });
    expect(await stateOf(world, first)).toMatchObject({ status: 'revoked', endReason: 'consent_withdrawn' });
    expect((await world.request(HELP)).state.status).toBe('pending');
    expect(await refusal(withdrawConsent(world, CAROL, consent?.id ?? ''))).toBe('not_found');
    expect((await world.leaves(first)).map(({ type }) => type)).toContain('consent.withdrawn');
  });

  it('is not remembered for a longer time than it was given for', async () => {
    const world = asking();
    await consented(world, 30 * 24 * 3600);
    expect((await world.request({ ...HELP, durationSeconds: 600 })).state.status).toBe('active');
    expect((await world.request({ ...HELP, durationSeconds: 601 })).state.status).toBe('pending');
  });

  it('lets nothing begin that is committed after its withdrawal', async () => {
    const world = asking();
    await consented(world, 30 * 24 * 3600);
    const [consent] = await world.consents.consentsOf(ERIN.principal.id);
    const create: GrantStore['create'] = async (change) => {
      await withdrawConsent(world, ERIN, consent?.id ?? '');
      return world.store.create(change);
    };
    const ask = { ...HELP, durationSeconds: 600, justification: 'x' } as GrantAsk;
    const late = { ...world, store: { ...world.store, create } };
    expect(await refusal(requestGrant(late, ALICE, ask, undefined, render))).toBe('version_conflict');
    expect((await listImpersonations(world, ERIN, { limit: 10 })).items).toHaveLength(1);
  });

  it('is given by the subject alone', async () => {
    const world = asking();
    world.permit('read');
    const grant = await world.request(HELP);
    world.pass(900_000);
    const { requestSha256 } = grant;
    const vote = { verdict: 'approve', comment: 'x', requestSha256, via: 'api', rememberSeconds: 3600 } as const;
    expect(await refusal(decideGrant(world, CAROL, grant.id, vote, undefined, render))).toBe('invalid_request');
    expect(await world.consents.consentsOf(ERIN.principal.id)).toEqual([]);
  });

  it('names a subject of the right domain, who is not the actor', async () => {
    const world = asking();
    expect(await refusal(world.request({ ...HELP, subject: 'admin:test:bob' }))).toBe('subject_required');
    const { subject: _, ...nobody } = HELP;
    expect(await refusal(world.request(nobody))).toBe('subject_required');
    expect(await refusal(world.request({ subject: ERIN.principal.id }))).toBe('invalid_request');
    expect(NOW).toBe(world.clock());
  });
});
