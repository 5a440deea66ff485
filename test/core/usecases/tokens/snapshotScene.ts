import { createMemoryStore } from '../../../../adapters/memory/store.ts';
import type { TokenEntitlement } from '../../../../core/entitlement.ts';
import type { Grant } from '../../../../core/grant.ts';
import { isTerminal } from '../../../../core/grant.ts';
import type { AccessTokenClaims } from '../../../../core/oauth/accessToken.ts';
import { clientAsPrincipal, principalOfClient } from '../../../../core/oauth/client.ts';
import type { Caller } from '../../../../core/usecases/deps.ts';
import { endGrant } from '../../../../core/usecases/endGrant.ts';
import { lendOn } from '../../../../core/usecases/lendOn.ts';
import type { NarrowAsk } from '../../../../core/usecases/narrowGrant.ts';
import { narrowGrant } from '../../../../core/usecases/narrowGrant.ts';
import { requestGrant } from '../../../../core/usecases/requestGrant.ts';
import { activeToken } from '../../../../core/usecases/tokens/activeToken.ts';
import { consumeUse } from '../../../../core/usecases/tokens/consumeUse.ts';
import { endToken } from '../../../../core/usecases/tokens/endTokens.ts';
import { exchangeToken } from '../../../../core/usecases/tokens/exchangeToken.ts';
import { liveGrant } from '../../../../core/usecases/tokens/liveGrant.ts';
import { mintToken } from '../../../../core/usecases/tokens/mintToken.ts';
import { publishSnapshot } from '../../../../core/usecases/tokens/publishSnapshot.ts';
import type { RefreshMint } from '../../../../core/usecases/tokens/refreshFamily.ts';
import type { TokenAsk } from '../../../../core/usecases/tokens/tokenDeps.ts';
import { clientWith } from '../../clientFixture.ts';
import { ALICE, BUNDLE, createWorld, ORDERS, render } from '../world.ts';

/** Grants that are lent by tokens, and what a snapshot and introspection say of each token. */

const AUDIENCE = 'https://billing.example.com';
const SCOPES = ['reports:read', 'reports:export', 'reports:delete'];

const { target: _, console: __, ...common } = ORDERS;
const REPORT: TokenEntitlement = {
  ...common,
  id: 'billing-report',
  kind: 'token',
  ceiling: [{ actions: SCOPES, resources: [AUDIENCE] }],
  parameters: {},
  terms: { lifetimeSeconds: 300, refresh: false, bearer: false, maxDepth: 2, bind: [] },
  authorizationDetails: [],
};

const client = (id: string, serves: readonly string[] = []) =>
  clientWith({ id, scopes: SCOPES, audiences: [AUDIENCE], serves, ratePerMinute: 1000 });

const AGENTS = [client('report-agent'), client('second-agent')] as const;
const BILLING = client('billing', [AUDIENCE]);

const ask = (): TokenAsk => ({
  client: BILLING,
  clientPrincipal: clientAsPrincipal(BILLING),
  wish: {},
  confirmation: { jkt: 'j'.repeat(43) },
  marks: [],
  sourceIp: '192.0.2.1',
});

export type Scene = Awaited<ReturnType<typeof createScene>>;

export async function createScene() {
  const world = createWorld();
  const store = createMemoryStore();
  world.bundle = { ...BUNDLE, catalogue: [REPORT], clients: [...AGENTS, BILLING] };
  world.permit('delegate', 'read');
  let listed: readonly number[] = [];
  const deps = {
    ...world,
    engine: world.engine,
    store,
    consents: store,
    once: store,
    keys: store,
    lists: store,
    tokens: store,
    snapshots: store,
    issuerUrl: 'https://writ.example',
    statusListUrl: 'https://writ.example/v1/revocations/snapshot',
    region: 'us-east-1',
    signer: { sign: async (_type: string, claims: object) => JSON.stringify(claims) },
    encode: (indexes: readonly number[]) => JSON.stringify(indexes),
    sign: async (claims: object) => {
      listed = JSON.parse((claims as { status_list: { lst: string } }).status_list.lst) as number[];
      return 'e30.e30.c2ln';
    },
  };

  const stored = async (id: string): Promise<Grant> => {
    const grant = await store.get(id);
    if (!grant) throw new Error('the grant is gone');
    return grant;
  };
  const grantOf = ({ body }: { readonly body: string }) => stored((JSON.parse(body) as { id: string }).id);
  const holderOf = ({ request }: Grant): Caller => {
    const agent = AGENTS.find((one) => principalOfClient(one) === request.requester.id);
    return agent ? { sourceIp: '192.0.2.1', principal: clientAsPrincipal(agent) } : ALICE;
  };

  const asked = { entitlement: REPORT.id, parameters: {}, purpose: 'billing', justification: 'a report' };
  const root = await grantOf(await requestGrant(deps, ALICE, { ...asked, durationSeconds: 3600 }, undefined, render));

  return {
    store,
    root,
    clock: world.clock,
    pass: (ms: number) => {
      world.pass(ms);
    },

    async isLive(id: string): Promise<boolean> {
      return !isTerminal((await stored(id)).state.status);
    },

    async issue(id: string): Promise<AccessTokenClaims> {
      const { grant, entitlement } = liveGrant(deps, await stored(id));
      const issued = await mintToken(deps, {
        ask: ask(),
        grant,
        entitlement,
        sub: ALICE.principal.id,
        bounds: [],
        notAfter: Number.POSITIVE_INFINITY,
        strength: {},
        by: grant.request.requester,
      });
      return JSON.parse(issued.accessToken) as AccessTokenClaims;
    },

    /** One scope less, or, with the last one, a second. */
    async narrow(id: string, wish?: NarrowAsk): Promise<void> {
      const grant = await stored(id);
      const { state } = grant;
      const actions = grant.scope.flatMap((line) => line.actions).slice(0, -1);
      const shorter = { expiresAt: ('expiresAt' in state ? (state.expiresAt ?? 0) : 0) - 1000 };
      const less = actions.length > 0 ? { scope: [{ actions, resources: [AUDIENCE] }] } : shorter;
      await narrowGrant(deps, holderOf(grant), id, wish ?? less, undefined, render);
    },

    async end(id: string): Promise<void> {
      await endGrant(deps, holderOf(await stored(id)), id, { type: 'return' }, undefined, render);
    },

    async revoke({ jti, grant_id }: AccessTokenClaims): Promise<void> {
      const { token, grants } = await store.tokenState(jti, [grant_id]);
      const [grant] = grants;
      if (token && grant) await endToken(deps, grant, token, ALICE.principal);
    },

    async lendOn(id: string): Promise<Grant> {
      const grant = await stored(id);
      const actor = AGENTS[grant.lineage?.length ?? 0] ?? AGENTS[0];
      const wish = { ...asked, parent: id, actor: principalOfClient(actor), durationSeconds: 600 };
      return grantOf(await lendOn(deps, holderOf(grant), wish, undefined, render));
    },

    /** Whether a snapshot that is built now has its bit. */
    async isListed(claims: AccessTokenClaims): Promise<boolean> {
      await publishSnapshot(deps);
      return listed.includes(claims.status.status_list.idx);
    },

    /** Spends a use of it. */
    async spend(claims: AccessTokenClaims, requestId: string): Promise<'spent' | 'repeated'> {
      const server = { client: BILLING, principal: clientAsPrincipal(BILLING) };
      return (await consumeUse(deps, server, claims, requestId)).result;
    },

    /** Its own client exchanges it for another. */
    async carryFurther(claims: AccessTokenClaims): Promise<void> {
      const refresh = {} as RefreshMint; // what is carried further is not refreshed
      await exchangeToken(
        { ...deps, refresh },
        { ...ask(), grantId: claims.grant_id, subject: { from: 'writ', claims, expiresAt: claims.exp * 1000 } },
      );
    },

    async isActive(claims: AccessTokenClaims): Promise<boolean> {
      return (await activeToken(deps, BILLING, claims)) !== undefined;
    },
  };
}
