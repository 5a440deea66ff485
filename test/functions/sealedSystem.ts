import { createHash, randomBytes } from 'node:crypto';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { createIds } from '../../adapters/aws/ids.ts';
import { loadBundle } from '../../adapters/bundle/load.ts';
import { createCedarEngine } from '../../adapters/cedar/engine.ts';
import { loadInstalledWasm } from '../../adapters/cedar/wasm.ts';
import { createMemoryStore } from '../../adapters/memory/store.ts';
import { TokenError } from '../../adapters/oidc/tokenError.ts';
import type { RouteId } from '../../contract/routes.ts';
import { ROUTES } from '../../contract/routes.ts';
import { registrationText, SEALED_SCHEME } from '../../contract/sealed.ts';
import type { DirectoryPerson } from '../../core/chain.ts';
import type { Principal, PrincipalId } from '../../core/principal.ts';
import { createHandler as approvals } from '../../functions/approvals/app.ts';
import { createHandler as awsSession } from '../../functions/aws-session/app.ts';
import { createHandler as breakglass } from '../../functions/breakglass/app.ts';
import { createHandler as grants } from '../../functions/grants/app.ts';
import type { createSigner } from '../adapters/sealed/signer.ts';
import { apiEvent } from './event.ts';

/** The duties that break-glass needs, over the sample policies, the real engine and the memory store. */

export const PUBLIC_URL = 'https://writ.example';
export const SECOND = 1_000;
export type Signer = ReturnType<typeof createSigner>;

const bundle = loadBundle('policies');
const engine = createCedarEngine(bundle, loadInstalledWasm);
const personOf = (name: string): DirectoryPerson | undefined =>
  bundle.directory.people.find(({ id }) => id === `admin:local-admin:${name}`);

/** How a sealed request differs from an honest one. */
export interface Forged {
  readonly audience?: string;
  readonly signedMethod?: string;
  readonly signedPath?: string;
  readonly signedBody?: string;
  readonly signedIdempotencyKey?: string;
  readonly nonce?: string;
  readonly at?: number;
  readonly flags?: number;
  readonly header?: (header: string) => string;
  readonly event?: (event: APIGatewayProxyEvent) => APIGatewayProxyEvent;
}

export interface Call {
  readonly json?: unknown;
  readonly id?: string;
  readonly query?: Record<string, string>;
  readonly idempotencyKey?: string;
}

export function createSealedSystem() {
  let now = Date.parse('2026-11-21T09:00:00Z');
  /** Whom the directory still lists. */
  let people = bundle.directory.people;
  const store = createMemoryStore();
  const inForce = { ...bundle, directory: { ...bundle.directory, people } };
  const listed = () => ({ ...inForce, directory: { ...inForce.directory, people } });
  const clock = () => now;
  /** Seconds since the second factor was given; `undefined`: it was not. */
  let mfaAge: number | undefined = 0;

  const deps = {
    clock,
    ids: createIds(clock, randomBytes),
    sha256: (text: string) => createHash('sha256').update(text).digest('hex'),
    store,
    lists: store,
    consents: store,
    keys: store,
    once: store,
    tickets: { lookUp: async () => undefined },
    publicUrl: PUBLIC_URL,
    engine: {
      decide: engine.decide.bind(engine),
      get bundle() {
        return listed();
      },
    },
    verifier: {
      async verify(name: string) {
        const person = personOf(name);
        if (!person) throw new TokenError('signature_invalid', 'this is nobody’s token');
        const mfa = mfaAge !== undefined;
        const principal: Principal = {
          id: person.id,
          domain: 'admin',
          issuer: 'local-admin',
          subject: name,
          person: person.person,
          groups: person.groups,
          project: 'shop',
          authentication: { mfa, methods: mfa ? ['mfa'] : ['pwd'], at: now - (mfaAge ?? 0) * SECOND },
        };
        return { principal, expiresAt: now + 3_600_000 };
      },
    },
    sealed: {
      clock,
      ids: createIds(clock, randomBytes),
      sha256,
      keys: store,
      once: store,
      publicUrl: PUBLIC_URL,
      get bundle() {
        return listed();
      },
    },
    log: {
      answered: () => undefined,
      failed: (error: unknown) => void failures.push(error),
      undecided: () => undefined,
    },
    broker: {
      assume: async ({ durationSeconds }: { durationSeconds: number }) =>
        ({
          result: 'minted',
          session: {
            accessKeyId: 'ASIAEXAMPLE',
            secretAccessKey: 'very-secret',
            sessionToken: 'very-token',
            expiresAt: now + durationSeconds * SECOND,
          },
        }) as const,
    },
    signIn: { link: async () => 'https://signin.example' },
  };
  const failures: unknown[] = [];
  const duties = {
    // What a duty does not use here is not there, whatever its type wants.
    grants: grants(deps as never),
    approvals: approvals(deps as never),
    breakglass: breakglass(deps as never),
    'aws-session': awsSession(deps as never),
  };

  async function send(route: RouteId, call: Call, authorization: string, alter: Forged['event'] = (event) => event) {
    const { method, path, duty } = ROUTES[route];
    const body = 'body' in ROUTES[route] ? JSON.stringify(call.json ?? {}) : null;
    const event = apiEvent({
      method,
      resource: path,
      ...(call.id !== undefined && { path: { id: call.id } }),
      ...(call.query && { query: Object.fromEntries(Object.entries(call.query).map(([k, v]) => [k, [v]])) }),
      body,
      headers: {
        Authorization: [authorization],
        ...(body !== null && { 'content-type': ['application/json'] }),
        ...(call.idempotencyKey !== undefined && { 'Idempotency-Key': [call.idempotencyKey] }),
      },
    });
    const answer = await duties[duty as keyof typeof duties](alter({ ...event, path: pathOf(route, call) }));
    const said = JSON.parse(answer.body) as Record<string, unknown>;
    return { status: answer.statusCode, code: said['code'], detail: String(said['detail']), body: said, failures };
  }

  /** What the API Gateway would make of a request to the public URL. */
  const fetch = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const url = new URL(input instanceof Request ? input.url : input);
    const route = routeOf(init.method ?? 'GET', url.pathname);
    const answered = (body: string, status: number) =>
      new Response(body, { status, headers: { date: new Date(now).toUTCString() } });
    if (route === 'getHealth') return answered('{"status":"ok"}', 200);
    if (route === 'getConfiguration') {
      return answered(JSON.stringify({ publicUrl: PUBLIC_URL, issuers: [], bundleSha256: bundle.sha256 }), 200);
    }
    const id = /(grt_\w{26}|(?<=keys\/)[\w-]{43})/.exec(url.pathname)?.[1];
    const event = apiEvent({
      method: init.method ?? 'GET',
      resource: ROUTES[route].path,
      ...(id !== undefined && { path: { id } }),
      ...(url.search !== '' && {
        query: Object.fromEntries([...url.searchParams].reverse().map(([k, v]) => [k, [v]])),
      }),
      body: typeof init.body === 'string' ? init.body : null,
      headers: Object.fromEntries([...new Headers(init.headers)].map(([name, value]) => [name, [value]])),
    });
    const answer = await duties[ROUTES[route].duty as keyof typeof duties]({ ...event, path: url.pathname });
    return answered(answer.body, answer.statusCode);
  };

  return {
    fetch,
    store,
    now: clock,
    pass(ms: number) {
      now += ms;
    },
    leave(name: string) {
      people = people.filter(({ id }) => id !== `admin:local-admin:${name}`);
    },
    /** Another account of somebody's whom the directory lists already. */
    join(person: DirectoryPerson) {
      people = [...people, person];
    },
    secondFactor(age: number | undefined) {
      mfaAge = age;
    },
    byToken: (route: RouteId, name: string, call: Call = {}) => send(route, call, `Bearer ${name}`),
    /** A request that the signer's key signs, honest but for what `forged` says. */
    bySeal(route: RouteId, signer: Signer, call: Call = {}, forged: Forged = {}) {
      const body = 'body' in ROUTES[route] ? JSON.stringify(call.json ?? {}) : '';
      const search = new URLSearchParams(call.query).toString();
      const credential = signer.credential(
        {
          audience: forged.audience ?? PUBLIC_URL,
          method: forged.signedMethod ?? ROUTES[route].method,
          path: forged.signedPath ?? (search === '' ? pathOf(route, call) : `${pathOf(route, call)}?${search}`),
          bodySha256: sha256(forged.signedBody ?? body),
          idempotencyKey: forged.signedIdempotencyKey ?? call.idempotencyKey ?? '',
          at: forged.at ?? now,
          nonce: forged.nonce ?? randomBytes(16).toString('base64url'),
        },
        forged.flags,
      );
      const header = `${SEALED_SCHEME} ${Buffer.from(JSON.stringify(credential)).toString('base64url')}`;
      return send(route, call, forged.header?.(header) ?? header, forged.event);
    },
    /** Registers the signer's key for who is signed in, with a proof that names `owner` (them, unless told). */
    register(name: string, signer: Signer, { owner = `admin:local-admin:${name}`, label = 'blue key', at = now } = {}) {
      const { method, path } = ROUTES.registerKey;
      const proof = signer.credential({
        audience: PUBLIC_URL,
        method,
        path,
        bodySha256: sha256(registrationText(owner, label)),
        idempotencyKey: '',
        at,
        nonce: randomBytes(16).toString('base64url'),
      });
      return send('registerKey', { json: { publicKey: signer.publicKey, label, proof } }, `Bearer ${name}`);
    },
  };
}

function routeOf(method: string, path: string): RouteId {
  const found = (Object.keys(ROUTES) as RouteId[]).find(
    (id) =>
      ROUTES[id].method === method && new RegExp(`^${ROUTES[id].path.replace(/\{\w+\}/g, '[\\w-]+')}$`).test(path),
  );
  if (found) return found;
  throw new Error(`no such route: ${method} ${path}`);
}

const pathOf = (route: RouteId, { id = '' }: Call): string => ROUTES[route].path.replace('{id}', id);
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export const idOf = (name: string): PrincipalId => `admin:local-admin:${name}` as PrincipalId;
