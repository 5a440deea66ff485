/** The policies change while people are asked: what was said counts no more, and those who left decide nothing. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { GrantView } from '../../contract/schemas.ts';
import type { DirectoryPerson } from '../../core/chain.ts';
import { freePorts } from '../../local/preflight.ts';
import { startLocal } from '../../local/system.ts';
import type { LocalSystem } from '../../local/system.ts';
import { approved, asked, decide, eventually, executionsOf, leavesOf, outbox, seen } from './asking.ts';
import { problemCode, signedIn, temporaryHome } from './harness.ts';
import type { Caller } from './harness.ts';

const { home, remove } = temporaryHome();
const { home: policies, remove: removePolicies } = temporaryHome();
const USERS = ['alice', 'bob', 'carol', 'heidi', 'audrey'] as const;

let system: LocalSystem;
let as: Readonly<Record<(typeof USERS)[number], Caller>>;

async function start(): Promise<void> {
  system = await startLocal({ home, policies, ports: await freePorts(Math.random) });
  const callers = await Promise.all(USERS.map(async (user) => [user, await signedIn(system, user, true)] as const));
  as = Object.fromEntries(callers) as typeof as;
}

beforeAll(async () => {
  cpSync(fileURLToPath(new URL('../../policies', import.meta.url)), policies, { recursive: true });
  await start();
}, 180_000);
afterAll(async () => {
  await system.close();
  remove();
  removePolicies();
}, 60_000);

/** Heidi has left, as far as the directory goes. It lists two as team leads whose sign-in does not say so. */
function changeDirectory(): void {
  const file = join(policies, 'directory.json');
  const { people, ...more } = JSON.parse(readFileSync(file, 'utf8')) as { readonly people: readonly DirectoryPerson[] };
  const grown = people
    .filter(({ person }) => person !== 'heidi')
    .map((one) => (one.person === 'alice' ? { ...one, groups: [...one.groups, 'team-leads'] } : one));
  const audrey = { ...grown[0], id: 'admin:local-admin:audrey', person: 'audrey', name: 'Audrey', chat: 'U-audrey' };
  const listed = [...grown, { ...audrey, email: 'audrey@example.com', groups: ['team-leads'] }];
  const schedules = (more as { readonly schedules?: readonly object[] }).schedules ?? [];
  const onCall = schedules.map((schedule) => ({ ...schedule, people: ['admin:local-admin:bob'] }));
  writeFileSync(file, JSON.stringify({ ...more, people: listed, schedules: onCall }));
}

it('is asked anew under the new ones, of those whom they list', { timeout: 300_000 }, async () => {
  const plain = await asked(as.alice);
  const halfWay = await approved(as.bob, await asked(as.alice, { entitlement: 'account-admin', parameters: {} }));
  const ofBob = await asked(as.bob);
  const live = await approved(as.heidi, await asked(as.bob));
  expect(halfWay).toMatchObject({ status: 'pending', question: { stage: 1 } });

  await system.close();
  changeDirectory();
  await start();

  // What they looked at is not what is asked now.
  expect(problemCode(await decide(as.bob, plain))).toBe('409 request_changed');
  const anew = await seen(as.alice, plain);
  expect(anew).toMatchObject({ status: 'pending', question: { stage: 0, have: 0 } });
  expect(anew.question?.requestSha256).not.toBe(plain.question?.requestSha256);
  expect(problemCode(await decide(as.bob, plain))).toBe('409 request_changed');
  expect((await approved(as.bob, anew)).status).toBe('active');

  // An approval under the old ones is void, and the second stage is not reached by it; whether she is the first to hear
  // of it depends on whether the workflow has woken since.
  expect(problemCode(await decide(as.carol, halfWay))).toMatch(/^409 request_changed$|^403 not_an_approver$/);
  const fromStart = await seen(as.alice, halfWay);
  expect(fromStart).toMatchObject({ status: 'pending', question: { stage: 0, have: 0 } });
  expect(problemCode(await decide(as.carol, fromStart))).toBe('403 not_an_approver');
  const second = await approved(as.bob, fromStart);
  expect((await approved(as.carol, second)).status).toBe('active');

  // Who left does not decide, whatever her sign-in says; nor who is listed without such a sign-in, nor an auditor.
  expect(problemCode(await decide(as.heidi, ofBob))).toMatch(/^409 request_changed$|^403 not_an_approver$/);
  const again: GrantView = await seen(as.bob, ofBob);
  expect(again.approvers.map(({ name }) => name).sort()).toEqual(['Alice', 'Audrey']);
  expect(problemCode(await decide(as.heidi, again))).toBe('403 not_an_approver');
  expect(problemCode(await decide(as.alice, again))).toBe('403 not_an_approver');
  expect(problemCode(await decide(as.audrey, again))).toBe('403 not_an_approver');
  expect(await seen(as.bob, again)).toMatchObject({ status: 'pending', approvals: [] });

  // What is live goes on.
  expect((await seen(as.bob, live)).status).toBe('active');
  expect((await leavesOf(as.audrey, plain)).map(({ type }) => type)).toContain('grant.redecided');
  await eventually(async () => {
    expect(await executionsOf(system, plain)).toEqual(['SUCCEEDED']);
    const told = (await outbox(system)).filter(
      ({ to, body }) => to === 'audrey@example.com' && body.includes(again.id),
    );
    expect(told.some(({ body }) => body.includes('asks anew, under changed policies'))).toBe(true);
  });
});
