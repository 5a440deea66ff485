import { describe, expect, test } from 'vitest';
import { loadBundle } from '../../../adapters/bundle/load.ts';
import { bundleDir, editing, problemsOf, swap, type Change } from './bundleDir.ts';

interface Chain {
  readonly id: string;
  readonly stages: readonly Stage[];
}
type Stage = Readonly<Record<string, unknown>>;

interface Directory {
  readonly people: readonly Readonly<Record<string, unknown>>[];
  readonly schedules: readonly Readonly<Record<string, unknown>>[];
}

const edited = (id: string, edit: (stages: readonly Stage[]) => readonly Stage[]): Change => ({
  'approvals.json': editing<Chain[]>((chains) =>
    chains.map((chain) => (chain.id === id ? { ...chain, stages: edit(chain.stages) } : chain)),
  ),
});

/** With other members in the first stage of `team-lead`, which asks the team leads and later the security admins. */
const staged = (members: Stage): Change => edited('team-lead', ([first]) => [{ ...first, ...members }]);
/** A stage of these alone. */
const asking = (approvers: readonly object[], quorum = 1): Change =>
  edited('team-lead', () => [{ name: 'all', approvers, quorum, timeoutSeconds: 3_600 }]);
const directory = (edit: (value: Directory) => Directory): Change => ({ 'directory.json': editing(edit) });
const person = (members: object): Change =>
  directory(({ people: [first, ...others], ...rest }) => ({ ...rest, people: [{ ...first, ...members }, ...others] }));
const schedule = (members: object): Change =>
  directory(({ schedules: [first], ...rest }) => ({ ...rest, schedules: [{ ...first, ...members }] }));

test('a schedule begins at an instant, whatever zone it is written in', () => {
  const [here] = loadBundle('policies').directory.schedules;
  const there = bundleDir(schedule({ startsAt: '2026-01-05T09:00:00+01:00' }));

  expect(here?.startsAt).toBe(Date.UTC(2026, 0, 5, 8));
  expect(loadBundle(there).directory.schedules).toEqual([here]);
});

describe('a shape that is wrong is named by file and member', () => {
  const stage = 'approvals.json: [0].stages[0]';
  test.each<[string, Change, string]>([
    ['no stage', edited('team-lead', () => []), 'approvals.json: [0].stages[0]: '],
    ['a stage of nobody', staged({ approvers: [] }), `${stage}.approvers: `],
    ['a selector that there is not', staged({ approvers: [{ role: 'x' }] }), `${stage}.approvers[0]: must be one of `],
    [
      'a selector of two',
      staged({ approvers: [{ group: 'team-leads', owner: true }] }),
      `${stage}.approvers[0]: must be one of `,
    ],
    ['an owner who is not asked', staged({ approvers: [{ owner: false }] }), `${stage}.approvers[0]: must be one of `],
    [
      'a person without an issuer',
      staged({ approvers: [{ person: 'bob' }] }),
      `${stage}.approvers[0].person: must be a principal id`,
    ],
    ['a quorum of none', staged({ quorum: 0 }), `${stage}.quorum: `],
    ['a stage that lapses at once', staged({ timeoutSeconds: 0 }), `${stage}.timeoutSeconds: `],
    [
      'a reminder at the time-out',
      staged({ remindAfterSeconds: [3_600, 14_400] }),
      `${stage}.remindAfterSeconds: must come before the time-out`,
    ],
    [
      'an escalation at the time-out',
      staged({ escalate: { afterSeconds: 14_400, approvers: [{ owner: true }] } }),
      `${stage}.escalate.afterSeconds: must come before the time-out`,
    ],
    [
      'an escalation to nobody',
      staged({ escalate: { afterSeconds: 60, approvers: [] } }),
      `${stage}.escalate.approvers: `,
    ],
    ['an unknown member', staged({ color: 'red' }), `${stage}: Unrecognized key: "color"`],
    ['a person who is no principal', person({ id: 'bob' }), 'directory.json: people[0].id: must be a principal id'],
    [
      'a person of an unknown domain',
      person({ id: 'root:local-admin:bob' }),
      'directory.json: people[0].id: must be a principal id',
    ],
    ['a person of no project', person({ projects: [] }), 'directory.json: people[0].projects[0]: '],
    ['a person whose projects are left out', person({ projects: undefined }), 'directory.json: people[0].projects: '],
    ['no e-mail address', person({ email: 'bob' }), 'directory.json: people[0].email: must be an e-mail address'],
    ['no chat id', person({ chat: '<@all>' }), 'directory.json: people[0].chat: must be a member id'],
    [
      'a schedule without a zone',
      schedule({ startsAt: '2026-01-05T08:00:00' }),
      'directory.json: schedules[0].startsAt: must be a time',
    ],
    ['a schedule of nobody', schedule({ people: [] }), 'directory.json: schedules[0].people[0]: '],
    ['turns of no time', schedule({ turnSeconds: 0 }), 'directory.json: schedules[0].turnSeconds: '],
    [
      'a channel whose id makes no name of a secret',
      { 'channels.json': swap('"ops-chat"', '"ops/chat"') },
      'channels.json: [0].id: must be lower-case',
    ],
    ['a channel of no kind', { 'channels.json': swap('"webhook"', '"smoke"') }, 'channels.json: [1].kind: '],
    [
      'an event without a version',
      { 'channels.json': swap('grant.pending.v1', 'grant.pending') },
      'channels.json: [0].events[0]: must be `*` or such as grant.pending.v1',
    ],
  ])('%s', (_, change, problem) => {
    const problems = problemsOf(bundleDir(change));

    expect(problems.filter((text) => text.startsWith(problem))).toHaveLength(1);
  });
});

describe('a reference that leads nowhere, or to two', () => {
  test.each<[string, Change, string]>([
    [
      'a group without members',
      asking([{ group: 'ghosts' }]),
      'approvals.json: team-lead: stages[0]: directory.json has nobody of the admin domain in the group `ghosts`',
    ],
    [
      'a group whose members are of a domain that decides nothing',
      asking([{ group: 'support' }]),
      'approvals.json: team-lead: stages[0]: directory.json has nobody of the admin domain in the group `support`',
    ],
    [
      'a group of the escalation alone',
      staged({ escalate: { afterSeconds: 60, approvers: [{ group: 'ghosts' }] } }),
      'approvals.json: team-lead: stages[0]: directory.json has nobody of the admin domain in the group `ghosts`',
    ],
    [
      'a person',
      asking([{ person: 'admin:local-admin:zoe' }]),
      'approvals.json: team-lead: stages[0]: directory.json has no person `admin:local-admin:zoe`',
    ],
    [
      'a schedule',
      asking([{ onCall: 'nights' }]),
      'approvals.json: team-lead: stages[0]: directory.json has no schedule `nights`',
    ],
    [
      'somebody in a schedule',
      schedule({ people: ['admin:local-admin:zoe', 'admin:local-admin:bob'] }),
      'directory.json: schedule `shop-on-call`: there is no person `admin:local-admin:zoe`',
    ],
    [
      'an account that is there twice',
      person({ id: 'admin:local-admin:bob', person: 'bob', chat: 'U-x' }),
      'directory.json: the account `admin:local-admin:bob` is there twice',
    ],
    [
      'an account of two persons',
      person({ id: 'admin:local-admin:bob', chat: 'U-x' }),
      'directory.json: the account `admin:local-admin:bob` belongs to two persons: `alice` and `bob`',
    ],
    [
      'a chat id of two accounts',
      person({ chat: 'U-bob' }),
      'directory.json: two accounts have the chat id `U-bob`: a decision from chat must name one',
    ],
    [
      'a schedule that is there twice',
      directory(({ schedules, ...rest }) => ({ ...rest, schedules: [...schedules, ...schedules] })),
      'directory.json: two schedules have the id `shop-on-call`',
    ],
    [
      'a channel that is there twice',
      { 'channels.json': swap('"siem"', '"ops-chat"') },
      'channels.json: two channels have the id `ops-chat`',
    ],
  ])('%s', (_, change, problem) => {
    expect(problemsOf(bundleDir(change))).toEqual([problem]);
  });
});

describe('a quorum that nobody can reach', () => {
  const LEADS = { group: 'team-leads' };
  const short = (need: number, have: number) =>
    `approvals.json: team-lead: stages[0]: needs ${need} different people, but at most ${have} can ever be asked`;

  test.each<[string, Change, string]>([
    ['two accounts of one person count once', asking([LEADS], 3), short(3, 2)],
    ['one person in two groups counts once', asking([LEADS, { group: 'break-glass' }], 4), short(4, 3)],
    [
      'somebody named who is in the group too counts once',
      asking([LEADS, { person: 'admin:local-admin:bob' }], 3),
      short(3, 2),
    ],
    ['one person at a time is on call', asking([{ onCall: 'shop-on-call' }], 2), short(2, 1)],
    [
      'the owner group of the entitlement',
      asking([{ owner: true }], 3),
      'approvals.json: team-lead: stages[0] with the owner team-leads: needs 3 different people, but at most 2 can ever be asked',
    ],
    [
      'whoever agreed at one stage counts at no other',
      edited('team-lead', ([first]) =>
        ['one', 'two', 'three'].map((name) => ({ ...first, name, escalate: undefined, approvers: [LEADS] })),
      ),
      'approvals.json: team-lead: its stages need 3 different people together, but at most 2 can ever be asked',
    ],
    [
      'the subject is one',
      edited('subject-then-board', ([first]) => [{ ...first, quorum: 3 }]),
      'approvals.json: subject-then-board: stages[0]: needs 3 different people, but at most 2 can ever be asked',
    ],
  ])('%s', (_, change, problem) => {
    expect(problemsOf(bundleDir(change))).toEqual([problem]);
  });

  test.each<[string, Change]>([
    ['with as many as there are', asking([LEADS], 2)],
    ['with the wider circle after the escalation', staged({ quorum: 4 })],
    ['with the subject and the board', edited('subject-then-board', ([first]) => [{ ...first, quorum: 2 }])],
    ['with the group that owns the entitlement', asking([{ owner: true }], 2)],
  ])('is none %s', (_, change) => {
    expect(problemsOf(bundleDir(change))).toEqual([]);
  });

  test('is not looked for in the owner group of a chain that nothing uses', () => {
    const unused: Change = {
      'approvals.json': editing<object[]>((chains) => [
        ...chains,
        { id: 'unused', stages: [{ name: 'owner', approvers: [{ owner: true }], quorum: 9, timeoutSeconds: 60 }] },
      ]),
    };

    expect(problemsOf(bundleDir(unused))).toEqual([]);
  });
});
