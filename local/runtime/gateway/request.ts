/** A request as the gateway has read it, and the event that a Lambda proxy integration makes of it. */
import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { RestApi } from '../deploy/deployment.ts';
import type { Match } from './routes.ts';

export interface GatewayRequest {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
  readonly method: string;
  /** As sent, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names as the client wrote them, in order. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly sourceIp: string;
  readonly protocol: string;
  readonly body: Buffer;
}

/** The last value of a header, whatever the case of its name. */
export function headerOf(request: GatewayRequest, name: string): string | undefined {
  return request.headers.findLast(([candidate]) => candidate.toLowerCase() === name)?.[1];
}

/**
 * The event of a REST API, payload format 1.0.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-input-format
 */
export function proxyEvent(request: GatewayRequest, match: Match, api: RestApi, stage: string): APIGatewayProxyEvent {
  const headers: (readonly [string, string])[] = [
    ...request.headers,
    [
      'X-Amzn-Trace-Id',
      `Root=1-${Math.floor(request.receivedAt / 1000).toString(16)}-${request.id.replaceAll('-', '').slice(0, 24)}`,
    ],
    ['X-Forwarded-For', [headerOf(request, 'x-forwarded-for'), request.sourceIp].filter(Boolean).join(', ')],
    ['X-Forwarded-Proto', 'http'],
  ];
  const query = [...request.query];
  return {
    resource: match.resourcePath,
    path: request.path,
    httpMethod: request.method,
    headers: lastValues(headers),
    multiValueHeaders: allValues(headers),
    queryStringParameters: query.length === 0 ? null : lastValues(query),
    multiValueQueryStringParameters: query.length === 0 ? null : allValues(query),
    pathParameters: Object.keys(match.pathParameters).length === 0 ? null : match.pathParameters,
    stageVariables: null,
    requestContext: {
      accountId: api.accountId,
      apiId: api.id,
      authorizer: null,
      domainName: headerOf(request, 'host') ?? '',
      extendedRequestId: request.id,
      httpMethod: request.method,
      identity: { ...NO_IDENTITY, sourceIp: request.sourceIp, userAgent: headerOf(request, 'user-agent') ?? null },
      path: `/${stage}${request.path}`,
      protocol: request.protocol,
      requestId: request.id,
      requestTime: commonLogTime(request.receivedAt),
      requestTimeEpoch: request.receivedAt,
      resourceId: match.method.resourceId,
      resourcePath: match.resourcePath,
      stage,
    },
    body: request.body.length === 0 ? null : request.body.toString('utf8'),
    isBase64Encoded: false,
  };
}

const NO_IDENTITY = {
  accessKey: null,
  accountId: null,
  apiKey: null,
  apiKeyId: null,
  caller: null,
  clientCert: null,
  cognitoAuthenticationProvider: null,
  cognitoAuthenticationType: null,
  cognitoIdentityId: null,
  cognitoIdentityPoolId: null,
  principalOrgId: null,
  user: null,
  userArn: null,
} as const;

type Pairs = Iterable<readonly [string, string]>;

function lastValues(pairs: Pairs): Record<string, string> {
  return Object.fromEntries(pairs);
}

function allValues(pairs: Pairs): Record<string, string[]> {
  const values = new Map<string, string[]>();
  for (const [name, value] of pairs) values.set(name, [...(values.get(name) ?? []), value]);
  return Object.fromEntries(values);
}

/** As in `21/Nov/2026:09:00:00 +0000`. */
function commonLogTime(epochMs: number): string {
  const [, day = '', month = '', year = '', time = ''] =
    /^\w+, (\d+) (\w+) (\d+) ([\d:]+) GMT$/.exec(new Date(epochMs).toUTCString()) ?? [];
  return `${day}/${month}/${year}:${time} +0000`;
}
