/** What was acknowledged is there: after a stop, after a kill, and when twenty ask at once. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GrantView } from '../../contract/schemas.ts';
import type { Urls } from '../../local/context.ts';
import {
  expectStatus,
  issue,
  ORDERS_OF_C42,
  outcome,
  problemCode,
  query,
  request,
  signedIn,
  temporaryHome,
  tokensOf,
  untilRefused,
} from './harness.ts';
import type { Caller } from './harness.ts';
import { askToken, exchangeBy, exchanged, introspect, issued, proofKey, refusal, REPORTS_OF_C42 } from './oauth.ts';
import { takePlace } from './place.ts';
import type { Place } from './place.ts';
import { startProcess } from './process.ts';
import type { Started } from './process.ts';

const { home, remove } = temporaryHome();
let place: Place;
let running: Started;
let urls: Urls;
let alice: Caller;

async function start(): Promise<void> {
  const { ports, assembly } = place;
  running = startProcess({ WRIT_HOME: home, WRIT_PORT: String(ports.api), WRIT_ASSEMBLY: assembly });
  urls = await running.ready;
  alice = await signedIn(urls, 'alice');
}

async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<Awaited<Started['ended']>> {
  running.child.kill(signal);
  return running.ended;
}

beforeAll(async () => {
  place = await takePlace();
  await start();
});
afterAll(async () => {
  await end('SIGKILL');
  remove();
});

interface Scenario {
  /** The last that is done before it ends: its effects may still be on their way then, and must arrive all the same. */
  readonly last: () => Promise<unknown>;
  /** After the restart: what was answered before still holds. */
  readonly check: () => Promise<void>;
}

async function grants(): Promise<Scenario> {
  const kept = await request(alice);
  const returned = await request(alice);
  const [keptSession, returnedSession] = [await issue(urls, alice, kept), await issue(urls, alice, returned)];
  const key = { 'idempotency-key': randomUUID() };
  const first = await alice.post<GrantView>('/v1/grants', ORDERS_OF_C42, key);
  const before = expectStatus(await alice.get<GrantView>(`/v1/grants/${kept.id}`), 200);
  const last = async () => expectStatus(await alice.post(`/v1/grants/${returned.id}/return`), 200);

  async function check(): Promise<void> {
    expect(expectStatus(await alice.get<GrantView>(`/v1/grants/${kept.id}`), 200)).toEqual(before);
    expect(await outcome(query(keptSession, 'C-42'))).toBe('allowed');
    await untilRefused(returnedSession, 'C-42');
    expect(problemCode(await alice.post(`/v1/grants/${returned.id}/aws-credentials`))).toBe('409 grant_ended');

    const again = await alice.post<GrantView>('/v1/grants', ORDERS_OF_C42, key);
    expect({ status: again.status, text: again.text }).toEqual({ status: first.status, text: first.text });
    const other = await alice.post('/v1/grants', { ...ORDERS_OF_C42, durationSeconds: 601 }, key);
    expect(problemCode(other)).toBe('422 idempotency_key_reused');
  }
  return { last, check };
}

/** What was revoked stays so, and what was issued can still be looked up. */
async function tokens(): Promise<Scenario> {
  const [kept, over] = [await request(alice, REPORTS_OF_C42), await request(alice, REPORTS_OF_C42)];
  const [good, bad] = [await exchanged(urls, 'alice', kept), await exchanged(urls, 'alice', over)];
  const last = async () => expectStatus(await alice.post(`/v1/grants/${over.id}/return`), 200);

  async function check(): Promise<void> {
    expect(await introspect(urls, 'billing', bad.token.access_token)).toEqual({ active: false });
    expect(await introspect(urls, 'billing', good.token.access_token)).toMatchObject({ active: true });
    const { access_token: signIn } = await tokensOf(urls, 'alice');
    expect(refusal(await askToken(urls, exchangeBy(over, signIn), await proofKey()))).toBe('400 invalid_grant');
    const { refresh_token = '' } = good.token;
    const fields = { grant_type: 'refresh_token', client_id: 'writ-cli', refresh_token };
    expect(issued(await askToken(urls, fields, good.key)).refresh_token).toBeTruthy();
  }
  return { last, check };
}

describe.each(['SIGTERM', 'SIGKILL'] as const)('over a restart by %s', (signal) => {
  it('everything that was answered stays', { timeout: 300_000 }, async () => {
    const scenarios = [await grants(), await tokens()];
    await Promise.all(scenarios.map(({ last }) => last()));
    expect(await end(signal)).toEqual(
      signal === 'SIGTERM' ? { code: 0, signal: null } : { code: null, signal: 'SIGKILL' },
    );
    await start();
    for (const { check } of scenarios) await check();
  });
});

describe('the same request many times at once', () => {
  it('makes one grant, and everyone hears of the same one', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const purpose = `at once ${randomUUID()}`;
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => alice.post<GrantView>('/v1/grants', { ...ORDERS_OF_C42, purpose }, key)),
    );
    expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 201));
    expect(new Set(answers.map((answer) => answer.text)).size).toBe(1);
    const { items } = expectStatus(await alice.get<{ items: GrantView[] }>('/v1/grants?limit=100'), 200);
    expect(items.filter((grant) => grant.purpose === purpose)).toHaveLength(1);
  });

  it('is another request under another person’s key', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const bob = await signedIn(urls, 'bob');
    const [hers, his] = await Promise.all(
      [alice, bob].map((who) => who.post<GrantView>('/v1/grants', ORDERS_OF_C42, key)),
    );
    expect([hers?.status, his?.status]).toEqual([201, 201]);
    expect(hers?.body.id).not.toBe(his?.body.id);
  });
});
