/** Hours in seconds: the whole system at a multiple of real time, and its time over a restart. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AwsCredentialsView, GrantView } from '../../contract/schemas.ts';
import { startLocal } from '../../local/system.ts';
import type { LocalSystem } from '../../local/system.ts';
import { expectStatus, issue, outcome, query, request, signedIn, temporaryHome } from './harness.ts';
import { takePlace } from './place.ts';
import type { Place } from './place.ts';

const RATE = 60;
const { home, remove } = temporaryHome();

let place: Place;
let system: LocalSystem;
beforeAll(async () => {
  place = await takePlace();
  system = await startLocal({ home, ...place, clockRate: RATE });
});
afterAll(async () => {
  await system.close();
  remove();
});

/** What time the API says it is, in epoch milliseconds. */
const timeOf = async ({ api }: LocalSystem): Promise<number> =>
  Date.parse((await fetch(`${api}/v1/health`)).headers.get('date') ?? '');

describe('a system at 60 times real time', () => {
  it('ends a grant of ten minutes, and what was lent under it, in ten seconds', async () => {
    const alice = await signedIn(system, 'alice');
    const grant = await request(alice, { durationSeconds: 600 });
    const lent = await issue(system, alice, grant);
    expect(await outcome(query(lent, 'C-42'))).toBe('allowed');

    // The real clock, by which the client signs and which IAM must not go by, is minutes behind by then.
    while ((await outcome(query(lent, 'C-42'))) === 'allowed') await sleep(100);
    expect(await outcome(query(lent, 'C-42'))).toBe('AccessDeniedException');
    const { status, expiresAt } = expectStatus(await alice.get<GrantView>(`/v1/grants/${grant.id}`), 200);
    expect(status).toBe('expired');
    const end = Date.parse(expiresAt ?? '');
    expect(end).toBeGreaterThan(Date.now());
    expect(await timeOf(system)).toBeGreaterThanOrEqual(end - 1_000);
  });

  it('says until when credentials last by its own clock', async () => {
    const alice = await signedIn(system, 'alice');
    const grant = await request(alice, { durationSeconds: 600 });
    const before = await timeOf(system);
    const { body } = await alice.post<AwsCredentialsView>(`/v1/grants/${grant.id}/aws-credentials`);
    expect(Date.parse(body.Expiration)).toBeGreaterThan(before);
    expect(Date.parse(body.Expiration)).toBe(Date.parse(grant.expiresAt ?? ''));
  });

  it('goes on from there after a restart at another rate', async () => {
    const before = await timeOf(system);
    await system.close();
    system = await startLocal({ home, ...place });
    const after = await timeOf(system);
    expect(after).toBeGreaterThanOrEqual(before);
    expect(after).toBeGreaterThan(Date.now() + 60_000);
    // Tokens, grants, functions and IAM agree on that time.
    const alice = await signedIn(system, 'alice');
    const lent = await issue(system, alice, await request(alice));
    expect(await outcome(query(lent, 'C-42'))).toBe('allowed');
  });
});
