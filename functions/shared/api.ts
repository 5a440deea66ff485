import { createHash } from 'node:crypto';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import type * as z from 'zod';
import { TokenError } from '../../adapters/oidc/tokenError.ts';
import type { TokenVerifier } from '../../adapters/oidc/verifier.ts';
import type { Route, RouteId } from '../../contract/routes.ts';
import { ROUTES } from '../../contract/routes.ts';
import { canonicalJson } from '../../core/canonical.ts';
import { WritError } from '../../core/errors.ts';
import type { PrincipalId } from '../../core/principal.ts';
import type { Answer, Caller, Idempotency } from '../../core/usecases/deps.ts';
import { SEALED_SCHEME } from '../../contract/sealed.ts';
import { beginInvocation } from './deadline.ts';
import type { Log } from './log.ts';
import { problem, problemOf } from './problem.ts';
import type { ParsedRequest } from './request.ts';
import { headerOf, parseRequest } from './request.ts';
import type { SealedDeps } from './sealed.ts';
import { verifySealed } from './sealed.ts';
import { recordUnsealed, SealedRefusal } from './sealedRefusal.ts';
import { withTrace } from './trace.ts';

type Table = typeof ROUTES;
type DutyRoutes<D extends Route['duty']> = { [K in RouteId]: Table[K]['duty'] extends D ? K : never }[RouteId];
type Parsed<K extends RouteId, M extends string> =
  Table[K] extends Record<M, infer S> ? (S extends z.ZodType ? z.output<S> : undefined) : undefined;

/** A request that passed its route's schemas. `caller` is verified; on public routes there is none. */
export interface ApiRequest<K extends RouteId = RouteId> {
  readonly caller: Table[K]['audience'][number] extends 'public' ? undefined : Caller;
  readonly path: Parsed<K, 'pathParameters'>;
  readonly query: Parsed<K, 'query'>;
  readonly body: Parsed<K, 'body'>;
  readonly idempotency: Idempotency | undefined;
  readonly traceId: string;
}

/** An answer with a header of its own: what may be kept by caches says so. */
export interface ApiAnswer extends Answer {
  /** @default no-store */
  readonly cacheControl?: string;
  readonly retryAfterSeconds?: number;
}

/** Rates are counted by the minute: in this many seconds at the latest the next one has begun. */
const NEXT_MINUTE = { retryAfterSeconds: 60 };

/** One handler for each route of a duty: a missing one does not compile. */
export type Handlers<D extends Route['duty']> = {
  readonly [K in DutyRoutes<D>]: (request: ApiRequest<K>) => Promise<ApiAnswer>;
};

const HTML_TYPE = 'text/html; charset=utf-8';

/** A page of Writ's own: it runs nothing, loads nothing, is in no frame, and tells nobody where it was left for. */
const PAGE_HEADERS = {
  'content-security-policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
  'referrer-policy': 'no-referrer',
} as const;

export interface ApiDeps {
  readonly verifier: Pick<TokenVerifier, 'verify'> | undefined;
  /** Where a duty has routes that a sealed key may sign for. */
  readonly sealed?: SealedDeps;
  readonly log: Log;
}

export type ApiHandler = (
  event: APIGatewayProxyEvent,
  context?: Pick<Context, 'getRemainingTimeInMillis'>,
) => Promise<APIGatewayProxyResult>;

/**
 * The edge of a duty: event → verified caller and parsed request → handler → answer. Tokens are verified here, on
 * every call; nothing is cached from an authorizer.
 */
export function createApi<D extends Route['duty']>(duty: D, deps: ApiDeps, handlers: Handlers<D>): ApiHandler {
  const byKey = new Map<string, { id: RouteId; route: Route }>();
  for (const [id, route] of Object.entries(ROUTES) as [RouteId, Route][]) {
    if (route.duty === duty) byKey.set(`${route.method} ${route.path}`, { id, route });
  }
  return async (event, context) => {
    beginInvocation(context);
    const traceId = event.requestContext.requestId;
    const found = byKey.get(`${event.httpMethod} ${event.resource}`);
    const answer = await withTrace(traceId, answerOf);
    deps.log.answered({ route: found?.id ?? 'none', status: answer.status, traceId });
    return respond(answer, found?.route);

    async function answerOf(): Promise<ApiAnswer> {
      try {
        if (!found) throw new WritError('method_not_allowed', 'there is no such operation');
        const caller = found.route.audience.includes('public')
          ? undefined
          : await authenticate(deps, found.route, event);
        const request = parseRequest(found.route, event);
        // `byKey` has this duty's routes alone, so there is a handler; it takes what its own route's schemas made of the
        // request, and its caller. The compiler can't see that a route and its handler, both chosen here, are a pair.
        const handler = handlers[found.id as DutyRoutes<D>] as unknown as (request: unknown) => Promise<ApiAnswer>;
        return await handler({ ...request, caller, idempotency: idempotencyOf(found.id, request, caller), traceId });
      } catch (error) {
        if (error instanceof TokenError) return await refuse(error);
        if (!(error instanceof WritError)) deps.log.failed(error, traceId);
        const isTooMuch = error instanceof WritError && error.code === 'too_many_requests';
        return { ...problemOf(error, traceId), ...(isTooMuch && NEXT_MINUTE) };
      }
    }

    async function refuse(error: TokenError): Promise<Answer> {
      try {
        if (error instanceof SealedRefusal && deps.sealed) await recordUnsealed(deps.sealed, error);
        return tokenProblem(error, traceId);
      } catch (failure) {
        // It is refused all the same, but not as if that were on record.
        deps.log.failed(failure, traceId);
        return problemOf(failure, traceId);
      }
    }
  };
}

/** @throws TokenError */
async function authenticate(deps: ApiDeps, route: Route, event: APIGatewayProxyEvent): Promise<Caller> {
  const [scheme, token, ...more] = (headerOf(event, 'authorization') ?? '').split(' ');
  const { sourceIp } = event.requestContext.identity;
  if (scheme === SEALED_SCHEME && token && more.length === 0 && route.sealed && deps.sealed) {
    return { principal: await verifySealed(deps.sealed, event, token), sourceIp };
  }
  if (scheme?.toLowerCase() !== 'bearer' || !token || more.length > 0 || !deps.verifier) {
    throw new TokenError('token_missing', 'send an access token: `Authorization: Bearer …`');
  }
  const { principal, jkt } = await deps.verifier.verify(token);
  // RFC 9449 §7.2: who only has the token is not its holder. There is no proof of possession at this edge.
  if (jkt !== undefined) {
    throw new TokenError('token_bound', 'the token is bound to a DPoP key, so it is no bearer token: get one without');
  }
  return { principal, sourceIp };
}

function tokenProblem(error: TokenError, traceId: string): Answer {
  const detail = `${error.message} (${error.code})`;
  return problem({ code: error.status === 503 ? 'unavailable' : 'unauthenticated', detail, traceId });
}

/** A key means something only together with who gave it and for what (I8, I10). */
function idempotencyOf(route: RouteId, request: ParsedRequest, caller: Caller | undefined): Idempotency | undefined {
  if (request.idempotencyKey === undefined || !caller) return undefined;
  const scope: { principal: PrincipalId; route: string; path: string; key: string } = {
    principal: caller.principal.id,
    route,
    path: JSON.stringify(request.path),
    key: request.idempotencyKey,
  };
  const asked = canonicalJson({ query: JSON.stringify(request.query), body: JSON.stringify(request.body) });
  return { keySha256: sha256(canonicalJson(scope)), bodySha256: sha256(asked) };
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** An answer as API Gateway takes it. */
export function respond(
  { status, body, cacheControl, retryAfterSeconds }: ApiAnswer,
  route?: Pick<Route, 'produces'>,
): APIGatewayProxyResult {
  const isPage = status < 400 && route?.produces === 'text/html';
  const successType = isPage ? HTML_TYPE : (route?.produces ?? 'application/json');
  return {
    statusCode: status,
    headers: {
      'content-type': status >= 400 ? 'application/problem+json' : successType,
      ...(isPage && PAGE_HEADERS),
      'cache-control': cacheControl ?? 'no-store',
      'x-content-type-options': 'nosniff',
      ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
      ...(status === 401 && { 'www-authenticate': 'Bearer realm="writ", error="invalid_token"' }),
    },
    body,
  };
}
