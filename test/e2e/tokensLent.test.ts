/** A grant that is lent on: to whom, how narrow, and its end with the one above. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GrantView } from '../../contract/schemas.ts';
import { eventually, seen } from './asking.ts';
import type { Caller } from './harness.ts';
import { expectStatus, problemCode, request, signedIn, startSystem } from './harness.ts';
import {
  AGENT,
  asClient,
  askToken,
  BILLING,
  claimsOf,
  exchanged,
  introspect,
  issued,
  lendOn,
  proofKey,
  refusal,
  REPORTS_OF_C42,
} from './oauth.ts';

let system: Awaited<ReturnType<typeof startSystem>>;
let alice: Caller;

beforeAll(async () => {
  system = await startSystem();
  alice = await signedIn(system, 'alice');
}, 180_000);
afterAll(() => system.stop(), 60_000);

async function agentsToken(grant: Pick<GrantView, 'id'>) {
  const fields = { grant_type: 'client_credentials', grant_id: grant.id, ...(await asClient(system, 'report-agent')) };
  return askToken(system, fields, await proofKey());
}

describe('a grant that is lent on to an agent', () => {
  it('gives it tokens that say for whom it acts, until the one above is returned', async () => {
    const parent = await request(alice, REPORTS_OF_C42);
    const child = expectStatus(await lendOn(alice, parent), 201);
    expect(child).toMatchObject({ status: 'active', requester: { id: AGENT } });
    expect(Date.parse(child.expiresAt ?? '')).toBeLessThanOrEqual(Date.parse(parent.expiresAt ?? ''));

    const token = issued(await agentsToken(child));
    expect(token.scope).toBe('reports:read');
    const claims = claimsOf(token.access_token);
    expect(claims).toMatchObject({
      sub: 'admin:local-admin:alice',
      act: { sub: AGENT },
      client_id: 'report-agent',
      grant_id: child.id,
      grant_chain: [parent.id],
      authorization_details: [{ identifier: 'C-42', actions: ['read'] }],
    });
    expect((await introspect(system, 'billing', token.access_token)).active).toBe(true);

    expectStatus(await alice.post(`/v1/grants/${parent.id}/return`), 200);
    expect(await introspect(system, 'billing', token.access_token)).toEqual({ active: false });
    expect(refusal(await agentsToken(child))).toBe('400 invalid_grant');
    const carol = await signedIn(system, 'carol');
    await eventually(async () => {
      expect(await seen(carol, child)).toMatchObject({ status: 'revoked', endReason: 'parent_ended' });
    });
  });

  it('is the agent’s alone: its token is not alice’s to ask for, nor one of the parent’s the agent’s', async () => {
    const parent = await request(alice, REPORTS_OF_C42);
    const child = expectStatus(await lendOn(alice, parent), 201);
    await expect(exchanged(system, 'alice', child)).rejects.toThrow('invalid_grant');
    expect(refusal(await agentsToken(parent))).toBe('400 invalid_grant');
  });

  it.each<[string, object]>([
    ['wider', { scope: [{ actions: ['reports:read', 'refunds:create'], resources: [BILLING] }] }],
    ['for another customer', { parameters: { customer: 'C-7' } }],
    ['longer', { durationSeconds: 7_200 }],
    ['to nobody that is known', { actor: 'workload:client:nobody' }],
  ])('is never %s, and says what to ask for instead', async (_, changes) => {
    const parent = await request(alice, REPORTS_OF_C42);
    const answer = await lendOn(alice, parent, changes);
    expect(answer.status, answer.text).toBeGreaterThanOrEqual(400);
    expect(answer.status, answer.text).toBeLessThan(500);
    expect((answer.body as { remediation?: string }).remediation).toBeTruthy();
  });

  it('is not lent on by who does not hold it', async () => {
    const parent = await request(alice, REPORTS_OF_C42);
    const bob = await signedIn(system, 'bob');
    const answer = await lendOn(bob, parent);
    expect(problemCode(answer)).toBe('404 not_found');
  });
});
