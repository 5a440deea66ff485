import type { APIGatewayProxyEvent } from 'aws-lambda';

export interface EventFacts {
  readonly method?: string;
  readonly resource: string;
  readonly path?: Record<string, string>;
  readonly query?: Record<string, string[]>;
  readonly headers?: Record<string, string[]>;
  readonly body?: string | null;
}

/** A REST API proxy event, with only what an edge may look at. */
export function apiEvent({
  method = 'GET',
  resource,
  path,
  query,
  headers = {},
  body = null,
}: EventFacts): APIGatewayProxyEvent {
  const single = Object.fromEntries(Object.entries(headers).map(([name, values]) => [name, values.at(-1)]));
  const event: Partial<APIGatewayProxyEvent> = {
    resource,
    path: resource,
    httpMethod: method,
    headers: single,
    multiValueHeaders: headers,
    pathParameters: path ?? null,
    queryStringParameters: null,
    multiValueQueryStringParameters: query ?? null,
    body,
    isBase64Encoded: false,
    requestContext: {
      requestId: 'req-1',
      identity: { sourceIp: '192.0.2.1' },
    } as APIGatewayProxyEvent['requestContext'],
  };
  return event as APIGatewayProxyEvent;
}
