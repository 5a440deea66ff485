import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Host } from '../../cli/src/host.ts';
import { run } from '../../cli/src/run.ts';
import type { FakeApi } from '../sdk/fake-api.ts';
import { problem, startFakeApi } from '../sdk/fake-api.ts';
import {
  APPROVAL_ID,
  GRANT_ID,
  sampleApproval,
  sampleBrief,
  sampleGrant,
  sampleMe,
  samplePending,
  sampleQuestion,
} from '../sdk/samples.ts';
import { NOW, personAt } from './person.ts';

const HASH = 'a'.repeat(64);
const OTHER_HASH = 'd'.repeat(64);
const TERMINAL: Partial<Host> = {};
const SCRIPT: Partial<Host> = { interactive: false };

let api: FakeApi;

const votes = (): unknown[] => api.requests.filter(({ id }) => id === 'decideGrant').map(({ body }) => body);
const person = (answers: readonly (string | boolean)[], more = TERMINAL) => personAt(api.url, answers, more);

beforeEach(async () => {
  api = await startFakeApi({
    getBrief: () => ({ status: 200, body: sampleBrief() }),
    decideGrant: () => ({ status: 200, body: sampleGrant({ approvals: [sampleApproval()] }) }),
    getGrant: () => ({ status: 200, body: samplePending({ approvals: [sampleApproval()] }) }),
    getMe: () => ({ status: 200, body: sampleMe() }),
  });
  api.clock.now = () => NOW;
});
afterEach(async () => {
  await api.stop();
  expect(api.violations).toEqual([]);
});

describe('writ approve at a terminal', () => {
  it('shows everything, asks, and sends the hash that was shown', async () => {
    const { asked, host, written } = await person(['', true]);
    expect(await run(['approve', GRANT_ID], host)).toBe(0);
    expect(asked).toEqual(['Comment? (kept as evidence; Enter for none)', 'Approve the request shown above?']);
    expect(votes()).toEqual([{ verdict: 'approve', comment: 'Approved.', requestSha256: HASH }]);
    for (const line of [
      'requester     admin/alice',
      'reason        INC-42: order missing',
      'consequences  Changes what customers ordered.',
      'risk          high',
      'data          personal',
      'accounts      111122223333 in us-east-1',
      'past use      granted 3, refused 1, taken back 0 (of this, among 12 latest requests)',
      'reasons       Low risk: automatic.',
      'asked now     stage 1 of 1, team lead: 0 of 1 approval',
      'of            Bob Baker <admin|bob>',
      'silence       If nobody has answered by 2026-11-21T13:00:00.000Z, the request lapses and nothing is lent.',
      `request hash  ${HASH}`,
      '        "Action": "dynamodb:PutItem"',
    ]) {
      expect(written.stderr).toContain(line);
    }
    expect(written.stdout).toBe(`Approved ${GRANT_ID}.\nstatus   active\nexpires  2026-11-21 09:10:00 UTC\n`);
  });

  it('says who is asked next when the approval is not the last', async () => {
    const asked = sampleQuestion({
      stage: 1,
      stageName: 'security admin',
      approvers: [{ id: 'admin|carol', name: 'Carol Chen' }],
    });
    api.answers.decideGrant = () => ({ status: 200, body: samplePending({ question: asked }) });
    const { host, written } = await person([true]);
    expect(await run(['approve', GRANT_ID, '--comment', 'ok'], host)).toBe(0);
    expect(written.stdout).toBe(
      [
        `Approved ${GRANT_ID}.`,
        'asked now  stage 2 of 2, security admin: 0 of 1 approval',
        'of         Carol Chen <admin|carol>',
        'lapses     2026-11-21 13:00:00 UTC',
        `next: writ requests ${GRANT_ID}`,
        `      writ withdraw ${GRANT_ID}`,
        '',
      ].join('\n'),
    );
  });

  it('decides nothing when the person says no', async () => {
    const { host, written } = await person([false]);
    expect(await run(['approve', GRANT_ID, '--comment', 'ok'], host)).toBe(130);
    expect(votes()).toEqual([]);
    expect(written.stderr).toContain('writ: nothing was decided\n');
  });

  it('remembers a consent for as long as was said', async () => {
    const { host } = await person([true]);
    expect(await run(['approve', GRANT_ID, '--comment', 'ok', '--remember', '30d'], host)).toBe(0);
    expect(votes()).toMatchObject([{ rememberSeconds: 2_592_000 }]);
  });

  it('makes what others wrote safe: it can neither move the cursor nor turn the text around', async () => {
    const evil = '\u001b[2J\u001b[1A\u202eevil\u0007';
    const grant = samplePending(
      { justification: evil, approvals: [sampleApproval({ comment: evil })] },
      { approvers: [{ id: 'admin|bob', name: evil }], stageName: evil },
    );
    const brief = sampleBrief({ grant, consequences: [evil], ticket: { id: 'INC-42', state: 'open', title: evil } });
    api.answers.getBrief = () => ({ status: 200, body: brief });
    api.answers.getGrant = () => ({ status: 200, body: grant });
    api.answers.decideGrant = () => ({ status: 200, body: grant });
    for (const args of [
      ['approve', GRANT_ID, '--yes', '--comment', 'ok'],
      ['requests', GRANT_ID],
      ['requests', GRANT_ID, '--json'],
    ]) {
      const { host, written } = await person([]);
      expect(await run(args, host)).toBe(0);
      expect(written.stdout + written.stderr).toContain('evil');
      expect(written.stdout + written.stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
      if (args.includes('--json')) expect(JSON.parse(written.stdout)).toMatchObject({ justification: evil });
    }
  });
});

describe('writ deny', () => {
  it('asks why, and sends it', async () => {
    const { asked, host, written } = await person(['Not in a freeze.', true]);
    api.answers.decideGrant = () => ({ status: 200, body: sampleGrant({ status: 'denied' }) });
    expect(await run(['deny', GRANT_ID], host)).toBe(0);
    expect(asked).toEqual(['Why not? (the requester reads it)', 'Deny the request shown above?']);
    expect(votes()).toEqual([{ verdict: 'deny', comment: 'Not in a freeze.', requestSha256: HASH }]);
    expect(written.stdout).toBe(`Denied ${GRANT_ID}.\n`);
  });
});

describe('deciding in a script', () => {
  it('says all that is missing at once, and decides nothing', async () => {
    const { host, written } = await person([], SCRIPT);
    expect(await run(['deny', GRANT_ID], host)).toBe(2);
    expect(written.stderr).toContain('Add: --comment "…" --request-sha256 HASH (what you looked at), or --yes\n');
    expect(await run(['approve', GRANT_ID], host)).toBe(2);
    expect(await run(['approve', GRANT_ID, '--request-sha256', 'abc'], host)).toBe(2);
    expect(api.requests).toEqual([]);
  });

  it('decides what the hash names', async () => {
    const { host } = await person([], SCRIPT);
    expect(await run(['approve', GRANT_ID, '--request-sha256', HASH], host)).toBe(0);
    expect(votes()).toEqual([{ verdict: 'approve', comment: 'Approved.', requestSha256: HASH }]);
  });

  it('decides nothing else than what the hash names: exit 12, and shows what is asked now', async () => {
    const { host, written } = await person([], SCRIPT);
    expect(await run(['approve', GRANT_ID, '--request-sha256', OTHER_HASH, '--yes', '--json'], host)).toBe(12);
    expect(votes()).toEqual([]);
    expect(written.stderr).toContain(`request hash  ${HASH}`);
    expect(JSON.parse(written.stdout)).toMatchObject({
      error: { code: 'request_changed', exitCode: 12, grantId: GRANT_ID },
    });
  });

  it('shows the new state when the request changed between looking and deciding', async () => {
    let looks = 0;
    api.answers.getBrief = () => {
      looks += 1;
      const grant =
        looks === 1 ? samplePending() : samplePending({ purpose: 'changed' }, { requestSha256: OTHER_HASH });
      return { status: 200, body: sampleBrief({ grant }) };
    };
    api.answers.decideGrant = () => problem('request_changed');
    const { host, written } = await person([], SCRIPT);
    expect(await run(['approve', GRANT_ID, '--yes'], host)).toBe(12);
    expect(votes()).toMatchObject([{ requestSha256: HASH }]);
    expect(written.stderr).toContain('Something else is asked now. Nothing was decided. This is how it is:\n');
    expect(written.stderr).toContain(`request hash  ${OTHER_HASH}`);
    expect(written.stderr).toContain(`Look at it again, then decide: writ approve ${GRANT_ID}`);
  });

  it.each([
    ['not_an_approver', 11],
    ['own_request', 11],
    ['already_decided', 6],
    ['grant_not_pending', 6],
    ['unavailable', 7],
  ] as const)('%s exits with %i', async (code, exit) => {
    api.answers.decideGrant = () => problem(code);
    const { host } = await person([], { ...SCRIPT, sleep: async () => undefined });
    expect(await run(['approve', GRANT_ID, '--yes'], host)).toBe(exit);
  });

  it('exits with 6 when nobody is asked any more', async () => {
    api.answers.getBrief = () => ({ status: 200, body: sampleBrief({ grant: sampleGrant() }) });
    const { host, written } = await person([], SCRIPT);
    expect(await run(['approve', GRANT_ID, '--yes'], host)).toBe(6);
    expect(written.stderr).toContain(`nobody is asked any more: ${GRANT_ID} is active`);
    expect(votes()).toEqual([]);
  });
});

describe('writ withdraw', () => {
  it('finds one’s own approval', async () => {
    api.answers.withdrawApproval = () => ({ status: 200, body: samplePending() });
    const { host, written } = await person([]);
    expect(await run(['withdraw', GRANT_ID], host)).toBe(0);
    const sent = api.requests.at(-1);
    expect(sent?.path).toEqual({ id: GRANT_ID, approval: APPROVAL_ID });
    expect(sent?.idempotencyKey).toMatch(/^[0-9a-f]{32}$/);
    expect(written.stdout).toContain(`Withdrew your word on ${GRANT_ID}, which is pending now.\n`);
  });

  it('takes the one that is named, and exits with 6 once it has taken effect', async () => {
    api.answers.withdrawApproval = () => problem('approval_final');
    const { host } = await person([]);
    expect(await run(['withdraw', GRANT_ID, APPROVAL_ID], host)).toBe(6);
    expect(await run(['withdraw', GRANT_ID, 'apr_rubbish'], host)).toBe(2);
  });

  it('finds what one said to an extension, but not to one that is decided against', async () => {
    const said = (id: string) => sampleApproval({ id });
    const extension = (status: 'pending' | 'denied', id: string) => ({
      id: `ext_${'0'.repeat(26)}`,
      status,
      durationSeconds: 300,
      justification: 'one more order',
      requestedAt: '2026-11-21T09:05:00.000Z',
      requestSha256: HASH,
      decision: sampleGrant().decision,
      approvals: [said(id)],
    });
    const [given, more] = [`apr_${'1'.repeat(26)}`, `apr_${'2'.repeat(26)}`];
    api.answers.withdrawApproval = () => ({ status: 200, body: sampleGrant() });
    const { host } = await person([]);
    for (const [status, expected] of [
      ['pending', more],
      ['denied', given],
    ] as const) {
      const body = sampleGrant({ approvals: [said(given)], extensions: [extension(status, more)] });
      api.answers.getGrant = () => ({ status: 200, body });
      expect(await run(['withdraw', GRANT_ID], host)).toBe(0);
      expect(api.requests.at(-1)?.path).toEqual({ id: GRANT_ID, approval: expected });
    }
  });

  it('exits with 6 where one has said nothing', async () => {
    api.answers.getGrant = () => ({
      status: 200,
      body: samplePending({ approvals: [sampleApproval({ withdrawnAt: '2026-11-21T09:06:00.000Z' })] }),
    });
    const { host, written } = await person([]);
    expect(await run(['withdraw', GRANT_ID], host)).toBe(6);
    expect(written.stderr).toContain(`you have said nothing on ${GRANT_ID} that stands`);
  });
});
