import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { ResponseType } from 'aws-cdk-lib/aws-apigateway';
import type { PublicErrorCode } from '../../contract/errors.ts';
import { PUBLIC_ERRORS } from '../../contract/errors.ts';

/**
 * What the gateway answers by itself, before or instead of a function: each as the contract's error with its status.
 * The path that does not exist is first: API Gateway calls it a missing authentication token, with 403.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
 */
const RESPONSES: readonly (readonly [type: ResponseType, code: PublicErrorCode, detail: string])[] = [
  [ResponseType.MISSING_AUTHENTICATION_TOKEN, 'not_found', 'there is no such path, or it has no such method'],
  [ResponseType.RESOURCE_NOT_FOUND, 'not_found', 'there is no such path'],
  [ResponseType.BAD_REQUEST_BODY, 'invalid_request', 'the body must be a JSON object'],
  [ResponseType.BAD_REQUEST_PARAMETERS, 'invalid_request', 'a parameter is missing or malformed'],
  [ResponseType.UNSUPPORTED_MEDIA_TYPE, 'unsupported_media_type', 'the body must be application/json'],
  [ResponseType.REQUEST_TOO_LARGE, 'payload_too_large', 'the body is too large'],
  [ResponseType.THROTTLED, 'too_many_requests', 'the API is at its rate limit'],
  [ResponseType.QUOTA_EXCEEDED, 'too_many_requests', 'the quota is used up'],
  [ResponseType.UNAUTHORIZED, 'unauthenticated', 'the request carries no valid access token'],
  [ResponseType.ACCESS_DENIED, 'forbidden', 'the request is not allowed'],
  [ResponseType.WAF_FILTERED, 'forbidden', 'the web application firewall refused the request'],
  [ResponseType.INTEGRATION_TIMEOUT, 'unavailable', 'the answer took too long; the request may have been carried out'],
  [ResponseType.INTEGRATION_FAILURE, 'unavailable', 'the function behind the API did not answer'],
  [ResponseType.DEFAULT_4XX, 'invalid_request', 'the gateway refused the request'],
  [ResponseType.DEFAULT_5XX, 'internal_error', 'the gateway could not complete the request'],
];

/** RFC 9457 problems in the form that the functions use, for everything that no function answers. */
export function addGatewayResponses(api: RestApi): void {
  for (const [type, code, detail] of RESPONSES) {
    const { status, title, remediation } = PUBLIC_ERRORS[code];
    const body = { type: `urn:writ:error:${code}`, title, status, code, detail, remediation };
    api.addGatewayResponse(type.responseType, {
      type,
      statusCode: String(status),
      responseHeaders: {
        'Content-Type': "'application/problem+json'",
        'Cache-Control': "'no-store'",
      },
      // The request id is the gateway's own and can be found in its access log; nothing of the caller's is echoed.
      templates: { 'application/json': JSON.stringify({ ...body, traceId: '$context.requestId' }) },
    });
  }
}
