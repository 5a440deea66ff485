import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GrantView } from '../../contract/schemas.ts';
import type { CommandResult, Host, StopSignal } from '../../cli/src/host.ts';
import { run } from '../../cli/src/run.ts';
import type { FakeApi } from '../sdk/fake-api.ts';
import { startFakeApi } from '../sdk/fake-api.ts';
import { BUNDLE, GRANT_ID, OTHER_GRANT_ID, sampleEntitlement, sampleGrant } from '../sdk/samples.ts';
import { NOW, personAt } from './person.ts';

let api: FakeApi;
let grants: GrantView[];

beforeEach(async () => {
  grants = [];
  api = await startFakeApi({
    getConfiguration: () => ({ status: 200, body: { publicUrl: api.url, issuers: [], bundleSha256: BUNDLE } }),
    listEntitlements: () => ({
      status: 200,
      body: {
        items: [
          sampleEntitlement(),
          sampleEntitlement({
            id: 'orders-admin',
            risk: 'critical',
            parameters: {
              table: { type: 'id', description: 'which', values: ['orders', 'returns'], example: 'orders' },
            },
          }),
        ],
      },
    }),
    createGrant: () => ({ status: 201, body: sampleGrant() }),
    listGrants: () => ({ status: 200, body: { items: grants } }),
    getGrant: () => ({ status: 200, body: sampleGrant() }),
    returnGrant: ({ path }) => ({ status: 200, body: sampleGrant({ ...path, status: 'returned' }) }),
    revokeGrant: () => ({ status: 200, body: sampleGrant({ status: 'revoked' }) }),
    issueAwsCredentials: () => ({
      status: 200,
      body: {
        Version: 1,
        AccessKeyId: 'A',
        SecretAccessKey: 's',
        SessionToken: 't',
        Expiration: '2026-11-21T09:10:00Z',
      },
    }),
    issueConsoleSession: () => ({
      status: 200,
      body: { url: 'https://signin.example.com/?t=1', expiresAt: '2026-11-21T09:10:00Z' },
    }),
  });
});
beforeEach(() => {
  api.clock.now = () => NOW;
});
afterEach(async () => {
  await api.stop();
  expect(api.violations).toEqual([]);
});

/** A person at a terminal who gives these answers. */
const person = (answers: readonly (string | boolean)[], more: Partial<Host> = {}) => personAt(api.url, answers, more);

const created = (): unknown => api.requests.find(({ id }) => id === 'createGrant')?.body;
const called = (id: string): boolean => api.requests.some((request) => request.id === id);

describe('at a terminal', () => {
  it('writ request asks for everything that is missing', async () => {
    const { asked, host, written } = await person(['orders-admin', 'returns', '20m', 'INC-42: no order']);
    expect(await run(['request'], host)).toBe(0);
    expect(asked).toEqual([
      'What do you need?',
      'table: which',
      'For how long? (1h at most)',
      'Why? (kept as evidence)',
    ]);
    expect(created()).toMatchObject({
      entitlement: 'orders-admin',
      parameters: { table: 'returns' },
      durationSeconds: 1_200,
      justification: 'INC-42: no order',
      purpose: 'INC-42: no order',
    });
    expect(written.stdout).toContain('time   10m left, until 2026-11-21 09:10:00 UTC\n');
  });

  it('does not ask for what was said, and refuses empty answers', async () => {
    const { asked, host } = await person(['C-42']);
    expect(await run(['request', 'orders-read', '--for', '5m', '--reason', 'x', '--purpose', 'incident'], host)).toBe(
      0,
    );
    expect(asked).toEqual(['customer: whose orders']);
    const { host: other, written } = await person([' ']);
    expect(await run(['request', 'orders-read', '--for', '5m', '--reason', 'x'], other)).toBe(1);
    expect(written.stderr).toContain('refused: must not be empty');
  });

  it('asks which grant is meant when there are two', async () => {
    grants = [sampleGrant(), sampleGrant({ id: OTHER_GRANT_ID })];
    const { asked, host } = await person([OTHER_GRANT_ID]);
    expect(await run(['done'], host)).toBe(0);
    expect(asked).toEqual(['Which grant?']);
    expect(api.requests.at(-1)?.path).toEqual({ id: OTHER_GRANT_ID });
  });

  it('asks why a grant is revoked', async () => {
    const { host } = await person(['leaver']);
    expect(await run(['revoke', GRANT_ID], host)).toBe(0);
    expect(api.requests.at(-1)?.body).toEqual({ reason: 'leaver' });
  });

  it('opens the console in the browser without printing its secret link', async () => {
    grants = [sampleGrant()];
    const { host, written } = await person([], {
      openUrl: async (url) => {
        void fetch(url, { redirect: 'manual' });
        return true;
      },
    });
    expect(await run(['console'], host)).toBe(0);
    expect(written).toEqual({ stdout: 'The AWS console opens in your browser, for 10m.\n', stderr: '' });
  });
});

describe('writ sudo at a terminal', () => {
  const ran: string[][] = [];
  const running =
    (result: CommandResult): Host['run'] =>
    (command) => {
      ran.push([...command]);
      return { ended: Promise.resolve(result), signal: () => undefined };
    };
  const ADMIN = ['sudo', 'orders-admin', '--param', 'table=orders', '--for', '10m', '--reason', 'x'];
  beforeEach(() => {
    ran.length = 0;
  });

  it('asks for what is missing, and runs', async () => {
    const { asked, host } = await person(['orders-read', 'C-42', '10m', 'INC-42'], {
      run: running({ kind: 'exited', code: 5 }),
    });
    expect(await run(['sudo', '--', 'ls', '-l'], host)).toBe(5);
    expect(asked[0]).toBe('What do you need?');
    expect(ran).toEqual([['ls', '-l']]);
    expect(called('returnGrant')).toBe(true);
  });

  it('shows the consequences of high risk and asks; --yes does not', async () => {
    const { asked, host, written } = await person([false], { run: running({ kind: 'exited', code: 0 }) });
    expect(await run([...ADMIN, '--', 'ls'], host)).toBe(130);
    expect(asked).toEqual(['Read orders: critical risk. Go on?']);
    expect(written.stderr).toContain('Shows what customers bought.');
    expect(called('createGrant')).toBe(false);
    expect(await run([...ADMIN, '--yes', '--', 'ls'], host)).toBe(0);
    expect(ran).toEqual([['ls']]);
  });

  it.each([
    [true, 'SIGINT', []],
    [false, 'SIGINT', ['SIGINT']],
    [true, 'SIGTERM', ['SIGTERM']],
  ] as const)('terminal %s: passes %s on as %j', async (hasTerminal, signal, expected) => {
    const received: StopSignal[] = [];
    let stop: (signal: StopSignal) => void = () => undefined;
    let end: (result: CommandResult) => void = () => undefined;
    const { host } = await person([true], {
      hasTerminal,
      onStop: (handler) => {
        stop = handler;
        return () => undefined;
      },
      run: () => {
        queueMicrotask(() => {
          stop(signal);
          end({ kind: 'signalled', signal });
        });
        return {
          ended: new Promise((resolve) => {
            end = resolve;
          }),
          signal: (passed) => void received.push(passed),
        };
      },
    });
    expect(await run([...ADMIN, '--', 'ls'], host)).toBe(signal === 'SIGINT' ? 130 : 143);
    expect(received).toEqual(expected);
    expect(called('returnGrant')).toBe(true);
  });
});
