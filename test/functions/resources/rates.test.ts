import { describe, expect, it } from 'vitest';
import type { RouteId } from '../../../contract/routes.ts';
import type { TokenSystem } from '../token/sender.ts';
import { createTokenSystem } from '../token/sender.ts';

const TELLING = {
  consumeToken: { requestId: 'request-1' },
  reportActivity: { requestId: 'request-1', operation: 'report:read', resource: 'R-7', outcome: 'succeeded' },
} as const satisfies Partial<Record<RouteId, object>>;
type Telling = keyof typeof TELLING;

const tell = (system: TokenSystem, route: Telling, token: string, server = 'billing') =>
  system.call(route, system.assertion(server), { json: { token, ...TELLING[route] } });

async function count(system: TokenSystem, key: string, times: number): Promise<void> {
  for (let sent = 0; sent < times; sent++) await system.oauth.tokens.countRequest(key, system.deps.clock());
}

const leavesOf = async (system: TokenSystem, grantId: string) =>
  (await system.deps.audit.ofStream(grantId, { limit: 99 })).items.map(({ type }) => type);

describe.each<Telling>(['consumeToken', 'reportActivity'])('%s', (route) => {
  it.each([
    ['of one server', 'server#billing', 6_000],
    ['under one holder’s authority', 'uses#admin:local-admin:alice', 600],
  ])('is taken so often a minute %s, and not a moment longer', async (_, key, most) => {
    const system = createTokenSystem();
    const { token, grantId } = await system.aliceToken();
    await count(system, key, most);
    const before = await leavesOf(system, grantId);
    const { status, code, raw } = await tell(system, route, token);
    expect([status, code, raw.headers?.['retry-after']]).toEqual([429, 'too_many_requests', '60']);
    expect(await leavesOf(system, grantId)).toEqual(before);
    system.pass(60_000);
    expect((await tell(system, route, token)).status).toBeLessThan(300);
  });

  it('takes nothing from the token endpoint, and nothing by another server’s word', async () => {
    const system = createTokenSystem();
    const { token, key, grantId } = await system.aliceToken();
    const own = 'uses#admin:local-admin:alice';
    expect((await tell(system, route, token, 'shop-service')).code).toBe('token_not_active');
    expect(await system.oauth.tokens.countRequest(own, system.deps.clock())).toBe(1);
    await count(system, own, 600);
    expect((await tell(system, route, token)).status).toBe(429);
    expect((await system.send(system.exchangeForm(grantId), { key })).status).toBe(200);
  });
});
