/**
 * The local AWS endpoint: one HTTP server for all services.
 *
 * It answers on loopback only, and to loopback names only. Every call is authenticated by its signature and authorized
 * by IAM before a service sees it; a service only states what it needs.
 */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { readBody } from '../http-body.ts';
import { authenticate } from './authenticate.ts';
import type { SignatureClock } from './authenticate.ts';
import type { Faults } from './faults.ts';
import type { Authorize } from './iam/authorize.ts';
import type { Identities } from './identities.ts';
import { serviceIn } from './protocols/index.ts';
import type { Protocol, WireResponse } from './protocols/protocol.ts';
import { AwsError, DroppedResponse } from './service.ts';
import type { Call, Operation, Service } from './service.ts';
import { signedAt } from './sigv4.ts';

/** Answers a request outside the AWS protocols; false if it is none of its own. */
export type Page = (request: IncomingMessage, body: Buffer, response: ServerResponse) => boolean;

export interface AwsEndpointOptions {
  readonly services: readonly Service[];
  readonly identities: Identities;
  readonly authorize: Authorize;
  /** Epoch milliseconds: what policies, sessions and services go by. */
  readonly clock: () => number;
  /** What signatures may go by besides `clock`, where the clocks of clients outside run otherwise. @default `clock` */
  readonly signatureClock?: () => number;
  /** How many times faster than real time `clock` runs. @default 1 */
  readonly clockRate?: number;
  readonly faults?: Faults;
  /** Such as the sign-in federation. */
  readonly pages?: readonly Page[];
  /** `Host` values to answer to besides 127.0.0.1, localhost and [::1] with the server's own port. @default none */
  readonly allowedHosts?: readonly string[];
  /** Told of every error that is no answer of AWS's: a mistake in the local AWS. */
  readonly report: (error: unknown, where: string) => void;
}

/** DynamoDB's largest request, the largest of all services here. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;
/** A session token holds the whole session, its policy too. */
const MAX_HEADER_BYTES = 32 * 1024;

/** Makes the endpoint. The caller makes it listen, on a loopback address. */
export function createAwsEndpoint(options: AwsEndpointOptions): Server {
  const services = new Map(options.services.map((service) => [service.signingName, service]));
  return createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (request, response) => {
    answer(options, services, request, response).catch((error: unknown) => {
      if (!(error instanceof DroppedResponse)) options.report(error, request.url ?? '');
      request.socket.destroy();
    });
  });
}

async function answer(
  options: AwsEndpointOptions,
  services: ReadonlyMap<string, Service>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // A web page whose name was rebound to 127.0.0.1 reaches this socket, but with its own name in Host.
  if (!isAllowedHost(request, options.allowedHosts ?? [])) {
    respond(response, { status: 403, headers: { 'content-type': 'text/plain' }, body: 'Host not allowed\n' });
    return;
  }
  const body = await readBody(request, MAX_BODY_BYTES);
  if (body === undefined) {
    const headers = { 'content-type': 'text/plain', connection: 'close' };
    respond(response, { status: 413, headers, body: 'Request too large\n' });
    return;
  }
  if (options.pages?.some((page) => page(request, body, response))) return;
  const answered = await answerCall(options, services, request, body);
  response.setHeader('date', new Date(clientTime(options, request)).toUTCString());
  respond(response, answered);
}

async function answerCall(
  options: AwsEndpointOptions,
  services: ReadonlyMap<string, Service>,
  request: IncomingMessage,
  body: Buffer,
): Promise<WireResponse> {
  const requestId = randomUUID();
  const headers = joined(request);
  const { service, protocol } = serviceIn(services, headers);
  try {
    const signed = { method: request.method ?? '', target: request.url ?? '/', headers, body };
    const { caller, region } = authenticate(signed, protocol, {
      identities: options.identities,
      now: options.clock(),
      signatureClocks: signatureClocks(options),
    });
    if (service === undefined) throw commonError(protocol, 'unknownOperation', 'No such service here');

    const { operation, input } = protocol.decode(service, signed);
    const implementation = Object.hasOwn(service.operations, operation) ? service.operations[operation] : undefined;
    if (implementation === undefined) {
      throw commonError(protocol, 'unknownOperation', `Could not find operation ${operation}`);
    }
    const sourceIp = (request.socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, '');
    const call: Call = { caller, region, now: options.clock(), requestId, sourceIp };

    const fate = options.faults?.ofCall(service.signingName, operation) ?? 'none';
    if (fate === 'throttle') throw commonError(protocol, 'throttled', 'Rate exceeded');
    if (fate === 'timeoutBefore') throw new DroppedResponse();
    const output = await run(options.authorize, protocol, implementation, input, call);
    if (fate === 'timeoutAfter') throw new DroppedResponse();
    return protocol.success(service, operation, output, requestId);
  } catch (error) {
    if (error instanceof DroppedResponse) throw error;
    if (error instanceof AwsError) return protocol.failure(service, error, requestId);
    options.report(error, `${service?.signingName ?? 'unknown'} ${headers['x-amz-target'] ?? ''}`);
    const hidden = commonError(protocol, 'internal', 'The local AWS failed; its own log says why');
    return protocol.failure(service, hidden, requestId);
  }
}

async function run(
  authorize: Authorize,
  protocol: Protocol,
  operation: Operation,
  input: unknown,
  call: Call,
): Promise<unknown> {
  // Each operation checks its input itself; the table of operations can't know its type.
  const checked = input as never;
  for (const access of await operation.access(checked, call)) {
    const decision = await authorize(call, access);
    if (!decision.allowed) throw commonError(protocol, 'accessDenied', decision.message);
  }
  return operation.handle(checked, call);
}

/** What clients may sign by. */
function signatureClocks(options: AwsEndpointOptions): readonly [outside: SignatureClock, inside: SignatureClock] {
  const { clock, signatureClock = clock, clockRate = 1 } = options;
  return [
    { now: signatureClock(), rate: 1 },
    { now: clock(), rate: clockRate },
  ];
}

/**
 * What time it is by the clock that the client signs by. The SDK's clients compare `Date` with their own clock, and
 * from a large difference on they sign by what they take for ours.
 */
function clientTime(options: AwsEndpointOptions, { headers }: IncomingMessage): number {
  const [{ now: outside }, { now: inside }] = signatureClocks(options);
  const stated = headers['x-amz-date'];
  const time = (typeof stated === 'string' ? signedAt({ 'x-amz-date': stated }) : undefined) ?? outside;
  return Math.abs(time - inside) < Math.abs(time - outside) ? inside : outside;
}

function commonError(protocol: Protocol, kind: keyof Protocol['errors'], message: string): AwsError {
  const { code, status } = protocol.errors[kind];
  return new AwsError(code, message, status);
}

function isAllowedHost(request: IncomingMessage, others: readonly string[]): boolean {
  const port = request.socket.localPort ?? 0;
  const host = request.headers.host ?? '';
  return [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`, ...others].includes(host);
}

function joined(request: IncomingMessage): Record<string, string> {
  const entries = Object.entries(request.headersDistinct);
  return Object.fromEntries(entries.map(([name, values]) => [name, (values ?? []).join(',')]));
}

function respond(response: ServerResponse, { status, headers, body }: WireResponse): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
