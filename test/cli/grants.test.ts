import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { GrantView } from '../../contract/schemas.ts';
import { problem } from '../sdk/fake-api.ts';
import { GRANT_ID, OTHER_GRANT_ID, sampleEntitlement, sampleGrant } from '../sdk/samples.ts';
import type { CliUnderTest } from './harness.ts';
import { startCli } from './harness.ts';

let cli: CliUnderTest;
let grants: GrantView[];

const soon = (seconds: number): string => new Date(Date.now() + seconds * 1_000).toISOString();
const active = (more: Partial<GrantView> = {}) => sampleGrant({ expiresAt: soon(600), ...more });
const bodyOf = (id: string): unknown => cli.api.requests.findLast((request) => request.id === id)?.body;

beforeAll(async () => {
  cli = await startCli();
  expect((await cli.writ(['login', '--user', 'alice'])).code).toBe(0);
});
afterAll(async () => {
  await cli.stop();
});
beforeEach(() => {
  expect(cli.api.violations).toEqual([]);
  cli.api.requests.length = 0;
  grants = [active()];
  const find = (id: string | undefined) => grants.find((grant) => grant.id === id);
  Object.assign(cli.api.answers, {
    listEntitlements: () => ({
      status: 200,
      body: {
        items: [sampleEntitlement(), sampleEntitlement({ id: 'orders-write', risk: 'high', outcome: 'denied' })],
      },
    }),
    createGrant: ({ query }) =>
      query['dryRun'] === true ? { status: 200, body: active().decision } : { status: 201, body: active() },
    listGrants: () => ({ status: 200, body: { items: grants } }),
    getGrant: ({ path }) => {
      const grant = find(path['id']);
      return grant ? { status: 200, body: grant } : problem('not_found');
    },
    returnGrant: ({ path }) => ({
      status: 200,
      body: active({
        ...(path['id'] !== undefined && { id: path['id'] }),
        status: 'returned',
        endedAt: soon(0),
        enforcement: { state: 'pending', since: soon(0), sessions: 1 },
      }),
    }),
    cancelGrant: () => ({ status: 200, body: active({ status: 'cancelled', endedAt: soon(0) }) }),
    revokeGrant: () => ({ status: 200, body: active({ status: 'revoked', endedAt: soon(0) }) }),
  } satisfies CliUnderTest['api']['answers']);
});

describe('asking', () => {
  it('lists entitlements with risk, duration, outcome and parameters in words', async () => {
    const ran = await cli.writ(['entitlements']);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout).toBe(
      [
        'ENTITLEMENT   RISK  AT MOST  OUTCOME    PARAMETERS  WHAT',
        'orders-read   low   1h       automatic  customer    Read orders',
        'orders-write  high  1h       denied     customer    Read orders',
        'next: writ entitlements orders-read',
        '',
      ].join('\n'),
    );
    expect((await cli.writ(['entitlements', 'orders-read'])).stdout).toContain(
      'next: writ request orders-read --param customer=C-42 --for 10m --reason "…"',
    );
    expect(await cli.writ(['entitlements', 'nothing'])).toMatchObject({ code: 5, stdout: '' });
  });

  it('sends what was asked, and shows the exact next commands', async () => {
    const ran = await cli.writ([
      ...['request', 'orders-read', '--param', 'customer=C-42', '--for', '1h30m', '--reason', 'INC-42: no order'],
      ...['--ticket', 'INC-42', '--starts-at', '2026-11-21T10:00+01:00'],
    ]);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(bodyOf('createGrant')).toEqual({
      entitlement: 'orders-read',
      parameters: { customer: 'C-42' },
      durationSeconds: 5_400,
      justification: 'INC-42: no order',
      purpose: 'INC-42: no order',
      ticket: 'INC-42',
      startsAt: '2026-11-21T09:00:00.000Z',
    });
    expect(ran.stdout).toMatch(
      /^active\ngrant {2}grt_.*\nwhat {3}orders-read customer=C-42\ntime {3}(10m|9m5\ds) left, until 20.* UTC\n/,
    );
    expect(ran.stdout).toContain(`next: writ sudo --grant ${GRANT_ID} -- COMMAND\n`);
  });

  it('takes a narrower scope from a file, and refuses what is none', async () => {
    const file = join(cli.home, 'scope.json');
    const scope = [
      { actions: ['dynamodb:GetItem'], resources: ['arn:aws:dynamodb:us-east-1:111122223333:table/orders'] },
    ];
    await writeFile(file, JSON.stringify(scope));
    const args = ['request', 'orders-read', '--param', 'customer=C-42', '--reason', 'x', '--scope-file', file];
    expect((await cli.writ(args)).code).toBe(0);
    expect(bodyOf('createGrant')).toMatchObject({ scope, durationSeconds: 900 });
    await writeFile(file, '[{"actions": []}]');
    expect(await cli.writ(args)).toMatchObject({ code: 2, stdout: '' });
  });

  it('says everything that is missing when nobody can be asked', async () => {
    expect(await cli.writ(['request', 'orders-read'])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: 'writ: orders-read needs more to be asked for\n  what to do: Add: --param customer=C-42 --reason "…"\n',
    });
    expect((await cli.writ(['request'])).stderr).toContain('the entitlement is missing');
    expect(bodyOf('createGrant')).toBeUndefined();
  });

  it.each([
    [['--param', 'custmer=C-42'], 'orders-read has no parameter "custmer"\n  what to do: It has: customer'],
    [['--param', 'customer'], '"customer" is not a parameter'],
    [['--param', 'customer=1', '--param', 'customer=2'], 'the parameter "customer" is given twice'],
    [['--param', 'customer=C-42', '--for', '600'], '"600" is not a duration'],
    [['--param', 'customer=C-42', '--starts-at', 'tomorrow'], '"tomorrow" is not a time'],
    [['--param', 'customer=C-42', '--bogus'], "unknown option '--bogus'"],
  ])('refuses %j', async (args, text) => {
    const ran = await cli.writ(['request', 'orders-read', '--reason', 'x', ...args]);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toContain(text);
    expect(bodyOf('createGrant')).toBeUndefined();
  });

  it("tells a denial's reasons, what to do, and where it is kept; exit 4", async () => {
    const decision = {
      ...sampleGrant().decision,
      outcome: 'denied',
      reasons: ['No second factor.', 'Too \u001b[31mlate.'],
      remediation: 'Sign in with a second factor.',
    };
    cli.api.answers.createGrant = () =>
      problem('request_denied', { decision, grantId: GRANT_ID, detail: 'policy denies it' });
    const args = ['request', 'orders-read', '--param', 'customer=C-42', '--reason', 'x'];
    expect(await cli.writ(args)).toEqual({
      code: 4,
      stdout: '',
      stderr: [
        'writ: policy denies it',
        '  reason: No second factor.',
        '  reason: Too \u{FFFD}[31mlate.',
        '  what to do: Sign in with a second factor.',
        `  kept as: ${GRANT_ID}`,
        '',
      ].join('\n'),
    });
    const json = await cli.writ([...args, '--json']);
    expect(JSON.parse(json.stdout)).toEqual({
      error: {
        code: 'request_denied',
        detail: 'policy denies it',
        remediation: 'Sign in with a second factor.',
        reasons: decision.reasons,
        traceId: 'trace-1',
        grantId: GRANT_ID,
        exitCode: 4,
      },
    });
  });

  it('only learns the decision with --dry-run', async () => {
    const args = ['request', 'orders-read', '--param', 'customer=C-42', '--reason', 'x', '--dry-run'];
    expect((await cli.writ(args)).stdout).toMatch(/^would be {2}automatic\nreason {4}Low risk: automatic\./);
    cli.api.answers.createGrant = () => ({
      status: 200,
      body: { ...sampleGrant().decision, outcome: 'denied', remediation: 'Ask a team lead.' },
    });
    const denied = await cli.writ(args);
    expect(denied.code).toBe(4);
    expect(denied.stderr).toBe('writ: policy would deny the request\n  what to do: Ask a team lead.\n');
  });
});

describe('looking', () => {
  it('lists grants with what time is left, and the next page', async () => {
    cli.api.answers.listGrants = ({ query }) => ({
      status: 200,
      body: { items: grants, ...(query['cursor'] ? {} : { cursor: 'abc' }) },
    });
    const ran = await cli.writ(['requests', '--limit', '1']);
    expect(ran.stdout).toMatch(
      /^STATUS +WHO +WHAT +UNTIL +NEXT\nactive +admin\/alice +orders-read customer=C-42 +(10m|9m5\ds) left +writ done grt_/,
    );
    expect(ran.stdout).toContain('more: writ requests --view mine --limit 1 --cursor abc\n');
    await cli.writ(['requests', '--view', 'history', '--limit', '1', '--cursor', 'abc']);
    expect(cli.api.requests.at(-1)?.query).toEqual({ view: 'history', limit: 1, cursor: 'abc' });
  });

  it('shows one grant in full, and 5 for one that is not there', async () => {
    grants = [
      active({ enforcement: { state: 'pending', since: soon(0), sessions: 2 }, status: 'returned', endedAt: soon(0) }),
    ];
    const ran = await cli.writ(['requests', GRANT_ID]);
    expect(ran.stdout).toContain('enforcement   2 sessions: the deny is on its way to IAM\n');
    expect(ran.stdout).toContain('next: writ request orders-read\n');
    grants = [
      active({ enforcement: { state: 'pending', since: soon(0), sessions: 0 }, status: 'returned', endedAt: soon(0) }),
    ];
    expect((await cli.writ(['requests', GRANT_ID])).stdout).toContain('enforcement   no session was lent\n');
    expect(await cli.writ(['requests', OTHER_GRANT_ID])).toMatchObject({ code: 5, stdout: '' });
    expect(await cli.writ(['requests', 'rubbish'])).toMatchObject({ code: 2, stdout: '' });
  });

  it('lists audit leaves of exactly one thing', async () => {
    cli.api.answers.listAuditEvents = () => ({
      status: 200,
      body: {
        items: [
          {
            id: 'evt_1',
            stream: GRANT_ID,
            version: 1,
            type: 'grant.requested',
            at: '2026-11-21T09:00:00Z',
            actor: { domain: 'admin', hash: 'c'.repeat(64) },
            facts: { durationSeconds: 600 },
          },
        ],
      },
    });
    expect((await cli.writ(['audit', 'events', '--grant', GRANT_ID])).stdout).toContain(
      `2026-11-21 09:00:00 UTC  grant.requested  ${GRANT_ID}  admin:cccccccccccc  durationSeconds=600`,
    );
    expect((await cli.writ(['audit', 'events'])).code).toBe(2);
    expect((await cli.writ(['audit', 'events', '--grant', GRANT_ID, '--day', '2026-11-21'])).code).toBe(2);
  });
});

describe('giving back', () => {
  it('returns the only active grant, and says how far its sessions are dead', async () => {
    expect(await cli.writ(['done'])).toEqual({
      code: 0,
      stdout: `Returned ${GRANT_ID} (orders-read). 1 session: the deny is on its way to IAM.\n`,
      stderr: '',
    });
  });

  it('wants a name when there are two, and returns both with --all', async () => {
    grants = [
      active(),
      active({ id: OTHER_GRANT_ID, parameters: { customer: 'C-43' } }),
      active({ status: 'expired' }),
    ];
    const ran = await cli.writ(['done']);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toContain(`${OTHER_GRANT_ID} (orders-read customer=C-43, `);
    expect(JSON.parse((await cli.writ(['done', '--all', '--json'])).stdout)).toMatchObject({
      items: [{ id: GRANT_ID }, { id: OTHER_GRANT_ID }],
    });
    expect((await cli.writ(['done', '--all', GRANT_ID])).code).toBe(2);
  });

  it('returns those of every page with --all, also after one that fails', async () => {
    const { listGrants, returnGrant } = cli.api.answers;
    const pages = {
      first: { items: [active({ status: 'expired' }), active()], cursor: 'second' },
      second: { items: [active({ id: OTHER_GRANT_ID })] },
    };
    cli.api.answers.listGrants = ({ query }) => ({
      status: 200,
      body: query['cursor'] === 'second' ? pages.second : pages.first,
    });
    cli.api.answers.returnGrant = ({ path }) =>
      path['id'] === GRANT_ID ? problem('grant_ended') : { status: 200, body: active({ id: OTHER_GRANT_ID }) };
    const ran = await cli.writ(['done', '--all', '--json']);
    expect(ran.code).toBe(0);
    expect(JSON.parse(ran.stdout)).toMatchObject({ items: [{ id: OTHER_GRANT_ID }] });

    cli.api.answers.returnGrant = ({ path }) =>
      path['id'] === GRANT_ID ? problem('forbidden') : { status: 200, body: active({ id: OTHER_GRANT_ID }) };
    const failed = await cli.writ(['done', '--all']);
    expect(failed.code).toBe(4);
    expect(failed.stderr).toContain(`Returned ${OTHER_GRANT_ID}`);
    expect(failed.stderr).toContain(`writ: not given back: ${GRANT_ID}: `);

    pages.first.items = [active({ status: 'expired' })];
    expect((await cli.writ(['done'])).stderr).toContain(
      'no active grant among your latest 100; name an older one by its id',
    );
    Object.assign(cli.api.answers, { listGrants, returnGrant });
  });

  it('exits with 6 when there is none, or it is over', async () => {
    grants = [];
    expect(await cli.writ(['done'])).toMatchObject({
      code: 6,
      stderr: 'writ: you have no active grant\n  what to do: writ request\n',
    });
    grants = [active()];
    cli.api.answers.returnGrant = () => problem('grant_ended');
    expect(await cli.writ(['done'])).toMatchObject({ code: 6 });
  });

  it('cancels and revokes', async () => {
    expect((await cli.writ(['cancel', GRANT_ID])).stdout).toBe(`Cancelled ${GRANT_ID}.\n`);
    expect((await cli.writ(['revoke', GRANT_ID, '--reason', 'leaver'])).stdout).toContain(`Revoked ${GRANT_ID}.`);
    expect(bodyOf('revokeGrant')).toEqual({ reason: 'leaver' });
    expect((await cli.writ(['revoke', GRANT_ID])).stderr).toContain(
      'the reason is missing\n  what to do: Add: --reason "…"',
    );
  });
});
