import type { AddressInfo } from 'node:net';
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { PUBLIC_ERRORS, type PublicErrorCode } from '../../contract/errors.ts';
import { idempotencyKeyField } from '../../contract/fields.ts';
import { oauthError } from '../../contract/oauth.ts';
import { errorsOf, type Route, ROUTES } from '../../contract/routes.ts';
import { problemSchema } from '../../contract/schemas.ts';
import type { CallId } from '../../sdk/index.ts';

export interface FakeRequest {
  readonly id: CallId;
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: unknown;
  readonly token: string | undefined;
  readonly idempotencyKey: string | undefined;
}
/** `text`: an answer that is not the contract's, sent as it is. */
export type FakeAnswer =
  | { readonly status: number; readonly body: unknown }
  | { readonly status: number; readonly text: string; readonly headers?: Record<string, string> };

/** A form for the authorization server, valid by the contract. */
export interface FakeForm {
  readonly fields: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
}
export interface FakeFormAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
}
export type OAuthRouteId = 'issueToken' | 'introspectToken' | 'revokeToken';
export type OAuthAnswers = Partial<Record<OAuthRouteId, (form: FakeForm) => FakeFormAnswer | Promise<FakeFormAnswer>>>;

/** How each route answers; a route without one answers `unavailable` once and for all. */
export type Answers = Partial<Record<CallId, (request: FakeRequest) => FakeAnswer | Promise<FakeAnswer>>>;

export const problem = (code: PublicErrorCode, more: Record<string, unknown> = {}): FakeAnswer => {
  const { status, title, remediation } = PUBLIC_ERRORS[code];
  const body = { type: 'about:blank', title, status, code, detail: `${code} (fake)`, remediation, traceId: 'trace-1' };
  return { status, body: { ...body, ...more } };
};

/**
 * An API that holds both sides to the contract: a request that the contract would refuse is answered 400, and an answer
 * that the contract does not know is reported in `violations`, which tests expect to be empty.
 */
export async function startFakeApi(answers: Answers) {
  const requests: FakeRequest[] = [];
  const oauth: OAuthAnswers = {};
  const violations: string[] = [];
  const clock = { now: () => Date.now() };
  const server = createServer((request, response) => {
    void respond(request).then(
      (answer) => {
        const raw = 'text' in answer;
        const type = answer.status >= 400 ? 'application/problem+json' : 'application/json';
        const date = new Date(clock.now()).toUTCString();
        response.writeHead(answer.status, { 'content-type': type, date, ...(raw ? answer.headers : {}) });
        response.end(raw ? answer.text : JSON.stringify(answer.body));
      },
      (error: unknown) => {
        violations.push(String(error));
        response.destroy();
      },
    );
  });

  async function answerForm(id: OAuthRouteId, route: Route, text: string, headers: IncomingHttpHeaders) {
    const given = [...new URLSearchParams(text)];
    const lists = Object.fromEntries(given.map(([name, value]) => [name, name === 'audience' ? [value] : value]));
    const form = route.form?.safeParse(lists);
    if (headers['content-type'] !== 'application/x-www-form-urlencoded' || !form?.success) {
      violations.push(`${id} was sent what is no form of the contract: ${given.map(([name]) => name).join(' ')}`);
    }
    const {
      status,
      body,
      headers: more,
    } = await (oauth[id]?.({ fields: Object.fromEntries(given), headers }) ?? {
      status: 503,
      body: { error: 'temporarily_unavailable' },
    });
    const schema = status === 200 ? route.success[200] : oauthError;
    if (!schema?.safeParse(body).success)
      violations.push(`${id} answered ${status} with what the contract does not know`);
    return { status, text: JSON.stringify(body), headers: { 'content-type': 'application/json', ...more } };
  }

  async function respond(request: IncomingMessage): Promise<FakeAnswer> {
    const url = new URL(request.url ?? '/', 'http://fake');
    const match = matchRoute(request.method ?? '', url.pathname);
    if (!match) {
      violations.push(`no such route: ${request.method ?? ''} ${url.pathname}`);
      return problem('not_found');
    }
    const { route, path } = match;
    const text = await textOf(request);
    if (route.oauth) return answerForm(match.id as OAuthRouteId, route, text, request.headers);
    const id = match.id as CallId;
    const key = request.headers['idempotency-key'];
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    const query = route.query.safeParse(Object.fromEntries(url.searchParams));
    const body = route.body?.safeParse(JSON.parse(text));
    if (!query.success || body?.success === false || !(route.pathParameters?.safeParse(path).success ?? true)) {
      return problem('invalid_request', { detail: `not valid: ${text} ${url.search} ${JSON.stringify(path)}` });
    }
    if (key !== undefined && !idempotencyKeyField.safeParse(key).success) violations.push('malformed idempotency key');
    if (key !== undefined && !route.idempotent) violations.push(`${id} does not take an idempotency key`);
    if (token !== undefined && route.audience.includes('public')) violations.push(`${id} was sent a token`);
    if (token === undefined && !route.audience.includes('public')) return problem('unauthenticated');

    const seen: FakeRequest = {
      id,
      path,
      query: query.data as Record<string, unknown>,
      body: body?.data,
      token,
      idempotencyKey: key as string | undefined,
    };
    requests.push(seen);
    const answer = await (answers[id]?.(seen) ?? problem('unavailable'));
    if (!('text' in answer)) check(id, route, answer);
    return answer;
  }

  function check(id: CallId, route: Route, answer: { status: number; body: unknown }): void {
    const { status } = answer;
    const schema = status === 200 || status === 201 ? route.success[status] : problemSchema;
    const parsed = schema?.safeParse(answer.body);
    if (!parsed?.success) violations.push(`${id} answered ${status} with what the contract does not know`);
    const code = (answer.body as { code?: PublicErrorCode }).code;
    if (status >= 400 && code !== undefined && !errorsOf(route).includes(code)) {
      violations.push(`${id} may not answer ${code}`);
    }
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    requests,
    violations,
    answers,
    /** How the authorization server's endpoints answer. */
    oauth,
    /** What the `Date` of the answers says. */
    clock,
    stop: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}
export type FakeApi = Awaited<ReturnType<typeof startFakeApi>>;

function matchRoute(method: string, pathname: string) {
  for (const [id, route] of Object.entries<Route>(ROUTES)) {
    const pattern = new RegExp(`^${route.path.replace(/\./g, '\\.').replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
    const found = pattern.exec(pathname);
    if (found && route.method === method) {
      const path = Object.fromEntries(
        Object.entries(found.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]),
      );
      return { id, route, path };
    }
  }
  return undefined;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
