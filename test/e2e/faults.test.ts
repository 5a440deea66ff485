/** What AWS does now and then, done to the whole system on purpose. */
import { randomUUID } from 'node:crypto';
import { GetRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { GrantView } from '../../contract/schemas.ts';
import type { FaultPlan } from '../../local/aws/faults.ts';
import {
  expectStatus,
  issue,
  ORDERS_OF_C42,
  outcome,
  problemCode,
  query,
  REGION,
  request,
  signedIn,
  startSystem,
  untilRefused,
} from './harness.ts';
import type { Caller } from './harness.ts';

let system: Awaited<ReturnType<typeof startSystem>>;
let alice: Caller;
beforeAll(async () => {
  system = await startSystem();
  alice = await signedIn(system, 'alice');
});
afterEach(() => {
  system.faults.set({});
});
afterAll(() => system.stop());

const always = (
  service: string,
  operation: string,
  kind: NonNullable<FaultPlan['rules']>[number]['kind'],
  times = 1,
) => {
  system.faults.set({ rules: [{ service, operation, kind, rate: 1, times }] });
};

/** The revocations that are on the lent role, as JSON text. */
async function revocations(): Promise<string> {
  const credentials = system.rootCredentials('111122223333');
  const iam = new IAMClient({ endpoint: system.aws, region: REGION, credentials });
  const policy = { RoleName: 'writ-orders-read', PolicyName: 'WritRevocations' };
  const { PolicyDocument = '' } = await iam
    .send(new GetRolePolicyCommand(policy))
    .catch(() => ({ PolicyDocument: '' }));
  return decodeURIComponent(PolicyDocument);
}

async function grantsFor(purpose: string): Promise<number> {
  const { items } = expectStatus(await alice.get<{ items: GrantView[] }>('/v1/grants?limit=100'), 200);
  return items.filter((grant) => grant.purpose === purpose).length;
}

describe('a request whose commit', () => {
  it.each(['conflict', 'throttle', 'timeoutBefore', 'timeoutAfter'] as const)(
    'meets %s makes one grant all the same, by the same key',
    async (kind) => {
      const purpose = `under ${kind} ${randomUUID()}`;
      const key = { 'idempotency-key': randomUUID() };
      always('dynamodb', 'TransactWriteItems', kind);
      let answer = await alice.post<GrantView>('/v1/grants', { ...ORDERS_OF_C42, purpose }, key);
      if (answer.status !== 201) {
        expect(problemCode(answer)).toBe('503 unavailable');
        answer = await alice.post<GrantView>('/v1/grants', { ...ORDERS_OF_C42, purpose }, key);
      }
      expect(expectStatus(answer, 201).status).toBe('active');
      expect(await grantsFor(purpose)).toBe(1);
    },
  );

  it.each(['conflict', 'throttle', 'timeoutBefore'] as const)('meets %s every time makes none', async (kind) => {
    const purpose = `never under ${kind} ${randomUUID()}`;
    always('dynamodb', 'TransactWriteItems', kind, 1_000);
    const answer = await alice.post('/v1/grants', { ...ORDERS_OF_C42, purpose });
    expect(problemCode(answer)).toBe('503 unavailable');
    system.faults.set({});
    expect(await grantsFor(purpose)).toBe(0);
  });
});

describe('a session', () => {
  it('whose answer got lost counts as issued, and is denied', async () => {
    const grant = await request(alice);
    always('sts', 'AssumeRole', 'timeoutAfter');
    expect(problemCode(await alice.post(`/v1/grants/${grant.id}/aws-credentials`))).toBe('503 unavailable');
    const audrey = await signedIn(system, 'audrey');
    const path = `/v1/audit/events?grant=${grant.id}&limit=100`;
    const events = expectStatus(await audrey.get<{ items: { type: string; facts: object }[] }>(path), 200).items;
    const unknown = events.find((event) => event.type === 'credential.unknown');
    const intent = (unknown?.facts as { intent?: string } | undefined)?.intent ?? 'none';
    expect(intent).toMatch(/^ses_/);
    while (!(await revocations()).includes(intent)) await new Promise((resolve) => setTimeout(resolve, 25));
    // The grant itself goes on.
    expect(await outcome(query(await issue(system, alice, grant), 'C-42'))).toBe('allowed');
  });

  it('that STS throttles is not issued, and can be asked for again', async () => {
    const grant = await request(alice);
    always('sts', 'AssumeRole', 'throttle');
    expect(problemCode(await alice.post(`/v1/grants/${grant.id}/aws-credentials`))).toBe('503 unavailable');
    expect(await outcome(query(await issue(system, alice, grant), 'C-42'))).toBe('allowed');
  });

  it('is denied within five seconds also where IAM takes a while and forgets its answer', async () => {
    const grant = await request(alice);
    const lent = await issue(system, alice, grant);
    system.faults.set({
      iamLagMs: 1_000,
      rules: [{ service: 'iam', operation: 'PutRolePolicy', kind: 'timeoutAfter', rate: 1, times: 1 }],
    });
    expectStatus(await alice.post(`/v1/grants/${grant.id}/return`), 200);
    expect(await untilRefused(lent, 'C-42')).toBeGreaterThan(500);
  });
});
