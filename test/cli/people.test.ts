import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { ConsentView } from '../../contract/schemas.ts';
import type { Host } from '../../cli/src/host.ts';
import { run } from '../../cli/src/run.ts';
import type { FakeApi } from '../sdk/fake-api.ts';
import { problem, startFakeApi } from '../sdk/fake-api.ts';
import {
  CONSENT_ID,
  GRANT_ID,
  OTHER_GRANT_ID,
  sampleBrief,
  sampleEntitlement,
  sampleGrant,
  sampleMe,
  samplePending,
  sampleQuestion,
} from '../sdk/samples.ts';
import { NOW, personAt } from './person.ts';

const ERIN = 'customer:shop:erin';
const SCRIPT: Partial<Host> = { interactive: false };
const EXTENSION = {
  id: 'ext_1',
  durationSeconds: 1_800,
  justification: 'not done yet',
  requestedAt: '2026-11-21T09:00:00.000Z',
  decision: sampleGrant().decision,
  approvals: [],
  requestSha256: 'e'.repeat(64),
};
const consent = (more: Partial<ConsentView> = {}): ConsentView => ({
  id: CONSENT_ID,
  subject: ERIN,
  actor: 'support:corp:sam',
  entitlement: 'act-for-customer',
  purpose: 'change an address',
  durationSeconds: 3600,
  operations: ['address:write'],
  givenAt: '2026-11-20T09:00:00.000Z',
  expiresAt: '2026-12-21T09:00:00.000Z',
  requestSha256: 'a'.repeat(64),
  grantId: GRANT_ID,
  sha256: 'f'.repeat(64),
  ...more,
});

let api: FakeApi;
const script = (more: Partial<Host> = {}) => personAt(api.url, [], { ...SCRIPT, ...more });
const last = () => api.requests.at(-1);

beforeEach(async () => {
  api = await startFakeApi({
    getMe: () => ({ status: 200, body: sampleMe() }),
    listGrants: ({ query }) => ({
      status: 200,
      body: {
        items:
          query['view'] === 'mine'
            ? [sampleGrant()]
            : query['view'] === 'approvals'
              ? [samplePending({ id: OTHER_GRANT_ID, subject: ERIN })]
              : [],
      },
    }),
    getGrant: () => ({ status: 200, body: samplePending() }),
    getBrief: () => ({ status: 200, body: sampleBrief() }),
  });
  api.clock.now = () => NOW;
});
afterEach(async () => {
  await api.stop();
  expect(api.violations).toEqual([]);
});

describe('writ requests', () => {
  it('lists one’s own, and says how many wait for one’s word', async () => {
    const { host, written } = await script();
    expect(await run(['requests'], host)).toBe(0);
    expect(written.stdout).toBe(
      [
        'STATUS  WHO          WHAT                       UNTIL     NEXT',
        `active  admin/alice  orders-read customer=C-42  10m left  writ done ${GRANT_ID}`,
        '1 waits for your word: writ requests --waiting-for-me',
        '',
      ].join('\n'),
    );
    const { host: other, written: json } = await script();
    expect(await run(['requests', '--mine', '--json'], other)).toBe(0);
    expect(JSON.parse(json.stdout)).toMatchObject({ items: [{ id: GRANT_ID }], waitingForMe: { count: 1 } });
  });

  it('shows the list also when it can’t learn how many wait', async () => {
    api.answers.listGrants = ({ query }) =>
      query['view'] === 'mine' ? { status: 200, body: { items: [] } } : problem('forbidden');
    const { host, written } = await script();
    expect(await run(['requests'], host)).toBe(0);
    expect(written.stdout).toBe('You have no grants.\nnext: writ request\n');
  });

  it('lists those that wait for one’s word, each with the command that decides it', async () => {
    const { host, written } = await script();
    expect(await run(['requests', '--waiting-for-me'], host)).toBe(0);
    expect(written.stdout).toMatch(
      /^STATUS +WHO +WHAT +UNTIL +NEXT\npending +admin\/alice +orders-write customer=C-42 for /,
    );
    expect(written.stdout).toContain(`${ERIN}  waits for approval, 4h at most  writ approve ${OTHER_GRANT_ID}\n`);
    api.answers.listGrants = () => ({ status: 200, body: { items: [] } });
    const { host: other, written: none } = await script();
    expect(await run(['requests', '--waiting-for-me'], other)).toBe(0);
    expect(none.stdout).toBe('Nothing waits for your word.\n');
  });

  it('gathers short pages of those that wait for one’s word', async () => {
    api.answers.listGrants = ({ query }) => ({
      status: 200,
      body: query['cursor'] === undefined ? { items: [samplePending()], cursor: 'abc' } : { items: [] },
    });
    const { host, written } = await script();
    expect(await run(['requests', '--waiting-for-me', '--limit', '5'], host)).toBe(0);
    expect(last()?.query).toEqual({ view: 'approvals', limit: 4, cursor: 'abc' });
    expect(written.stdout).not.toContain('more:');
  });

  it('lists everybody’s with --all, and what is over with --history', async () => {
    const unreviewed = sampleGrant({
      status: 'expired',
      endedAt: '2026-11-21T08:00:00.000Z',
      breakGlass: { reviewed: false },
    });
    api.answers.listGrants = ({ query }) => ({
      status: 200,
      body: query['view'] === 'history' ? { items: [unreviewed], cursor: 'abc' } : { items: [samplePending()] },
    });
    const { host, written } = await script();
    expect(await run(['requests', '--all'], host)).toBe(0);
    expect(api.requests.map(({ query }) => query['view'])).toEqual(['pending', 'active', 'history']);
    expect(written.stdout).toContain(`writ review ${GRANT_ID}\n`);
    expect(written.stdout).toContain('more: writ requests --view history --limit 25 --cursor abc\n');
    expect(await run(['requests', '--history'], host)).toBe(0);
    expect(last()?.query['view']).toBe('history');
  });

  it.each([
    [['--mine', '--all'], 'say which list once'],
    [['--all', '--cursor', 'abc'], '--cursor goes with one list'],
    [['--wait'], '--wait goes with a grant'],
  ])('refuses %j', async (options, text) => {
    const { host, written } = await script();
    expect(await run(['requests', ...options], host)).toBe(2);
    expect(written.stderr).toContain(text);
  });

  it('shows the whole brief of one that waits, and to whom it matters how to decide it', async () => {
    const { host, written } = await script();
    expect(await run(['requests', GRANT_ID], host)).toBe(0);
    expect(written.stdout).toContain('consequences  Changes what customers ordered.\n');
    expect(written.stdout).toContain('session policy, were it issued now:\n  {\n    "Version": "2012-10-17",\n');
    expect(written.stdout).toMatch(
      new RegExp(`next: writ approve ${GRANT_ID}\n {6}writ deny ${GRANT_ID} --comment "…"\n$`),
    );
    const asked = { approvers: [{ id: 'admin|carol', name: 'Carol' }] };
    api.answers.getBrief = () => ({ status: 200, body: sampleBrief({ grant: samplePending({}, asked) }) });
    const { host: other, written: not } = await script();
    expect(await run(['requests', GRANT_ID], other)).toBe(0);
    expect(not.stdout).not.toContain('writ approve');
  });
});

describe('an impersonation', () => {
  const offer = sampleEntitlement({
    id: 'act-for-customer',
    kind: 'impersonation',
    parameters: {},
    audience: 'shop',
    subjectDomain: 'customer',
  });
  const { account: _, region: __, ...impersonation } = offer;
  beforeEach(() => {
    api.answers.listEntitlements = () => ({ status: 200, body: { items: [impersonation, sampleEntitlement()] } });
    api.answers.createGrant = () => ({ status: 201, body: samplePending({ subject: ERIN }) });
  });

  it('names whom it acts for', async () => {
    const { host, written } = await script();
    expect(await run(['request', 'act-for-customer', '--reason', 'x'], host)).toBe(2);
    expect(written.stderr).toContain('Add: --subject customer:…\n');
    expect(await run(['request', 'act-for-customer', '--reason', 'x', '--subject', ERIN], host)).toBe(0);
    expect(last()?.body).toMatchObject({ subject: ERIN });
    expect(await run(['request', 'act-for-customer', '--reason', 'x', '--subject', 'erin'], host)).toBe(2);
  });

  it('asks for whom at a terminal', async () => {
    const { asked, host } = await personAt(api.url, [ERIN, '10m']);
    expect(await run(['request', 'act-for-customer', '--reason', 'x', '--no-wait'], host)).toBe(0);
    expect(asked[0]).toBe('For whom?');
  });

  it('lends nothing to a command', async () => {
    const { host, written } = await script();
    expect(await run(['sudo', 'act-for-customer', '--reason', 'x', '--subject', ERIN, '--', 'ls'], host)).toBe(125);
    expect(written.stderr).toContain('act-for-customer lends no AWS session');
  });

  it('suggests no AWS session once it is active', async () => {
    api.answers.createGrant = () => ({ status: 201, body: sampleGrant({ subject: ERIN }) });
    const { host, written } = await script();
    expect(await run(['request', 'act-for-customer', '--reason', 'x', '--subject', ERIN], host)).toBe(0);
    expect(written.stdout).toContain('writ done');
    expect(written.stdout).toContain('writ token');
    expect(written.stdout).not.toContain('writ sudo');
  });

  it('is shown in full without an account', async () => {
    const { host, written } = await script();
    expect(await run(['entitlements', 'act-for-customer'], host)).toBe(0);
    expect(written.stdout).toContain('acts for      one of the domain customer: --subject ID\n');
    expect(written.stdout).not.toContain('undefined');
    expect(written.stdout).not.toContain('account');
  });
});

describe('writ consents and writ impersonations', () => {
  it('lists consents, each with the command that takes it back', async () => {
    const items = [consent(), consent({ withdrawnAt: '2026-11-21T08:00:00.000Z' })];
    api.answers.listConsents = () => ({ status: 200, body: { items } });
    const { host, written } = await script();
    expect(await run(['consents'], host)).toBe(0);
    expect(written.stdout).toContain(`30d left                              writ consents withdraw ${CONSENT_ID}\n`);
    expect(written.stdout).toContain(`withdrawn at 2026-11-21 08:00:00 UTC  writ requests ${GRANT_ID}\n`);
    expect(await run(['consents', 'list', '--json'], host)).toBe(0);
  });

  it('withdraws one', async () => {
    api.answers.withdrawConsent = () => ({ status: 200, body: consent({ withdrawnAt: '2026-11-21T09:00:00.000Z' }) });
    const { host, written } = await script();
    expect(await run(['consents', 'withdraw', CONSENT_ID], host)).toBe(0);
    expect(last()?.path).toEqual({ id: CONSENT_ID });
    expect(written.stdout).toContain(`Withdrew ${CONSENT_ID}`);
    expect(await run(['consents', 'withdraw', 'rubbish'], host)).toBe(2);
  });

  it('lists who acts for the caller', async () => {
    const approvers = [{ id: ERIN, name: 'Erin' }];
    const items = [samplePending({ subject: ERIN }, { approvers }), sampleGrant({ id: OTHER_GRANT_ID, subject: ERIN })];
    api.answers.listImpersonations = () => ({ status: 200, body: { items, cursor: 'abc' } });
    const { host, written } = await script();
    expect(await run(['impersonations', '--limit', '2'], host)).toBe(0);
    expect(written.stdout).toContain(`writ approve ${GRANT_ID}\n`);
    expect(written.stdout).toContain(`writ revoke ${OTHER_GRANT_ID}\n`);
    expect(written.stdout).toContain('more: writ impersonations --limit 2 --cursor abc\n');
  });
});

describe('writ extend', () => {
  const pending = sampleGrant({
    extensions: [{ ...EXTENSION, status: 'pending' }],
    question: sampleQuestion({ about: 'extension' }),
  });
  const ARGS = ['extend', '--for', '30m', '--reason', 'not done yet'];

  it('extends the only active grant', async () => {
    const allowed = { ...EXTENSION, status: 'allowed' as const };
    api.answers.extendGrant = () => ({
      status: 200,
      body: sampleGrant({ extensions: [allowed], expiresAt: '2026-11-21T09:40:00.000Z' }),
    });
    const { host, written } = await script();
    expect(await run(ARGS, host)).toBe(0);
    expect(last()?.body).toEqual({ durationSeconds: 1_800, justification: 'not done yet' });
    expect(written.stdout).toContain(`Extended ${GRANT_ID}.\ntime  40m left, until 2026-11-21 09:40:00 UTC\n`);
  });

  it('says who decides it, and waits for them when told to', async () => {
    api.answers.extendGrant = () => ({ status: 200, body: pending });
    const { host, written } = await script({ sleep: async () => undefined });
    expect(await run(ARGS, host)).toBe(0);
    expect(written.stdout).toContain(`The extension of ${GRANT_ID} waits for people.\nasked for  30m more\n`);
    api.answers.getGrant = () => ({
      status: 200,
      body: sampleGrant({ extensions: [{ ...EXTENSION, status: 'lapsed' }] }),
    });
    expect(await run([...ARGS, '--wait'], host)).toBe(9);
    expect(written.stderr).toContain(`the extension of ${GRANT_ID} waits for Bob Baker <admin|bob>`);
    api.answers.getGrant = () => ({
      status: 200,
      body: sampleGrant({ extensions: [{ ...EXTENSION, status: 'denied' }] }),
    });
    expect(await run([...ARGS, '--wait'], host)).toBe(4);
  });

  it('says what is missing, and passes a refusal on', async () => {
    const { host, written } = await script();
    expect(await run(['extend', '--for', '30m'], host)).toBe(2);
    expect(written.stderr).toContain('the reason is missing');
    api.answers.extendGrant = () => problem('extension_out_of_range');
    expect(await run(ARGS, host)).toBe(2);
  });
});

describe('writ narrow', () => {
  beforeEach(() => {
    api.answers.getGrant = () => ({ status: 200, body: sampleGrant() });
    api.answers.narrowGrant = () => ({ status: 200, body: sampleGrant({ expiresAt: '2026-11-21T09:05:00.000Z' }) });
  });

  it('counts --for from now by the API’s clock', async () => {
    api.clock.now = () => NOW + 3_600_000;
    const { host, written } = await script();
    expect(await run(['narrow', GRANT_ID, '--for', '5m'], host)).toBe(0);
    expect(last()?.body).toEqual({ expiresAt: '2026-11-21T10:05:00.500Z' });
    expect(written.stdout).toContain(`Narrowed ${GRANT_ID}.\nexpires  2026-11-21 09:05:00 UTC\n`);
  });

  it('takes an end and a scope', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'writ-narrow-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'scope.json');
    const scope = [
      { actions: ['dynamodb:GetItem'], resources: ['arn:aws:dynamodb:us-east-1:111122223333:table/orders'] },
    ];
    await writeFile(file, JSON.stringify(scope));
    const { host } = await script();
    expect(await run(['narrow', GRANT_ID, '--until', '2026-11-21T10:05+01:00', '--scope-file', file], host)).toBe(0);
    expect(last()?.body).toEqual({ expiresAt: '2026-11-21T09:05:00.000Z', scope });
  });

  it('refuses both ends, and none of all', async () => {
    const { host } = await script();
    expect(await run(['narrow', GRANT_ID], host)).toBe(2);
    expect(await run(['narrow', GRANT_ID, '--for', '5m', '--until', '2026-11-21T10:05Z'], host)).toBe(2);
    expect(api.requests).toEqual([]);
  });
});

describe('writ review', () => {
  it('says whether it was right', async () => {
    api.answers.reviewGrant = () => ({ status: 200, body: sampleGrant({ status: 'expired' }) });
    const { host, written } = await script();
    expect(await run(['review', GRANT_ID, '--verdict', 'justified', '--comment', 'outage'], host)).toBe(0);
    expect(last()?.body).toEqual({ verdict: 'justified', comment: 'outage' });
    expect(written.stdout).toBe(`Reviewed ${GRANT_ID}: justified.\n`);
    expect(await run(['review', GRANT_ID, '--comment', 'outage'], host)).toBe(2);
    expect(await run(['review', GRANT_ID, '--verdict', 'maybe', '--comment', 'x'], host)).toBe(2);
  });

  it('asks at a terminal', async () => {
    api.answers.reviewGrant = () => ({ status: 200, body: sampleGrant({ status: 'expired' }) });
    const { asked, host } = await personAt(api.url, ['unjustified', 'no outage']);
    expect(await run(['review', GRANT_ID], host)).toBe(0);
    expect(asked).toEqual(['Was it justified?', 'Why? (kept as evidence)']);
  });
});
