/** The keys that sign: another one takes over, and nothing is signed while they can't be asked. */
import { randomUUID } from 'node:crypto';
import { createLocalJWKSet, jwtVerify } from 'jose';
import type { JSONWebKeySet } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { FaultPlan } from '../../local/aws/faults.ts';
import { eventually, leavesOf } from './asking.ts';
import type { Caller } from './harness.ts';
import { expectStatus, problemCode, request, signedIn, startSystem, tokensOf } from './harness.ts';
import {
  askToken,
  exchangeBy,
  exchanged,
  introspect,
  issued,
  kidOf,
  proofKey,
  refusal,
  REPORTS_OF_C42,
} from './oauth.ts';

interface Ring {
  readonly version: number;
  readonly current: string;
  readonly generations: readonly string[];
}

let system: Awaited<ReturnType<typeof startSystem>>;
let alice: Caller;

beforeAll(async () => {
  system = await startSystem();
  alice = await signedIn(system, 'alice');
}, 180_000);
afterEach(() => {
  system.faults.set({});
});
afterAll(() => system.stop(), 60_000);

const published = async (): Promise<JSONWebKeySet> =>
  (await (await fetch(`${system.api}/.well-known/jwks.json`)).json()) as JSONWebKeySet;

const verified = async (token: string, keys: JSONWebKeySet): Promise<string | undefined> =>
  (await jwtVerify(token, createLocalJWKSet(keys), { issuer: system.api, typ: 'at+jwt' })).payload.sub;

describe('when another generation of keys signs', () => {
  it('tokens from before are good all the same, and verifiers knew the new key already', async () => {
    const carol = await signedIn(system, 'carol', true);
    const grant = await request(alice, REPORTS_OF_C42);
    const keys = await published();
    const { token: before } = await exchanged(system, 'alice', grant);
    const ring = expectStatus(await carol.get<Ring>('/v1/keys'), 200);
    const moved = expectStatus(await carol.post<Ring>('/v1/keys/rotate', {}, { 'idempotency-key': randomUUID() }), 200);
    expect(moved).toMatchObject({ version: ring.version + 1 });
    expect(moved.current).not.toBe(ring.current);

    const after = await eventually(async () => {
      const { token } = await exchanged(system, 'alice', grant);
      expect(kidOf(token.access_token)).not.toBe(kidOf(before.access_token));
      return token;
    });
    for (const { access_token } of [before, after]) {
      expect(await verified(access_token, keys)).toBe('admin:local-admin:alice');
      expect((await introspect(system, 'billing', access_token)).active).toBe(true);
    }
    expect(await published()).toEqual(keys);
  });

  it('is for those who may, with their second factor', async () => {
    expect(problemCode(await alice.post('/v1/keys/rotate'))).toBe('403 forbidden');
    const carol = await signedIn(system, 'carol');
    expect(problemCode(await carol.post('/v1/keys/rotate'))).toContain('step_up_required');
  });
});

describe('while there is no', () => {
  const rule = (service: string, operation: string): NonNullable<FaultPlan['rules']>[number] => ({
    service,
    operation,
    kind: 'timeoutBefore',
    rate: 1,
  });

  it.each([
    ['signature', rule('kms', 'Sign')],
    ['commit', rule('dynamodb', 'TransactWriteItems')],
    ['grant to read', rule('dynamodb', 'GetItem')],
  ])('%s, there is no token, and the log has none', async (_, fault) => {
    const grant = await request(alice, REPORTS_OF_C42);
    const { access_token: signIn } = await tokensOf(system, 'alice');
    const key = await proofKey();
    system.faults.set({ rules: [fault] });
    const answer = await askToken(system, exchangeBy(grant, signIn), key);
    expect(refusal(answer)).toBe('503 temporarily_unavailable');
    system.faults.set({});
    const audrey = await signedIn(system, 'audrey');
    expect((await leavesOf(audrey, grant)).map(({ type }) => type)).not.toContain('token.issued');
    expect(issued(await askToken(system, exchangeBy(grant, signIn), key)).token_type).toBe('DPoP');
  });
});
