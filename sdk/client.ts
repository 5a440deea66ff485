import type { Route } from '../contract/routes.ts';
import { ROUTES } from '../contract/routes.ts';
import type {
  ApprovalBody,
  AwsCredentialsView,
  BriefView,
  ConfigurationView,
  ConsentView,
  ConsoleSessionView,
  CreateGrantBody,
  EntitlementView,
  GrantView,
  MeView,
} from '../contract/schemas.ts';
import { problemSchema } from '../contract/schemas.ts';
import { WritApiError, WritConnectionError, WritProtocolError } from './errors.ts';
import { attemptsFor, isRetryable, pauseAfter, retryAfterMs } from './retry.ts';
import type { CallId, CallInput, CallOutput } from './types.ts';

export interface ClientDependencies {
  /** The public base URL, without a path. */
  readonly apiUrl: string;
  /** The caller's access token, asked for at every signed-in call; never logged, never in an error. */
  readonly token: () => Promise<string>;
  /** In the token's place: an `Authorization` of its own for each attempt, as one that signs the request needs. */
  readonly authorize?: (request: OutgoingRequest) => Promise<string>;
  readonly fetch: typeof fetch;
  /** Of one attempt. */
  readonly timeoutMs: number;
  readonly newIdempotencyKey: () => string;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/** What a signature must be over. */
export interface OutgoingRequest {
  readonly method: Route['method'];
  readonly url: URL;
  readonly body: string | undefined;
  readonly idempotencyKey: string | undefined;
}

type Output<Id extends CallId, Status = unknown> = Extract<CallOutput<Id>, { status: Status }>['body'];
export type DecisionView = Output<'createGrant', 200>;
export type GrantPage = Output<'listGrants'>;
export type LeafPage = Output<'listAuditEvents'>;
export type KeyRingView = Output<'getKeyRing'>;
export type ConsumptionView = Output<'consumeToken'>;
export type ActivityReceipt = Output<'reportActivity'>;
/** Any call's input, once its type has done its work at the caller. */
interface WireInput {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  readonly idempotencyKey?: string;
}

interface Init {
  readonly method: Route['method'];
  readonly headers: Record<string, string>;
  readonly body?: string;
}

type Query<Id extends CallId> = NonNullable<CallInput<Id>['query']>;
type Body<Id extends CallId> = NonNullable<CallInput<Id>['body']>;

/**
 * The API as typed calls. Answers are checked against the contract before they are returned.
 *
 * @throws WritApiError when the API refuses; WritConnectionError when no answer came; WritProtocolError when the answer
 * is not Writ's.
 */
export class WritClient {
  readonly #deps: ClientDependencies;

  constructor(deps: ClientDependencies) {
    this.#deps = deps;
  }

  async call<Id extends CallId>(id: Id, input: CallInput<Id>): Promise<CallOutput<Id>> {
    const route: Route = ROUTES[id];
    const wire = input as WireInput;
    const url = this.#urlOf(route, wire);
    const init = await this.#initOf(route, wire);
    const response = await this.#send(route, url, init);
    return (await this.#read(route, response)) as CallOutput<Id>;
  }

  configuration = async (): Promise<ConfigurationView> => (await this.call('getConfiguration', {})).body;
  me = async (): Promise<MeView> => (await this.call('getMe', {})).body;
  entitlements = async (): Promise<EntitlementView[]> => (await this.call('listEntitlements', {})).body.items;

  /** Pass the same key again to learn the outcome of a call that got no answer. */
  async createGrant(body: CreateGrantBody, idempotencyKey = this.#deps.newIdempotencyKey()): Promise<GrantView> {
    const answer = await this.call('createGrant', { body, idempotencyKey });
    if (answer.status === 201) return answer.body;
    throw new WritProtocolError(this.#deps.apiUrl, answer.status, 'a decision where a grant was asked for');
  }

  /** What would be decided. Nothing is kept. */
  async decide(body: CreateGrantBody): Promise<DecisionView> {
    const answer = await this.call('createGrant', { body, query: { dryRun: 'true' } });
    if (answer.status === 200) return answer.body;
    throw new WritProtocolError(this.#deps.apiUrl, answer.status, 'a grant where only a decision was asked for');
  }

  grants = async (query: Query<'listGrants'>): Promise<GrantPage> => (await this.call('listGrants', { query })).body;
  grant = async (id: string): Promise<GrantView> => (await this.call('getGrant', { path: { id } })).body;
  cancel = async (id: string): Promise<GrantView> => (await this.call('cancelGrant', { path: { id }, body: {} })).body;
  giveBack = async (id: string): Promise<GrantView> =>
    (await this.call('returnGrant', { path: { id }, body: {} })).body;
  revoke = async (id: string, reason: string): Promise<GrantView> =>
    (await this.call('revokeGrant', { path: { id }, body: { reason } })).body;
  extend = async (id: string, body: Body<'extendGrant'>): Promise<GrantView> =>
    (await this.call('extendGrant', { path: { id }, body })).body;
  narrow = async (id: string, body: Body<'narrowGrant'>): Promise<GrantView> =>
    (await this.call('narrowGrant', { path: { id }, body })).body;

  /** What somebody needs to know who decides. */
  brief = async (id: string): Promise<BriefView> => (await this.call('getBrief', { path: { id } })).body;
  /** Approves or denies what `body.requestSha256` names, and nothing else. A subject's approval is their consent. */
  vote = async (id: string, body: ApprovalBody): Promise<GrantView> =>
    (await this.call('decideGrant', { path: { id }, body })).body;
  withdrawApproval = async (id: string, approval: string): Promise<GrantView> =>
    (await this.call('withdrawApproval', { path: { id, approval } })).body;
  review = async (id: string, body: Body<'reviewGrant'>): Promise<GrantView> =>
    (await this.call('reviewGrant', { path: { id }, body })).body;

  /** Who acts, acted or asks to act for the caller. */
  impersonations = async (query: Query<'listImpersonations'>): Promise<GrantPage> =>
    (await this.call('listImpersonations', { query })).body;
  consents = async (): Promise<ConsentView[]> => (await this.call('listConsents', {})).body.items;
  /** Ends the grants that rest on it, too. */
  withdrawConsent = async (id: string): Promise<ConsentView> =>
    (await this.call('withdrawConsent', { path: { id } })).body;

  /** A secret: mints a session. */
  awsCredentials = async (id: string): Promise<AwsCredentialsView> =>
    (await this.call('issueAwsCredentials', { path: { id }, body: {} })).body;
  /** A secret: whoever opens the link is signed in. */
  consoleSession = async (id: string): Promise<ConsoleSessionView> =>
    (await this.call('issueConsoleSession', { path: { id }, body: {} })).body;

  /** For resource servers: spends one use of a token. The same `requestId` spends it once, however often it is sent. */
  consume = async (body: Body<'consumeToken'>): Promise<ConsumptionView> =>
    (await this.call('consumeToken', { body })).body;
  /** For resource servers: what was done under a token, on what, with what outcome. */
  reportActivity = async (body: Body<'reportActivity'>): Promise<ActivityReceipt> =>
    (await this.call('reportActivity', { body })).body;
  /** The signed list of tokens that ended early, as a JWT that is not verified here: `writ/verify` does. */
  snapshot = async (): Promise<string> => (await this.call('getSnapshot', {})).body;

  /** Which keys sign delegation tokens. For admins. */
  keyRing = async (): Promise<KeyRingView> => (await this.call('getKeyRing', {})).body;
  /** Has another generation sign from now on: the one named, or the next. */
  rotateKeys = async (to?: string): Promise<KeyRingView> =>
    (await this.call('rotateKeys', { body: { ...(to !== undefined && { to }) } })).body;

  auditEvents = async (query: Query<'listAuditEvents'>): Promise<LeafPage> =>
    (await this.call('listAuditEvents', { query })).body;

  #urlOf(route: Route, input: WireInput): URL {
    const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(input.path?.[name] ?? ''));
    const url = new URL(path, this.#deps.apiUrl);
    for (const [name, value] of Object.entries(input.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, value);
    }
    return url;
  }

  async #initOf(route: Route, input: WireInput): Promise<Init> {
    const headers: Record<string, string> = { accept: route.produces ?? 'application/json' };
    if (!route.audience.includes('public') && !this.#deps.authorize) {
      headers['authorization'] = `Bearer ${await this.#deps.token()}`;
    }
    if (route.idempotent) headers['idempotency-key'] = input.idempotencyKey ?? this.#deps.newIdempotencyKey();
    if (!route.body) return { method: route.method, headers };
    headers['content-type'] = 'application/json';
    return { method: route.method, headers, body: JSON.stringify(input.body) };
  }

  async #authorized(route: Route, url: URL, { method, headers, body }: Init): Promise<Record<string, string>> {
    const { authorize } = this.#deps;
    if (!authorize || route.audience.includes('public')) return headers;
    const idempotencyKey = headers['idempotency-key'];
    return { ...headers, authorization: await authorize({ method, url, body, idempotencyKey }) };
  }

  async #send(route: Route, url: URL, init: Init): Promise<Response> {
    const attempts = attemptsFor(route);
    for (let attempt = 1; ; attempt += 1) {
      const last = attempt === attempts;
      const headers = await this.#authorized(route, url, init);
      try {
        const response = await this.#deps.fetch(url, {
          ...init,
          headers,
          // A redirect would carry the token elsewhere; the API never sends one.
          redirect: 'manual',
          signal: AbortSignal.timeout(this.#deps.timeoutMs),
        });
        if (last || !(await isRetryable(response))) return response;
        await response.body?.cancel();
        await this.#deps.sleep(pauseAfter(attempt, response.headers.get('retry-after')));
      } catch (error) {
        if (last) throw new WritConnectionError(this.#deps.apiUrl, error);
        await this.#deps.sleep(pauseAfter(attempt, null));
      }
    }
  }

  async #read(route: Route, response: Response): Promise<{ status: number; body: unknown }> {
    const { status } = response;
    const text = await this.#text(response);
    const body = route.produces !== undefined && response.ok ? text : jsonOf(text);
    const schema = status === 200 || status === 201 ? route.success[status] : undefined;
    const parsed = schema?.safeParse(body);
    if (parsed?.success) return { status, body: parsed.data };
    const problem = status >= 400 ? problemSchema.safeParse(body) : undefined;
    if (problem?.success) throw new WritApiError(problem.data, retryAfterMs(response.headers.get('retry-after')));
    // The body is left out of the error: it may hold a credential.
    throw new WritProtocolError(this.#deps.apiUrl, status, 'which is not an answer of this version of Writ');
  }

  async #text(response: Response): Promise<string> {
    try {
      return await response.text();
    } catch (error) {
      throw new WritConnectionError(this.#deps.apiUrl, error);
    }
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // not JSON, so it matches no schema: #read says so with the status
  }
}
