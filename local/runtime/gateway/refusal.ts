/**
 * What API Gateway answers itself, in the words that the template's gateway responses give it.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
 */
import type { GatewayResponseSpec, RestApi } from '../deploy/deployment.ts';

/** Default status and message by response type. */
const DEFAULTS = {
  BAD_REQUEST_BODY: { status: 400, message: 'Invalid request body' },
  BAD_REQUEST_PARAMETERS: { status: 400, message: '' },
  INTEGRATION_FAILURE: { status: 504, message: 'Network error communicating with endpoint' },
  INTEGRATION_TIMEOUT: { status: 504, message: 'Endpoint request timed out' },
  MISSING_AUTHENTICATION_TOKEN: { status: 403, message: 'Missing Authentication Token' },
  REQUEST_TOO_LARGE: { status: 413, message: 'Request Too Long' },
  /** A function that failed, can't be invoked, or answered nonsense. */
  API_CONFIGURATION_ERROR: { status: 500, message: 'Internal server error' },
  DEFAULT_5XX: { status: 502, message: 'Internal server error' },
} as const;

export type RefusalType = keyof typeof DEFAULTS;

export interface GatewayAnswer {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

/** @param message in place of the type's own */
export function refuse(api: RestApi, type: RefusalType, requestId: string, message?: string): GatewayAnswer {
  const standard = DEFAULTS[type];
  const fallback = standard.status >= 500 ? 'DEFAULT_5XX' : 'DEFAULT_4XX';
  const spec = api.responses.get(type) ?? api.responses.get(fallback);
  const text = message ?? standard.message;
  const variables: Readonly<Record<string, string>> = {
    'context.requestId': requestId,
    'context.error.message': text,
    'context.error.messageString': JSON.stringify(text),
    'context.error.responseType': type,
    'context.error.validationErrorString': text,
  };
  const [contentType, template] = Object.entries(spec?.templates ?? {})[0] ?? [
    'application/json',
    '{"message":$context.error.messageString}',
  ];
  const body = template.replace(/\$(context(?:\.\w+)+)/g, (whole, name: string) =>
    Object.hasOwn(variables, name) ? (variables[name] ?? '') : whole,
  );
  const headers = new Map([['content-type', contentType], ...headersOf(spec)]);
  return {
    status: spec?.statusCode ?? standard.status,
    headers: [...headers, ['x-amzn-ErrorType', errorType(type)]],
    body: Buffer.from(body),
  };
}

/** By lower-case name: a header that the template sets takes the place of the standard one. */
const headersOf = (spec: GatewayResponseSpec | undefined): [string, string][] =>
  Object.entries(spec?.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]);

/** `MISSING_AUTHENTICATION_TOKEN` is `MissingAuthenticationTokenException`. */
function errorType(type: RefusalType): string {
  const words = type.toLowerCase().split('_');
  return `${words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')}Exception`;
}
