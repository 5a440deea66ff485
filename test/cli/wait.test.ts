import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GrantView } from '../../contract/schemas.ts';
import type { Host, StopSignal } from '../../cli/src/host.ts';
import { run } from '../../cli/src/run.ts';
import type { FakeApi, FakeAnswer } from '../sdk/fake-api.ts';
import { problem, startFakeApi } from '../sdk/fake-api.ts';
import { GRANT_ID, sampleApproval, sampleEntitlement, sampleGrant, samplePending } from '../sdk/samples.ts';
import { NOW, personAt } from './person.ts';

const ASK = ['request', 'orders-read', '--param', 'customer=C-42', '--for', '5m', '--reason', 'x'];
const BOB_WAITS =
  `${GRANT_ID} waits for Bob Baker <admin|bob> (stage 1 of 1, team lead: 0 of 1 approval); ` +
  'more people are asked at 2026-11-21 11:00:00 UTC; lapses at 2026-11-21 13:00:00 UTC\n';

let api: FakeApi;
/** What the API says one look after the other; the last one again and again. */
let looks: (GrantView | FakeAnswer)[];
let now: number;
let pauses: number[];

beforeEach(async () => {
  now = NOW;
  pauses = [];
  looks = [sampleGrant()];
  api = await startFakeApi({
    listEntitlements: () => ({ status: 200, body: { items: [sampleEntitlement()] } }),
    createGrant: () => ({ status: 201, body: samplePending() }),
    cancelGrant: () => ({ status: 200, body: sampleGrant({ status: 'cancelled' }) }),
    returnGrant: () => problem('grant_not_active'),
    getGrant: () => {
      const [look] = looks;
      if (looks.length > 1) looks.shift();
      if (look && 'status' in look && typeof look.status === 'number') return look;
      return { status: 200, body: look };
    },
  });
  api.clock.now = () => now;
});
afterEach(async () => {
  await api.stop();
  expect(api.violations).toEqual([]);
});

/** Time passes only while somebody sleeps. */
const sleeper = {
  now: () => now,
  sleep: async (milliseconds: number) => {
    pauses.push(milliseconds);
    now += milliseconds;
  },
  randomBytes: (size: number) => Buffer.alloc(size, 0x80),
} satisfies Partial<Host>;
const script = (more: Partial<Host> = {}) => personAt(api.url, [], { ...sleeper, interactive: false, ...more });

describe('waiting in a script', () => {
  it('says one line per change, and exits with 0 once it is active', async () => {
    const second = samplePending({}, { stage: 1, stageName: 'security admin', approvers: [], escalatesAt: undefined });
    looks = [samplePending(), samplePending(), second, second, sampleGrant()];
    const { host, written } = await script();
    expect(await run([...ASK, '--wait', '--json'], host)).toBe(0);
    expect(written.stderr).toBe(
      `${BOB_WAITS}${GRANT_ID} waits for nobody now (stage 2 of 2, security admin: 0 of 1 approval); lapses at 2026-11-21 13:00:00 UTC\n`,
    );
    expect(JSON.parse(written.stdout)).toMatchObject({ status: 'active' });
  });

  it('does not wait unless told to', async () => {
    const { host, written } = await script();
    expect(await run(ASK, host)).toBe(0);
    expect(written.stdout).toContain('pending\n');
    expect(written.stdout).toContain('waits for  Bob Baker <admin|bob>\n');
    expect(written.stdout).toContain(`next: writ requests ${GRANT_ID} --wait\n`);
    expect(pauses).toEqual([]);
  });

  it('asks ever less often, from about 1 s up to about 10 s', async () => {
    looks = [...Array.from({ length: 12 }, () => samplePending()), sampleGrant()];
    const { host } = await script();
    expect(await run([...ASK, '--wait'], host)).toBe(0);
    expect(pauses.map((pause) => Math.round(pause / 100) / 10)).toEqual([
      ...[1, 1.5, 2.3, 3.4, 5.1, 7.6],
      ...Array.from({ length: 7 }, () => 10),
    ]);
  });

  it.each([
    [0, 0.8],
    [255, 1.2],
  ])('strays by a fifth: random bytes %i make the first pause %d s', async (byte, seconds) => {
    const { host } = await script({ randomBytes: (size) => Buffer.alloc(size, byte) });
    expect(await run([...ASK, '--wait'], host)).toBe(0);
    expect(pauses.map(Math.round)).toEqual([seconds * 1_000]);
  });

  it.each([
    ['denied', 4, 'was denied: admin/bob denied at 2026-11-21 09:05:00 UTC: Not in a freeze.'],
    ['lapsed', 9, 'lapsed: nobody decided in time'],
    ['cancelled', 10, 'was cancelled'],
    ['revoked', 6, 'is revoked'],
  ] as const)('%s exits with %i', async (status, exit, text) => {
    const approvals = status === 'denied' ? [sampleApproval({ verdict: 'deny', comment: 'Not in a freeze.' })] : [];
    looks = [sampleGrant({ status, approvals })];
    const { host, written } = await script();
    expect(await run([...ASK, '--wait', '--json'], host)).toBe(exit);
    expect(written.stderr).toContain(`writ: ${GRANT_ID} ${text}\n  what to do: writ requests ${GRANT_ID}\n`);
    expect(JSON.parse(written.stdout)).toMatchObject({ error: { exitCode: exit, grantId: GRANT_ID } });
  });

  it('exits with 8 when the time is up, and leaves the request', async () => {
    looks = [samplePending()];
    const { host, written } = await script();
    expect(await run([...ASK, '--timeout', '30s'], host)).toBe(8);
    expect(now - NOW).toBe(30_000);
    expect(written.stderr).toContain(`writ: ${GRANT_ID} still waits for people after 30s\n`);
    expect(written.stderr).toContain(`Wait on: writ requests ${GRANT_ID} --wait. Withdraw it: writ cancel ${GRANT_ID}`);
    expect(api.requests.some(({ id }) => id === 'cancelGrant')).toBe(false);
  });

  it('waits on with writ requests ID --wait', async () => {
    looks = [samplePending(), samplePending(), sampleGrant()];
    const { host, written } = await script();
    expect(await run(['requests', GRANT_ID, '--wait'], host)).toBe(0);
    expect(written.stderr).toBe(BOB_WAITS);
    expect(written.stdout).toContain('status        active, 9m');
  });

  it('survives that the API is away, and waits as long as Retry-After says', async () => {
    const away: FakeAnswer = {
      status: 503,
      text: JSON.stringify((problem('unavailable') as { body: unknown }).body),
      headers: { 'retry-after': '60' },
    };
    looks = [samplePending(), away, away, away, away, sampleGrant()];
    const { host, written } = await script();
    expect(await run([...ASK, '--wait'], host)).toBe(0);
    expect(written.stderr).toBe(`${BOB_WAITS}unavailable (fake); still waiting\n`);
    expect(pauses).toContain(60_000);
  });

  it('gives up with 7 after five minutes without an answer, and says that the request stays', async () => {
    looks = [problem('unavailable')];
    const { host, written } = await script();
    expect(await run([...ASK, '--wait'], host)).toBe(7);
    expect(now - NOW).toBeGreaterThan(300_000);
    expect(written.stderr).toContain(`${GRANT_ID} stays as it is. Wait on: writ requests ${GRANT_ID} --wait\n`);
  });
});

describe('waiting at a terminal', () => {
  const lines: string[] = [];
  const terminal = (columns = 200) => {
    lines.length = 0;
    const write = (text: string) => void lines.push(text);
    return personAt(api.url, [], { ...sleeper, stderr: { isTTY: true, columns: () => columns, write } });
  };

  it('shows one line that counts, by the API’s clock', async () => {
    const ahead = 3_600_000;
    api.clock.now = () => now + ahead;
    looks = [samplePending(), sampleGrant({ expiresAt: '2026-11-21T10:10:00.000Z' })];
    const { host, written } = await terminal();
    expect(await run(ASK, host)).toBe(0);
    expect(lines[0]).toBe(BOB_WAITS);
    expect(lines[1]).toBe(
      '\r\u001b[Kwaiting 1h · Bob Baker can decide · stage 1 of 1, 0 of 1 · lapses in 2h59m · more people in 59m59s',
    );
    expect(lines.at(-1)).toBe('\r\u001b[K');
    expect(written.stdout).toContain('time   9m57s left');
  });

  it('never wraps: a line that does not fit is cut', async () => {
    looks = [samplePending(), sampleGrant()];
    const { host } = await terminal(40);
    expect(await run(ASK, host)).toBe(0);
    const [drawn = ''] = lines.filter((line) => line.startsWith('\r\u001b[Kwaiting'));
    expect(drawn.slice('\r\u001b[K'.length)).toMatch(/^.{39}…$/u);
  });

  it('does not wait for a start that is far away, unless told to', async () => {
    const scheduled = sampleGrant({ status: 'scheduled', startsAt: '2026-11-22T09:00:00.000Z' });
    looks = [scheduled];
    const { host } = await terminal();
    expect(await run(ASK, host)).toBe(0);
    looks = [scheduled, sampleGrant()];
    const { host: other } = await terminal();
    expect(await run([...ASK, '--wait'], other)).toBe(0);
    expect(lines).toContain(`${GRANT_ID} is granted, and starts at 2026-11-22 09:00:00 UTC\n`);
  });

  it('waits neither with --no-wait nor with --json', async () => {
    for (const option of ['--no-wait', '--json']) {
      const { host } = await terminal();
      expect(await run([...ASK, option], host)).toBe(0);
      expect(lines).toEqual([]);
    }
  });
});

describe('Ctrl-C while waiting', () => {
  /** Presses it at the first pause. */
  const pressing = () => {
    let stop: (signal: StopSignal) => void = () => undefined;
    return {
      onStop: (handler: (signal: StopSignal) => void) => {
        stop = handler;
        return () => undefined;
      },
      sleep: async () => {
        stop('SIGINT');
      },
    };
  };

  it('leaves the request and says how to go on, with a code of its own', async () => {
    looks = [samplePending()];
    const { host, written } = await script(pressing());
    expect(await run([...ASK, '--wait', '--json'], host)).toBe(13);
    expect(written.stderr).toContain(`writ: stopped waiting; ${GRANT_ID} still waits for people\n`);
    expect(JSON.parse(written.stdout)).toMatchObject({ error: { code: 'stopped_waiting', grantId: GRANT_ID } });
    expect(api.requests.some(({ id }) => id === 'cancelGrant')).toBe(false);
  });

  it('withdraws the request of writ sudo: nobody would be there to run the command', async () => {
    looks = [samplePending()];
    const { host, written } = await script(pressing());
    expect(await run(['sudo', ...ASK.slice(1), '--', 'ls'], host)).toBe(130);
    expect(written.stderr).toContain(`writ: withdrew the request ${GRANT_ID}\n`);
  });
});
