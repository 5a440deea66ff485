/** The whole story against the local system: consent, a token, its use at a service of others, its end. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GrantView } from '../../contract/schemas.ts';
import { listen } from '../../examples/resource-server/listen.ts';
import { supportService } from '../../examples/resource-server/service.ts';
import { assemble } from '../../examples/resource-server/settings.ts';
import { sampleClientKey } from '../../local/samples/clientKeys.ts';
import { freePorts } from '../../local/preflight.ts';
import { TokenClient } from '../../sdk/index.ts';
import { dpopProof } from '../../sdk/oauth/dpopProof.ts';
import { approved, asked, eventually, leavesOf } from '../e2e/asking.ts';
import { expectStatus, signedIn, startSystem, tokensOf } from '../e2e/harness.ts';
import type { Caller } from '../e2e/harness.ts';

let system: Awaited<ReturnType<typeof startSystem>>;
let dave: Caller;
let erin: Caller;
let audrey: Caller;
/** One service that asks for each request, and one that goes by the list of what ended. */
let asking: Service;
let listening: Service;
const servers: Server[] = [];

interface Service {
  readonly url: string;
  readonly lines: string[];
}

async function serve(revocation: 'introspection' | 'snapshot'): Promise<Service> {
  const { api: port } = await freePorts(Math.random);
  const url = `http://127.0.0.1:${port}`;
  const lines: string[] = [];
  const log = (line: string): void => void lines.push(line);
  const key = sampleClientKey('support-service');
  const service = supportService(assemble({ issuer: system.api, publicUrl: url, key, revocation, log }));
  const server = await listen((request) => service.fetch(request), port);
  servers.push(server);
  return { url, lines };
}

beforeAll(async () => {
  system = await startSystem();
  [dave, erin, audrey] = await Promise.all([
    signedIn(system, 'dave'),
    signedIn(system, 'erin'),
    signedIn(system, 'audrey'),
  ]);
  [asking, listening] = await Promise.all([serve('introspection'), serve('snapshot')]);
}, 180_000);

afterAll(async () => {
  for (const server of servers) {
    server.close();
    await once(server, 'close');
  }
  await system.stop();
}, 60_000);

const CALL = {
  entitlement: 'act-for-customer',
  parameters: {},
  subject: 'customer:local-customer:erin',
  durationSeconds: 600,
  purpose: 'reset a lost password',
  justification: 'the customer is on the line',
  ticket: undefined,
};

/** The support desk, with the agent's sign-in. */
async function desk(grant: GrantView) {
  const key = sampleClientKey('support-desk');
  const client = new TokenClient({
    issuer: system.api,
    clientId: 'support-desk',
    authentication: { privateKeyJwt: { key, kid: key.kid } },
  });
  const { access_token: subjectToken } = await tokensOf(system, 'dave');
  const token = await client.exchange({ grantId: grant.id, subjectToken });
  const dpop = await client.key();
  if (!dpop) throw new Error('no key');
  return {
    token,
    async call({ url }: Service, method: string, path: string) {
      const { accessToken } = token;
      const proof = await dpopProof(dpop, { method, url: url + path, accessToken, now: Date.now() });
      const headers = { authorization: `DPoP ${accessToken}`, dpop: proof };
      const response = await fetch(url + path, { method, headers });
      return {
        status: response.status,
        body: (await response.json()) as Record<string, unknown>,
        challenge: response.headers.get('www-authenticate') ?? '',
      };
    },
  };
}

describe('a support agent with a customer’s consent', () => {
  it('reads settings, resets the password, gets nowhere near billing, and is stopped by the customer', async () => {
    const grant = await asked(dave, CALL);
    expect(grant.status).toBe('pending');
    await approved(erin, grant);
    const agent = await desk(grant);
    expect(agent.token).toMatchObject({ tokenType: 'DPoP', scopes: ['settings:read', 'password:reset'] });
    expect(agent.token.refreshToken).toBeUndefined();

    const settings = await agent.call(asking, 'GET', '/customers/erin/settings');
    expect(settings).toMatchObject({ status: 200, body: { language: 'en', newsletter: true } });
    const reset = await agent.call(asking, 'POST', '/customers/erin/password-reset');
    expect(reset.status).toBe(200);
    const billing = await agent.call(asking, 'GET', '/customers/erin/invoices');
    expect(billing).toMatchObject({ status: 403, body: { error: 'insufficient_scope' } });
    const other = await agent.call(asking, 'GET', '/customers/noor/settings');
    expect(other.status).toBe(404);
    // What only she may do, with her own second factor.
    const hers = await agent.call(asking, 'POST', '/me/password-reset');
    expect(hers).toMatchObject({ status: 401, body: { error: 'insufficient_user_authentication' } });
    expect(hers.challenge).toContain('acr_values="urn:writ:acr:mfa", max_age="600"');
    // By the list of what ended, the same token is good at the other process.
    await eventually(async () => {
      expect((await agent.call(listening, 'GET', '/customers/erin/settings')).status).toBe(200);
    });

    // What was done is evidence, and no more than ids of it.
    expect(asking.lines).toEqual([]);
    const reported = (await leavesOf(audrey, grant)).filter(({ type }) => type === 'activity.reported');
    expect(reported.map(({ facts }) => `${String(facts['operation'])} ${String(facts['outcome'])}`).sort()).toEqual([
      'password:reset succeeded',
      'settings:read refused',
      'settings:read succeeded',
      'settings:read succeeded',
    ]);
    expect(JSON.stringify(reported)).not.toContain('noor');

    // She sees it, and ends it.
    const page = expectStatus(await erin.get<{ items: GrantView[] }>('/v1/impersonations'), 200);
    expect(page.items.filter(({ status }) => status === 'active').map(({ id }) => id)).toEqual([grant.id]);
    expectStatus(await erin.post(`/v1/grants/${grant.id}/revoke`, { reason: 'enough' }), 200);

    const next = await agent.call(asking, 'GET', '/customers/erin/settings');
    expect(next).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
    await eventually(async () => {
      expect((await agent.call(listening, 'GET', '/customers/erin/settings')).status).toBe(401);
    });
    await expect(desk(grant)).rejects.toMatchObject({ name: 'TokenError' });
  }, 300_000);
});
