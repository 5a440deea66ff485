/**
 * API Gateway on a laptop: one REST API on an HTTP port of the loopback interface.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { readBody } from '../../http-body.ts';
import type { Permission, RestApi } from '../deploy/deployment.ts';
import type { Invoke } from '../lambda/functions.ts';
import { answerOf } from './integration.ts';
import { mayInvoke } from './permission.ts';
import { refuse } from './refusal.ts';
import type { GatewayAnswer } from './refusal.ts';
import { proxyEvent } from './request.ts';
import type { GatewayRequest } from './request.ts';
import { routesOf } from './routes.ts';
import type { Match } from './routes.ts';
import { validatorOf } from './validation.ts';

export interface GatewayOptions {
  readonly api: RestApi;
  readonly invoke: Invoke;
  readonly permissions: readonly Permission[];
  /** Epoch milliseconds. */
  readonly clock: () => number;
  /** Told of what went wrong inside, which the caller isn't. */
  readonly report: (error: unknown, where: string) => void;
}

/** API Gateway's limits. The server that the listener is for enforces the second one. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;
export const MAX_HEAD_BYTES = 10_240;

/** Answers requests as the REST API does. The caller has a server that listens on a loopback address. */
export function createGateway(options: GatewayOptions): RequestListener {
  const { api, report } = options;
  const answer = answererOf(options);
  return (request, response) => {
    serve(request, response).catch((error: unknown) => {
      report(error, 'the connection');
      response.destroy();
    });
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const id = randomUUID();
    const result = await handle(request, id).catch((error: unknown) => {
      report(error, `${request.method ?? ''} ${request.url ?? ''}`);
      return refuse(api, 'DEFAULT_5XX', id);
    });
    // By the clock that the answer's own times go by, so that clients can count down to them.
    response.setHeader('date', new Date(options.clock()).toUTCString());
    respond(response, result, id);
  }

  async function handle(message: IncomingMessage, id: string): Promise<GatewayAnswer> {
    // A web page whose name was rebound to 127.0.0.1 reaches this socket, but with its own name in Host.
    if (!isOwnHost(message)) return text(403, 'Host not allowed\n');
    const isTooLarge = Number(message.headers['content-length'] ?? 0) > MAX_BODY_BYTES;
    const body = isTooLarge ? undefined : await readBody(message, MAX_BODY_BYTES);
    if (body === undefined) return refuse(api, 'REQUEST_TOO_LARGE', id);
    return answer(requestOf(message, body, id, options.clock()));
  }
}

function answererOf({ api, invoke, permissions }: GatewayOptions): (request: GatewayRequest) => Promise<GatewayAnswer> {
  const [stage, ...others] = api.stages;
  if (stage === undefined || others.length > 0) throw new Error(`the REST API \`${api.name}\` needs exactly one stage`);
  const find = routesOf(api);
  const validate = validatorOf(api);

  return async (request) => {
    const match = find(request.method, request.path);
    if (!match) return refuse(api, 'MISSING_AUTHENTICATION_TOKEN', request.id);
    const refused = validate(request, match);
    if (refused) return refuse(api, refused.type, request.id, refused.message);
    if (!mayInvoke(permissions, 'apigateway.amazonaws.com', match.method.functionArn, sourceArn(api, stage, match))) {
      return refuse(api, 'API_CONFIGURATION_ERROR', request.id);
    }
    const event = proxyEvent(request, match, api, stage);
    const outcome = await within(match.method.timeoutMs, invoke(match.method.functionArn, event));
    if (outcome === undefined) return refuse(api, 'INTEGRATION_TIMEOUT', request.id);
    return answerOf(outcome) ?? refuse(api, 'DEFAULT_5XX', request.id);
  };
}

/** What API Gateway states as its own ARN when it invokes: `…/<stage>/<METHOD>/<resource path>`. */
function sourceArn(api: RestApi, stage: string, { method, resourcePath }: Match): string {
  return `arn:aws:execute-api:${api.region}:${api.accountId}:${api.id}/${stage}/${method.httpMethod}${resourcePath}`;
}

async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, milliseconds, undefined);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function isOwnHost(message: IncomingMessage): boolean {
  const port = message.socket.localPort ?? 0;
  return [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`].includes(message.headers.host ?? '');
}

function requestOf(message: IncomingMessage, body: Buffer, id: string, now: number): GatewayRequest {
  const target = message.url ?? '/';
  const at = target.indexOf('?');
  const headers: [string, string][] = [];
  for (let i = 0; i < message.rawHeaders.length; i += 2) {
    headers.push([message.rawHeaders[i] ?? '', message.rawHeaders[i + 1] ?? '']);
  }
  return {
    id,
    receivedAt: now,
    method: message.method ?? '',
    path: at === -1 ? target : target.slice(0, at),
    query: new URLSearchParams(at === -1 ? '' : target.slice(at + 1)),
    headers,
    sourceIp: (message.socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, ''),
    protocol: `HTTP/${message.httpVersion}`,
    body,
  };
}

function text(status: number, body: string): GatewayAnswer {
  return { status, headers: [['Content-Type', 'text/plain']], body: Buffer.from(body) };
}

function respond(response: ServerResponse, { status, headers, body }: GatewayAnswer, requestId: string): void {
  for (const [name, value] of headers) response.appendHeader(name, value);
  response.setHeader('x-amzn-RequestId', requestId);
  // A request whose body was not read to its end can't be followed by another one.
  if (!response.req.complete) response.setHeader('connection', 'close');
  response.setHeader('content-length', body.length);
  response.writeHead(status);
  response.end(body);
}
