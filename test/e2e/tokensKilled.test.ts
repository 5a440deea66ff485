/** The machine is killed: what was revoked stays so, and what was issued can still be looked up. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Urls } from '../../local/context.ts';
import { expectStatus, request, signedIn, temporaryHome, tokensOf } from './harness.ts';
import { askToken, exchangeBy, exchanged, introspect, issued, proofKey, refusal, REPORTS_OF_C42 } from './oauth.ts';
import { takePlace } from './place.ts';
import type { Place } from './place.ts';
import { startProcess } from './process.ts';
import type { Started } from './process.ts';

const { home, remove } = temporaryHome();
let place: Place;
let running: Started;
let urls: Urls;

async function start(): Promise<void> {
  const { ports, assembly } = place;
  running = startProcess({ WRIT_HOME: home, WRIT_PORT: String(ports.api), WRIT_ASSEMBLY: assembly });
  urls = await running.ready;
}

async function kill(): Promise<void> {
  running.child.kill('SIGKILL');
  await running.ended;
}

beforeAll(async () => {
  place = await takePlace();
  await start();
}, 180_000);
afterAll(async () => {
  await kill();
  remove();
});

it('over a kill, everything that was answered stays', { timeout: 300_000 }, async () => {
  const alice = await signedIn(urls, 'alice');
  const [kept, over] = [await request(alice, REPORTS_OF_C42), await request(alice, REPORTS_OF_C42)];
  const [good, bad] = [await exchanged(urls, 'alice', kept), await exchanged(urls, 'alice', over)];
  expectStatus(await alice.post(`/v1/grants/${over.id}/return`), 200);
  await kill();
  await start();

  expect(await introspect(urls, 'billing', bad.token.access_token)).toEqual({ active: false });
  expect(await introspect(urls, 'billing', good.token.access_token)).toMatchObject({ active: true });
  const { access_token: signIn } = await tokensOf(urls, 'alice');
  expect(refusal(await askToken(urls, exchangeBy(over, signIn), await proofKey()))).toBe('400 invalid_grant');
  const { refresh_token = '' } = good.token;
  const fields = { grant_type: 'refresh_token', client_id: 'writ-cli', refresh_token };
  expect(issued(await askToken(urls, fields, good.key)).refresh_token).toBeTruthy();
});
