import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { beginInvocation } from './deadline.ts';
import type { FormFields } from './form.ts';
import { readForm } from './form.ts';
import type { Log } from './log.ts';
import { oauthRefusalOf } from './oauthRefusal.ts';
import { withTrace } from './trace.ts';

/** A form that was sent to an endpoint of the authorization server. Nothing in it is verified. */
export interface OAuthRequest {
  readonly event: APIGatewayProxyEvent;
  readonly fields: FormFields;
}

export interface OAuthAnswer {
  readonly body: string;
  /** @default application/json */
  readonly contentType?: string;
}

/** What answers at one path. */
export interface OAuthEndpoint {
  /** Of the contract's route, for the log. */
  readonly route: string;
  readonly answer: (request: OAuthRequest) => Promise<OAuthAnswer>;
}

export interface OAuthEdgeDeps {
  readonly log: Log;
  /** The nonce that DPoP proofs need now, for the `DPoP-Nonce` header (RFC 9449 §8). */
  readonly nonce: () => Promise<string>;
}

export type OAuthHandler = (
  event: APIGatewayProxyEvent,
  context?: Pick<Context, 'getRemainingTimeInMillis'>,
) => Promise<APIGatewayProxyResult>;

/**
 * The edge of the authorization server: forms in, JSON as the OAuth RFCs have it out. Every answer to a request with a
 * DPoP proof brings the nonce for the next one.
 *
 * @param endpoints by API Gateway's resource path; each takes `POST` alone
 */
export function createOAuthEdge(deps: OAuthEdgeDeps, endpoints: Readonly<Record<string, OAuthEndpoint>>): OAuthHandler {
  return async (event, context) => {
    beginInvocation(context);
    const traceId = event.requestContext.requestId;
    const endpoint =
      event.httpMethod === 'POST' && Object.hasOwn(endpoints, event.resource) ? endpoints[event.resource] : undefined;
    const result = await withTrace(traceId, answerOf);
    deps.log.answered({ route: endpoint?.route ?? 'none', status: result.statusCode, traceId });
    return result;

    async function answerOf(): Promise<APIGatewayProxyResult> {
      try {
        if (!endpoint) return respond(405, refusalBody('invalid_request', 'the path has no such method'), {});
        const { body, contentType } = await endpoint.answer({ event, fields: readForm(event) });
        return respond(200, body, {
          ...(await nonceHeader(false)),
          ...(contentType && { 'content-type': contentType }),
        });
      } catch (error) {
        const { status, error: code, description, unexpected } = oauthRefusalOf(error);
        if (unexpected) deps.log.failed(error, traceId);
        return respond(status, refusalBody(code, description), {
          ...(await nonceHeader(code === 'use_dpop_nonce')),
          // Rates are counted by the minute.
          ...(code === 'slow_down' && { 'retry-after': '60' }),
          // RFC 6749 §5.2: how to say who one is. There are no passwords, so nothing that a browser would ask for.
          ...(status === 401 && { 'www-authenticate': 'Bearer realm="writ"' }),
        });
      }
    }

    async function nonceHeader(always: boolean): Promise<Record<string, string>> {
      if (!always && !hasProof(event)) return {};
      try {
        return { 'dpop-nonce': await deps.nonce() };
      } catch (error) {
        // The answer itself is right without it; the next request is told that it needs one.
        deps.log.failed(error, traceId);
        return {};
      }
    }
  };
}

const hasProof = (event: APIGatewayProxyEvent): boolean =>
  Object.keys(event.multiValueHeaders).some((name) => name.toLowerCase() === 'dpop');

const refusalBody = (error: string, description: string): string =>
  JSON.stringify({ error, error_description: description });

/** RFC 6749 §5.1: no cache keeps a token. */
const respond = (statusCode: number, body: string, headers: Record<string, string>): APIGatewayProxyResult => ({
  statusCode,
  headers: {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    pragma: 'no-cache',
    'x-content-type-options': 'nosniff',
    ...headers,
  },
  body,
});
