/** Refresh tokens: one successor, and the end of all where one is used again. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GrantView } from '../../contract/schemas.ts';
import { leavesOf } from './asking.ts';
import type { Caller } from './harness.ts';
import { request, signedIn, startSystem } from './harness.ts';
import type { ProofKey, TokenBody } from './oauth.ts';
import {
  asClient,
  askToken,
  claimsOf,
  exchanged,
  introspect,
  issued,
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

const refresh = ({ refresh_token = '' }: Pick<TokenBody, 'refresh_token'>, key: ProofKey, more = {}) =>
  askToken(system, { grant_type: 'refresh_token', client_id: 'writ-cli', refresh_token, ...more }, key);

async function begun(): Promise<{ grant: GrantView; token: TokenBody; key: ProofKey }> {
  const grant = await request(alice, REPORTS_OF_C42);
  return { grant, ...(await exchanged(system, 'alice', grant)) };
}

describe('a refresh token', () => {
  it('gives a token of the same key, and its successor', async () => {
    const { token, key } = await begun();
    const next = issued(await refresh(token, key));
    expect(next.refresh_token).toBeTruthy();
    expect(next.refresh_token).not.toBe(token.refresh_token);
    expect(claimsOf(next.access_token)).toMatchObject({ sub: 'admin:local-admin:alice', cnf: { jkt: key.jkt } });
    expect((await introspect(system, 'billing', next.access_token)).active).toBe(true);
  });

  it('has one successor, however many refresh at once', async () => {
    const { token, key } = await begun();
    const answers = await Promise.all(Array.from({ length: 5 }, () => refresh(token, key)));
    expect(new Set(answers.map((answer) => issued(answer).refresh_token)).size).toBe(1);
  });

  it('that was used up ends its family, and its tokens with it', async () => {
    const { grant, token, key } = await begun();
    const second = issued(await refresh(token, key));
    const third = issued(await refresh(second, key));
    expect((await introspect(system, 'billing', third.access_token)).active).toBe(true);
    expect(refusal(await refresh(token, key))).toBe('400 invalid_grant');
    expect(refusal(await refresh(third, key))).toBe('400 invalid_grant');
    for (const { access_token } of [token, second, third]) {
      expect(await introspect(system, 'billing', access_token)).toEqual({ active: false });
    }
    const types = (await leavesOf(await signedIn(system, 'audrey'), grant)).map(({ type }) => type);
    expect(types).toContain('token.reused');
    // The grant itself goes on.
    expect((await exchanged(system, 'alice', grant)).token.access_token).toBeTruthy();
  });

  it('is nobody else’s: who has no key, another key or another name ends nothing', async () => {
    const { token, key } = await begun();
    expect(refusal(await refresh(token, await proofKey()))).toBe('400 invalid_grant');
    const fields = { grant_type: 'refresh_token', client_id: 'writ-cli', refresh_token: token.refresh_token ?? '' };
    expect((await askToken(system, fields)).status).toBe(400);
    const { client_id: _, ...asAnother } = { ...fields, ...(await asClient(system, 'report-agent')) };
    expect(refusal(await askToken(system, asAnother, key))).toBe('400 invalid_grant');
    expect(issued(await refresh(token, key)).refresh_token).toBeTruthy();
  });

  it('never widens', async () => {
    const { token, key } = await begun();
    const narrow = issued(await refresh(token, key, { scope: 'reports:read' }));
    expect(narrow.scope).toBe('reports:read');
    expect(refusal(await refresh(narrow, key, { scope: 'refunds:create' }))).toBe('400 invalid_scope');
  });
});
