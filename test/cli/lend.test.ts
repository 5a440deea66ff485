import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CreateGrantBody, GrantView } from '../../contract/schemas.ts';
import { run } from '../../cli/src/run.ts';
import type { FakeApi } from '../sdk/fake-api.ts';
import { problem, startFakeApi } from '../sdk/fake-api.ts';
import { GRANT_ID, OTHER_GRANT_ID, sampleEntitlement, sampleGrant, sampleTokenGrant } from '../sdk/samples.ts';
import { NOW, personAt } from './person.ts';

const AGENT = 'workload:client:report-agent';
let api: FakeApi;
let parent: GrantView;

const child = (more: Partial<GrantView> = {}): GrantView =>
  sampleTokenGrant({
    id: OTHER_GRANT_ID,
    requester: { id: AGENT, domain: 'workload', subject: 'report-agent' },
    parent: GRANT_ID,
    lineage: [{ grant: GRANT_ID, holder: { id: 'admin:local:alice', domain: 'admin', subject: 'alice' } }],
    uses: { spent: 1, max: 5 },
    ...more,
  });

async function writ(...args: string[]) {
  const { host, written } = await personAt(api.url, [], { interactive: false });
  return { code: await run(args, host), ...written };
}
const asked = (): unknown => api.requests.find(({ id }) => id === 'createGrant')?.body;

beforeEach(async () => {
  parent = sampleTokenGrant();
  api = await startFakeApi({
    getGrant: () => ({ status: 200, body: parent }),
    createGrant: () => ({ status: 201, body: child() }),
  });
  api.clock.now = () => NOW;
});
afterEach(async () => {
  await api.stop();
  expect(api.violations).toEqual([]);
});

describe('writ lend', () => {
  it('lends a part of a grant on, and says what went', async () => {
    const ran = await writ(
      ...['lend', GRANT_ID, '--to', AGENT, '--scope', 'reports:read', '--for', '5m'],
      ...['--uses', '5', '--reason', 'the monthly report'],
    );
    expect(asked()).toEqual({
      entitlement: 'billing-report',
      parameters: { customer: 'C-42' },
      parent: GRANT_ID,
      actor: AGENT,
      scope: [{ actions: ['reports:read'], resources: ['https://billing.example.com'] }],
      durationSeconds: 300,
      maxUses: 5,
      purpose: 'incident',
      justification: 'the monthly report',
    } satisfies CreateGrantBody);
    expect(ran).toEqual({
      code: 0,
      stderr: '',
      stdout: [
        `Lent ${GRANT_ID} on. It ends when yours does.`,
        `grant  ${OTHER_GRANT_ID}`,
        'to     workload/report-agent',
        'may    reports:read reports:export',
        '  at   https://billing.example.com',
        'on     billing_report C-42: read, export',
        'time   10m left, until 2026-11-21 09:10:00 UTC',
        'uses   1 of 5 spent',
        `next: writ done ${GRANT_ID}`,
        '',
      ].join('\n'),
    });
  });

  it('lends all of it for as long as it lasts, unless told otherwise', async () => {
    await writ('lend', GRANT_ID, '--to', AGENT, '--reason', 'r', '--purpose', 'p');
    expect(asked()).toMatchObject({ durationSeconds: 599, purpose: 'p' });
    expect(asked()).not.toHaveProperty('scope');
    expect(asked()).not.toHaveProperty('maxUses');
  });

  it.each([
    [['--to', 'report-agent', '--reason', 'r'], `"report-agent" is not a principal's id`],
    [['--to', AGENT, '--reason', 'r', '--scope', 'reports:delete'], 'has no "reports:delete"'],
    [['--to', AGENT, '--reason', 'r', '--scope', ','], '--scope names nothing'],
    [['--to', AGENT, '--reason', 'r', '--uses', '0'], '"0" is not a number of uses'],
    [['--to', AGENT], 'the reason is missing'],
    [['--reason', 'r'], 'required option'],
  ])('asks for nothing with %j', async (options, detail) => {
    const ran = await writ('lend', GRANT_ID, ...options);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain(detail);
    expect(asked()).toBeUndefined();
  });

  it('does not lend an AWS grant on', async () => {
    parent = sampleGrant();
    expect((await writ('lend', GRANT_ID, '--to', AGENT, '--reason', 'r')).code).toBe(2);
    expect(asked()).toBeUndefined();
  });

  it('says what to ask for instead', async () => {
    api.answers.createGrant = () => problem('cannot_lend_on', { remediation: 'Name somebody else.' });
    const ran = await writ('lend', GRANT_ID, '--to', AGENT, '--reason', 'r');
    expect(ran).toMatchObject({ code: 2, stderr: 'writ: cannot_lend_on (fake)\n  what to do: Name somebody else.\n' });
  });
});

describe('writ requests', () => {
  it('shows where a grant was lent on from, what its tokens say, and its uses', async () => {
    parent = child();
    const { stdout } = await writ('requests', OTHER_GRANT_ID);
    for (const line of [
      `lent on from   ${GRANT_ID}`,
      `holders above  admin/alice (${GRANT_ID})`,
      'details        billing_report C-42: read, export',
      'tokens         0 issued',
      'uses           1 of 5 spent',
    ]) {
      expect(stdout.split('\n')).toContain(line);
    }
    expect(stdout).toContain(`next: writ token ${OTHER_GRANT_ID}\n`);
    expect(stdout).not.toContain('writ creds');
  });
});

describe('writ entitlements', () => {
  it('shows how tokens of it are used', async () => {
    const tokens = {
      audiences: ['https://billing.example.com'],
      scopes: ['reports:read', 'reports:export'],
      authorizationDetails: [{ type: 'billing_report', identifier: '{customer}', actions: ['read'] }],
      lifetimeSeconds: 300,
      maxUsesPerToken: 1,
      refresh: true,
      bearer: false,
      lentOn: 2,
      bind: ['address' as const],
    };
    const {
      account: _,
      region: __,
      ...entitlement
    } = sampleEntitlement({ id: 'billing-report', kind: 'token', tokens });
    const limits = { ...entitlement.limits, maxUses: 3 };
    api.answers.listEntitlements = () => ({ status: 200, body: { items: [{ ...entitlement, limits }] } });
    const { stdout } = await writ('entitlements', 'billing-report');
    const lines = stdout.split('\n').map((line) => line.replace(/ {2,}/, '  '));
    for (const line of [
      'used at  https://billing.example.com',
      'scopes  reports:read reports:export',
      'details  billing_report {customer}: read',
      'tokens  5m each, renewed by refresh tokens; 20 at most',
      'bound to  its key or certificate, the address that asked',
      'uses  1 for a token, 3 for a grant',
      'lent on  2 deep at most: writ lend',
    ]) {
      expect(lines).toContain(line);
    }
    expect(stdout).not.toMatch(/^(sessions|console) /m);
  });
});

describe('writ keys', () => {
  const ring = { version: 2, current: 'b', since: '2026-11-21T09:00:00.000Z', generations: ['a', 'b'] };

  it('shows which keys sign', async () => {
    api.answers.getKeyRing = () => ({ status: 200, body: ring });
    const ran = await writ('keys');
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout).toBe(
      [
        'GENERATION  STATE',
        'a           published',
        'b           signs      since 2026-11-21 09:00:00 UTC',
        'next: writ keys rotate',
        '',
      ].join('\n'),
    );
  });

  it('turns the ring, to the next or the one named', async () => {
    api.answers.rotateKeys = () => ({ status: 200, body: ring });
    expect((await writ('keys', 'rotate')).stdout).toMatch(/^Generation b signs from now on\.\n/);
    await writ('keys', 'rotate', '--to', 'b');
    expect(api.requests.map(({ body }) => body)).toEqual([{}, { to: 'b' }]);
    api.answers.rotateKeys = () => problem('step_up_required');
    expect((await writ('keys', 'rotate')).code).toBe(3);
  });
});
