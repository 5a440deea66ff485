import type { APIGatewayProxyEvent } from 'aws-lambda';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createGateway, MAX_HEAD_BYTES } from '../../../../local/runtime/gateway/server.ts';
import type { GatewayOptions } from '../../../../local/runtime/gateway/server.ts';
import type { Outcome } from '../../../../local/runtime/lambda/outcome.ts';
import { api, FUNCTION_ARN } from './api.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

interface Gateway {
  readonly url: string;
  readonly port: number;
  readonly events: APIGatewayProxyEvent[];
  readonly reports: unknown[];
}

const answer = (value: unknown): Outcome => ({ ok: true, payload: JSON.stringify(value) });

async function gateway(
  outcome: () => Outcome | Promise<Outcome> = () => answer({ statusCode: 200, body: '{}' }),
  options: Partial<GatewayOptions> = {},
): Promise<Gateway> {
  const events: APIGatewayProxyEvent[] = [];
  const reports: unknown[] = [];
  const listener = createGateway({
    api: api(),
    invoke: async (_arn, event) => {
      events.push(event as APIGatewayProxyEvent);
      return outcome();
    },
    permissions: [{ functionArn: FUNCTION_ARN, principal: 'apigateway.amazonaws.com' }],
    clock: () => Date.UTC(2026, 10, 21, 9, 8, 7),
    report: (error) => reports.push(error),
    ...options,
  });
  const server = createServer({ maxHeaderSize: MAX_HEAD_BYTES }, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, events, reports };
}

/** Sends what `fetch` would not let through: any Host header. */
function statusFor(port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', path: '/', headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}

describe('the event', () => {
  it('is a REST API’s, payload format 1.0', async () => {
    const { url, events, port } = await gateway();
    await fetch(`${url}/v1/things/a%2Fb/end?x=1&x=2&y=%C3%BC`, {
      method: 'POST',
      headers: { 'X-Mine': 'yes', 'user-agent': 'tester', 'x-forwarded-for': '10.0.0.1' },
      body: '{"a":"ü"}',
    });
    const [event] = events;
    expect(event).toMatchObject({
      resource: '/v1/things/{id}/end',
      path: '/v1/things/a%2Fb/end',
      httpMethod: 'POST',
      pathParameters: { id: 'a/b' },
      queryStringParameters: { x: '2', y: 'ü' },
      multiValueQueryStringParameters: { x: ['1', '2'], y: ['ü'] },
      body: '{"a":"ü"}',
      isBase64Encoded: false,
      stageVariables: null,
      requestContext: {
        accountId: '999988887777',
        apiId: 'api',
        domainName: `127.0.0.1:${port}`,
        httpMethod: 'POST',
        identity: { sourceIp: '127.0.0.1', userAgent: 'tester', user: null },
        path: '/live/v1/things/a%2Fb/end',
        protocol: 'HTTP/1.1',
        requestTime: '21/Nov/2026:09:08:07 +0000',
        requestTimeEpoch: Date.UTC(2026, 10, 21, 9, 8, 7),
        resourceId: 'end',
        resourcePath: '/v1/things/{id}/end',
        stage: 'live',
      },
    });
    expect(event?.multiValueHeaders['X-Forwarded-For']).toEqual(['10.0.0.1, 127.0.0.1']);
    expect(Object.entries(event?.headers ?? {})).toContainEqual(['X-Mine', 'yes']);
    expect(event?.headers['X-Amzn-Trace-Id']).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/);
  });

  it('has a form as it was sent, whatever it repeats: its function takes it apart', async () => {
    const { url, events } = await gateway();
    const form = 'audience=https%3A%2F%2Fa.example&audience=https%3A%2F%2Fb.example&scope=a+b';
    await fetch(`${url}/v1/things`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: form,
    });
    expect(events[0]).toMatchObject({ resource: '/v1/things', body: form, isBase64Encoded: false });
  });

  it('has no client certificate, whatever headers say: certificates come by the handshake alone', async () => {
    const { url, events } = await gateway();
    const names = ['client-cert', 'x-client-cert', 'x-amzn-mtls-clientcert', 'x-forwarded-client-cert', 'x-ssl-cert'];
    await fetch(url, { headers: Object.fromEntries(names.map((name) => [name, 'MIIB'])) });
    expect(events[0]?.requestContext.identity.clientCert).toBeNull();
  });

  it('has `null` where there is no query, parameter or body', async () => {
    const { url, events } = await gateway();
    await fetch(url);
    expect(events[0]).toMatchObject({
      queryStringParameters: null,
      multiValueQueryStringParameters: null,
      pathParameters: null,
      body: null,
    });
  });
});

describe('the function’s answer', () => {
  it('becomes the response', async () => {
    const body = Buffer.from([0, 255]).toString('base64');
    const { url, events } = await gateway(() =>
      answer({
        statusCode: 201,
        headers: { 'Content-Type': 'application/octet-stream', 'Set-Cookie': 'never', 'X-Number': 7 },
        multiValueHeaders: { 'set-cookie': ['a=1', 'b=2'] },
        body,
        isBase64Encoded: true,
      }),
    );
    const response = await fetch(url);
    expect(response.status).toBe(201);
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    expect(response.headers.get('x-number')).toBe('7');
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(response.headers.get('x-amzn-requestid')).toBe(events[0]?.requestContext.requestId);
    expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([0, 255]);
  });

  it('is dated by the system’s clock', async () => {
    const { url } = await gateway();
    for (const path of ['/v1/grants/1', '/nowhere']) {
      const response = await fetch(url + path);
      expect(response.headers.get('date')).toBe('Sat, 21 Nov 2026 09:08:07 GMT');
    }
  });

  it('is JSON where it names no type', async () => {
    const { url } = await gateway();
    expect((await fetch(url)).headers.get('content-type')).toBe('application/json');
  });

  it.each([
    ['failed', (): Outcome => ({ ok: false, error: { errorType: 'Error', errorMessage: 'a secret' } })],
    ['has no status', (): Outcome => answer({ body: '' })],
    ['has a member that a proxy integration does not know', (): Outcome => answer({ statusCode: 200, bdy: '' })],
    ['has a body that is no text', (): Outcome => answer({ statusCode: 200, body: {} })],
    ['is nothing', (): Outcome => answer(null)],
  ])('that %s is a 502 that tells nothing', async (_name, outcome) => {
    const { url } = await gateway(outcome);
    const response = await fetch(url);
    expect(response.status).toBe(502);
    expect(await response.json()).toEqual({ message: 'Internal server error' });
  });

  it('that does not come in time is a 504', async () => {
    const late = api();
    const [first] = late.methods;
    if (first) late.methods[0] = { ...first, timeoutMs: 10 };
    const { url } = await gateway(() => new Promise<Outcome>(() => undefined), { api: late });
    const response = await fetch(url);
    expect(response.status).toBe(504);
    expect(await response.json()).toEqual({ message: 'Endpoint request timed out' });
  });

  it('that can’t be had at all is reported here, and told nobody else', async () => {
    const { url, reports } = await gateway(() => Promise.reject(new Error('no such role')));
    const response = await fetch(url);
    expect(response.status).toBe(502);
    expect(await response.json()).toEqual({ message: 'Internal server error' });
    expect(reports).toEqual([new Error('no such role')]);
  });
});

describe('the gateway itself', () => {
  it('answers an unknown path in the template’s own words', async () => {
    const { url, events } = await gateway();
    const response = await fetch(`${url}/nowhere`);
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({
      code: 'not_found',
      traceId: response.headers.get('x-amzn-requestid'),
    });
    expect(events).toEqual([]);
  });

  it.each([
    ['no body', undefined, 400],
    ['a body that is not JSON', '{', 400],
    ['a body that does not fit the model', '{"name":"too long"}', 400],
    ['a body that lacks a member', '{}', 400],
    ['a body that fits', '{"name":"short","more":1}', 200],
  ])('checks the body by the model: %s', async (_name, body, status) => {
    const { url, events } = await gateway();
    const response = await fetch(`${url}/v1/things`, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      ...(body !== undefined && { body }),
    });
    expect(response.status).toBe(status);
    expect(events).toHaveLength(status === 200 ? 1 : 0);
    if (status !== 200)
      expect(await response.json()).toEqual({ detail: 'Invalid request body', kind: 'BAD_REQUEST_BODY' });
  });

  it('does not look at a body whose type has no model', async () => {
    const { url } = await gateway();
    const headers = { 'content-type': 'text/plain' };
    expect((await fetch(`${url}/v1/things`, { method: 'POST', headers, body: '{' })).status).toBe(200);
  });

  it('demands required parameters', async () => {
    const { url } = await gateway();
    const response = await fetch(`${url}/v1/things`);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      detail: 'Missing required request parameters: [page]',
      kind: 'BAD_REQUEST_PARAMETERS',
    });
    expect((await fetch(`${url}/v1/things?page=1`)).status).toBe(200);
  });

  it('refuses what is too large, without reading it all', async () => {
    const { url, events } = await gateway();
    const response = await fetch(`${url}/v1/things/7/end`, {
      method: 'POST',
      body: Buffer.alloc(10 * 1024 * 1024 + 1),
    });
    expect(response.status).toBe(413);
    expect(response.headers.get('connection')).toBe('close');
    expect(events).toEqual([]);
  });

  it('invokes only where the function’s resource policy lets it', async () => {
    const { url, events } = await gateway(undefined, { permissions: [] });
    expect((await fetch(url)).status).toBe(500);
    expect(events).toEqual([]);
  });

  it('answers to loopback names only', async () => {
    const { port, events } = await gateway();
    expect(await statusFor(port, `127.0.0.1:${port}`)).toBe(200);
    expect(await statusFor(port, `localhost:${port}`)).toBe(200);
    expect(await statusFor(port, `[::1]:${port}`)).toBe(200);
    expect(await statusFor(port, `attacker.example:${port}`)).toBe(403);
    expect(await statusFor(port, 'localhost')).toBe(403);
    expect(events).toHaveLength(3);
  });

  it('is for one stage', () => {
    expect(() => createGateway({ ...BARE, api: { ...api(), stages: [] } })).toThrow('needs exactly one stage');
  });
});

const BARE: GatewayOptions = {
  api: api(),
  invoke: () => Promise.reject(new Error('unused')),
  permissions: [],
  clock: () => 0,
  report: () => undefined,
};
