import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Approval, Question } from '../../core/approval.ts';
import type { ApprovalChain, Directory, DirectoryPerson, Stage } from '../../core/chain.ts';
import { approversAt, onCallAt } from '../../core/chain.ts';
import type { PrincipalId, PrincipalRef } from '../../core/principal.ts';
import type { Panel } from '../../core/tally.ts';
import { approversOf, countedApprovals, tally } from '../../core/tally.ts';
import { NOW } from './fixtures.ts';

const SHA = 'a'.repeat(64);
const BUNDLE = 'b'.repeat(64);
const HOUR = 3_600_000;

const idOf = (name: string): PrincipalId => `admin:test:${name}` as PrincipalId;
const someone = (name: string, groups: string[], person = name): DirectoryPerson => ({
  id: idOf(name),
  name,
  person,
  groups,
  projects: ['shop'],
});
const ref = ({ id, person, name }: DirectoryPerson): PrincipalRef => ({ id, domain: 'admin', subject: name, person });

const BOB = someone('bob', ['leads', 'security']);
const BOB_ADMIN = someone('bob-admin', ['leads'], 'bob');
const CAROL = someone('carol', ['security']);
const HEIDI = someone('heidi', ['leads']);
const ALICE = someone('alice', []);
const DIRECTORY: Directory = {
  people: [ALICE, BOB, BOB_ADMIN, CAROL, HEIDI],
  schedules: [{ id: 'duty', startsAt: NOW, turnSeconds: 3600, people: [idOf('carol'), idOf('heidi')] }],
};
const LEADS: Stage = { name: 'lead', approvers: [{ group: 'leads' }], quorum: 1, timeoutSeconds: 14_400 };
const SECURITY: Stage = { name: 'security', approvers: [{ group: 'security' }], quorum: 1, timeoutSeconds: 14_400 };

const panel = (stages: ApprovalChain['stages'], requester = ALICE): Panel => ({
  chain: { id: 'chain', stages },
  directory: DIRECTORY,
  asked: { entitlement: { owner: 'leads' } },
  requesters: [ref(requester)],
  bundleSha256: BUNDLE,
});

const question = (approvals: readonly Approval[] = [], stage = 0): Question => ({
  stage,
  stageSince: NOW,
  lapsesAt: NOW + 4 * HOUR,
  requestSha256: SHA,
  bundleSha256: BUNDLE,
  approvals,
});

let serial = 0;
const approval = (by: DirectoryPerson, over: Partial<Approval> = {}): Approval => ({
  id: `apr_${String(++serial).padStart(26, '0')}`,
  by: ref(by),
  verdict: 'approve',
  comment: 'fine',
  stage: 0,
  stageSince: NOW,
  at: NOW + 1000,
  requestSha256: SHA,
  bundleSha256: BUNDLE,
  via: 'api',
  ...over,
});

describe('who may decide', () => {
  it('never asks the requester, nor any other account of theirs', () => {
    expect(approversOf(panel([LEADS], BOB), question(), NOW).map(({ id }) => id)).toEqual([idOf('heidi')]);
  });

  it('asks the wider set once the stage has escalated, not a moment earlier', () => {
    const stage: Stage = { ...LEADS, escalate: { afterSeconds: 7200, approvers: [{ group: 'security' }] } };
    const names = (at: number) =>
      approversAt(DIRECTORY, stage, { entitlement: { owner: 'x' } }, NOW, at).map((one) => one.name);
    expect(names(NOW + 2 * HOUR - 1)).toEqual(['bob', 'bob-admin', 'heidi']);
    expect(names(NOW + 2 * HOUR)).toEqual(['bob', 'bob-admin', 'heidi', 'carol']);
  });

  it('asks whose turn it is', () => {
    expect(onCallAt(DIRECTORY, 'duty', NOW - 1)).toBeUndefined();
    expect(onCallAt(DIRECTORY, 'duty', NOW)).toBe(idOf('carol'));
    expect(onCallAt(DIRECTORY, 'duty', NOW + HOUR)).toBe(idOf('heidi'));
    expect(onCallAt(DIRECTORY, 'duty', NOW + 2 * HOUR)).toBe(idOf('carol'));
  });

  it('asks owner, named person and subject', () => {
    const stage: Stage = { ...LEADS, approvers: [{ owner: true }, { person: idOf('carol') }, { subject: true }] };
    const subject = 'customer:shop:erin' as PrincipalId;
    const asked = { entitlement: { owner: 'security' }, subject };
    expect(approversAt(DIRECTORY, stage, asked, NOW, NOW).map(({ id }) => id)).toEqual([
      idOf('bob'),
      idOf('carol'),
      subject,
    ]);
  });
});

describe('what counts', () => {
  const two: Stage = { ...LEADS, quorum: 2 };

  it('counts one person once, also through two accounts', () => {
    const count = tally(panel([two]), question([approval(BOB), approval(BOB_ADMIN)]));
    expect(count).toEqual({ result: 'open', stage: 0, have: 1, need: 2 });
  });

  it('counts one person once in the whole chain, also through two groups', () => {
    const approvals = [approval(BOB), approval(BOB, { stage: 1 })];
    expect(tally(panel([LEADS, SECURITY]), question(approvals, 1))).toMatchObject({
      result: 'open',
      stage: 1,
      have: 0,
    });
    expect(tally(panel([LEADS, SECURITY]), question([approval(BOB), approval(CAROL, { stage: 1 })], 1))).toEqual({
      result: 'agreed',
    });
  });

  it.each([
    ['a denial', { verdict: 'deny' }],
    ['a withdrawn approval', { withdrawnAt: NOW + 2000 }],
    ['an approval of another request', { requestSha256: 'c'.repeat(64) }],
    ['an approval under another bundle', { bundleSha256: 'c'.repeat(64) }],
  ] as const)('does not count %s', (_, over) => {
    expect(tally(panel([LEADS]), question([approval(BOB, over)]))).toMatchObject({ result: 'open', have: 0 });
  });

  it('does not count what was said before the person could decide', () => {
    const stage: Stage = { ...LEADS, escalate: { afterSeconds: 7200, approvers: [{ group: 'security' }] } };
    const early = approval(CAROL, { at: NOW + HOUR });
    const late = approval(CAROL, { at: NOW + 2 * HOUR });
    expect(tally(panel([stage]), question([early]))).toMatchObject({ result: 'open' });
    expect(tally(panel([stage]), question([late]))).toEqual({ result: 'agreed' });
  });

  it('does not count who has left the directory', () => {
    const asked = panel([LEADS]);
    const without = { ...asked, directory: { ...DIRECTORY, people: DIRECTORY.people.filter((one) => one !== BOB) } };
    expect(tally(asked, question([approval(BOB)]))).toEqual({ result: 'agreed' });
    expect(tally(without, question([approval(BOB)]))).toMatchObject({ result: 'open', have: 0 });
  });

  it('counts nothing under a bundle that the question was not asked under', () => {
    const newer = { ...panel([LEADS]), bundleSha256: 'c'.repeat(64) };
    const given = approval(BOB, { bundleSha256: 'c'.repeat(64) });
    expect(tally(newer, question([given]))).toMatchObject({ result: 'open', have: 0 });
  });
});

const people = fc.constantFrom(ALICE, BOB, BOB_ADMIN, CAROL, HEIDI);
const someApproval = fc
  .record({
    by: people,
    verdict: fc.constantFrom('approve', 'deny'),
    stage: fc.integer({ min: 0, max: 2 }),
    withdrawn: fc.boolean(),
    sha: fc.constantFrom(SHA, 'f'.repeat(64)),
    at: fc.integer({ min: 0, max: 4 * HOUR }),
  })
  .map(({ by, verdict, stage, withdrawn, sha, at }) =>
    approval(by, {
      verdict,
      stage,
      requestSha256: sha,
      at: NOW + at,
      ...(withdrawn && { withdrawnAt: NOW + at + 1 }),
    }),
  );
const someStage: fc.Arbitrary<Stage> = fc.record({
  name: fc.constant('stage'),
  approvers: fc.subarray(
    [
      { group: 'leads' },
      { group: 'security' },
      { person: idOf('alice') },
      { owner: true },
      { onCall: 'duty' },
    ] as const,
    { minLength: 1 },
  ),
  quorum: fc.integer({ min: 1, max: 3 }),
  timeoutSeconds: fc.constant(14_400),
  escalate: fc.constant({ afterSeconds: 3600, approvers: [{ group: 'security' }] as const }),
});

describe('any chain and any approvals', () => {
  it('agrees only by enough distinct people in every stage, none of whom is behind the request (I2)', () => {
    const chains = fc.array(someStage, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(chains, people, fc.array(someApproval, { maxLength: 12 }), (stages, requester, approvals) => {
        const [first, ...rest] = stages;
        if (!first) return;
        const asked = panel([first, ...rest], requester);
        const asks = question(approvals);
        const counted = countedApprovals(asked, asks);
        const persons = counted.flat().map(({ by }) => by.person);
        expect(new Set(persons).size).toBe(persons.length);
        expect(persons).not.toContain(requester.person);
        for (const one of counted.flat()) expect(one).toMatchObject({ verdict: 'approve', requestSha256: SHA });
        const agreed = tally(asked, asks).result === 'agreed';
        expect(agreed).toBe(stages.every(({ quorum }, index) => (counted[index]?.length ?? 0) >= quorum));
      }),
      { numRuns: 2_000 },
    );
  });

  it('is never brought nearer to agreement by a withdrawal', () => {
    fc.assert(
      fc.property(fc.array(someApproval, { minLength: 1, maxLength: 8 }), fc.nat(), (approvals, pick) => {
        const asked = panel([{ ...LEADS, quorum: 2 }]);
        const withdrawn = approvals.map((one, index) =>
          index === pick % approvals.length ? { ...one, withdrawnAt: NOW } : one,
        );
        const before = countedApprovals(asked, question(approvals)).flat().length;
        expect(countedApprovals(asked, question(withdrawn)).flat().length).toBeLessThanOrEqual(before);
      }),
    );
  });
});
