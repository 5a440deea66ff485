import { createHash, randomBytes } from 'node:crypto';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { loadBundle } from '../../adapters/bundle/load.ts';
import { createCedarEngine } from '../../adapters/cedar/engine.ts';
import { loadInstalledWasm } from '../../adapters/cedar/wasm.ts';
import { createIds } from '../../adapters/aws/ids.ts';
import { createMemoryAuditReader } from '../../adapters/memory/memoryAuditReader.ts';
import {
  createMemoryApprovalLists,
  createMemoryConsents,
  createMemoryOnce,
  createMemorySealedKeys,
} from '../../adapters/memory/memoryApprovalStores.ts';
import { createMemoryGrantStore } from '../../adapters/memory/memoryGrantStore.ts';
import { createMemoryState } from '../../adapters/memory/state.ts';
import { TokenError } from '../../adapters/oidc/tokenError.ts';
import type { RouteId } from '../../contract/routes.ts';
import { ROUTES } from '../../contract/routes.ts';
import type { AssumeRequest } from '../../core/ports.ts';
import type { Domain, Principal } from '../../core/principal.ts';
import { principalId } from '../../core/principal.ts';
import { createHandler as approvals } from '../../functions/approvals/app.ts';
import { createHandler as audit } from '../../functions/audit/app.ts';
import { createHandler as awsSession } from '../../functions/aws-session/app.ts';
import { createHandler as breakglass } from '../../functions/breakglass/app.ts';
import { createHandler as callbacks } from '../../functions/callbacks/app.ts';
import { createHandler as grants } from '../../functions/grants/app.ts';
import { createHandler as keyDuty } from '../../functions/keys/app.ts';
import { createHandler as publicDuty } from '../../functions/public/app.ts';
import { createHandler as resources } from '../../functions/resources/app.ts';
import { createHandler as tokenDuty } from '../../functions/token/app.ts';
import { oauthParts } from './oauthParts.ts';
import type { EventFacts } from './event.ts';
import { apiEvent } from './event.ts';

/** All duties of the API over the sample policies, the real engine and the memory store. Tokens are people's names. */

const PEOPLE: Readonly<Record<string, { domain: Domain; groups: string[]; mfa?: boolean }>> = {
  alice: { domain: 'admin', groups: ['engineers'] },
  adam: { domain: 'admin', groups: ['engineers'] },
  mia: { domain: 'admin', groups: ['engineers'], mfa: true },
  bob: { domain: 'admin', groups: ['engineers', 'team-leads'], mfa: true },
  carol: { domain: 'admin', groups: ['security-admins'], mfa: true },
  audrey: { domain: 'admin', groups: ['auditors'] },
  dave: { domain: 'support', groups: ['support', 'engineers', 'security-admins', 'auditors'] },
  erin: { domain: 'customer', groups: ['customers'] },
};

const bundle = loadBundle('policies');
const engine = createCedarEngine(bundle, loadInstalledWasm);

export interface Answered {
  readonly status: number;
  readonly code: string;
  readonly body: Record<string, unknown>;
  readonly raw: APIGatewayProxyResult;
}

export function createSystem(start = Date.parse('2026-11-21T09:00:00Z')) {
  let now = start;
  const logged: unknown[] = [];
  const assumed: AssumeRequest[] = [];
  const state = createMemoryState();
  const oauth = oauthParts({ state, clock: () => now, bundle });
  const deps = {
    clock: () => now,
    ids: createIds(() => now, randomBytes),
    sha256: (text: string) => createHash('sha256').update(text).digest('hex'),
    store: createMemoryGrantStore(state),
    audit: createMemoryAuditReader(state),
    lists: createMemoryApprovalLists(state),
    consents: createMemoryConsents(state),
    once: createMemoryOnce(state),
    keys: createMemorySealedKeys(state),
    tickets: { lookUp: async () => undefined },
    chatSecrets: async () => ['chat-signing-secret'],
    ticketKeys: async () => ['ticket-signing-key'],
    publicUrl: 'https://writ.example',
    engine,
    verifier: {
      async verify(token: string) {
        if (token.includes('.')) return oauth.verifier.verify(token);
        const person = PEOPLE[token];
        if (!person) throw new TokenError('signature_invalid', 'no key of the issuer verifies the token’s signature');
        return { principal: principalOf(token, person, now), expiresAt: now + 3_600_000 };
      },
    },
    log: {
      answered: (facts: unknown) => void logged.push(facts),
      failed: (error: unknown) => void logged.push(String(error)),
      undecided: (failure: unknown) => void logged.push(failure),
      worked: (job: string, facts: unknown) => void logged.push({ job, facts }),
    },
    broker: {
      async assume(request: AssumeRequest) {
        assumed.push(request);
        const expiresAt = now + request.durationSeconds * 1000;
        const session = {
          accessKeyId: 'ASIAEXAMPLE',
          secretAccessKey: 'very-secret',
          sessionToken: 'very-token',
          expiresAt,
        };
        return { result: 'minted', session } as const;
      },
    },
    signIn: { link: async () => 'https://signin.example/federation?SigninToken=very-secret-link' },
  };
  const { clock, ids, sha256 } = deps;
  const sealed = { clock, ids, sha256, keys: deps.keys, once: deps.once, bundle, publicUrl: deps.publicUrl };
  const api = { ...deps, sealed };
  /** Made when it is called: its OpenAPI document takes more time than all of the rest. */
  let published: ReturnType<typeof publicDuty> | undefined;
  const publicly = () =>
    (published ??= publicDuty({
      log: deps.log,
      bundle,
      publicUrl: deps.publicUrl,
      awsEndpointUrl: undefined,
      jwks: () => oauth.signer.jwks(),
      snapshotJwks: () => oauth.snapshotSigner.jwks(),
    }));
  const duties = {
    grants: grants(api),
    approvals: approvals(api),
    breakglass: breakglass(api),
    callbacks: callbacks(deps),
    'aws-session': awsSession(api),
    audit: audit(deps),
    get public() {
      return publicly();
    },
    token: tokenDuty({ ...deps, ...oauth }),
    resources: resources({ ...deps, ...oauth }),
    keys: keyDuty({ ...deps, rings: oauth.rings, generations: ['a', 'b'] }),
  };
  return {
    deps,
    oauth,
    duties,
    logged,
    assumed,
    pass(ms: number) {
      now += ms;
    },
    async call(
      route: RouteId,
      who: string | undefined,
      facts: Partial<EventFacts> & { json?: unknown; path?: Readonly<Record<string, string>> } = {},
    ): Promise<Answered> {
      const { method, path, duty } = ROUTES[route];
      const { json, ...rest } = facts;
      const event = apiEvent({
        method,
        resource: path,
        ...(method === 'POST' && { body: JSON.stringify(json ?? {}) }),
        ...rest,
        headers: {
          ...(method === 'POST' && { 'content-type': ['application/json'] }),
          ...(who !== undefined && { Authorization: [`Bearer ${who}`] }),
          ...rest.headers,
        },
      });
      const raw = await duties[duty](event);
      const isJson = raw.headers?.['content-type']?.toString().includes('json') ?? false;
      const body = (isJson ? JSON.parse(raw.body) : {}) as Record<string, unknown>;
      return { status: raw.statusCode, code: typeof body['code'] === 'string' ? body['code'] : '', body, raw };
    },
  };
}

function principalOf(name: string, { domain, groups, mfa = false }: (typeof PEOPLE)[string], now: number): Principal {
  return {
    id: principalId(domain, `local-${domain}`, name),
    domain,
    issuer: `local-${domain}`,
    subject: name,
    person: name,
    groups,
    project: 'shop',
    authentication: { mfa, methods: mfa ? ['pwd', 'otp', 'mfa'] : ['pwd'], at: now },
  };
}

export const ASK = {
  entitlement: 'orders-read',
  parameters: { customer: 'C-42' },
  durationSeconds: 600,
  purpose: 'incident',
  justification: 'look at one order',
};
