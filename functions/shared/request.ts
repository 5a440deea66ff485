import type { APIGatewayProxyEvent } from 'aws-lambda';
import type * as z from 'zod';
import { parseStrictJson } from '../../tokens/strictJson.ts';
import { idempotencyKeyField } from '../../contract/fields.ts';
import type { Route } from '../../contract/routes.ts';
import { WritError } from '../../core/errors.ts';

export const MAX_BODY_BYTES = 32 * 1024;

/** What a request says, checked against its route's schemas. */
export interface ParsedRequest {
  readonly path: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly idempotencyKey: string | undefined;
  /** The body's bytes as text, for the idempotency hash. */
  readonly rawBody: string;
}

/**
 * Reads an untrusted API Gateway event.
 *
 * @throws WritError `invalid_request`, `payload_too_large`, `unsupported_media_type`
 */
export function parseRequest(route: Route, event: APIGatewayProxyEvent): ParsedRequest {
  const rawBody = route.body ? bodyText(event) : '';
  return {
    path: route.pathParameters ? check(route.pathParameters, event.pathParameters ?? {}, 'path') : {},
    query: check(route.query, queryOf(event), 'query'),
    body: route.body ? check(route.body, rawBody === '' ? {} : parseBody(rawBody), 'body') : undefined,
    idempotencyKey: route.idempotent ? idempotencyKey(event) : undefined,
    rawBody,
  };
}

/** One value of a header, whatever the case of its name. @throws WritError `invalid_request` when it is repeated. */
export function headerOf(event: APIGatewayProxyEvent, name: string): string | undefined {
  const found = Object.entries(event.multiValueHeaders).filter(([key]) => key.toLowerCase() === name);
  const values = found.flatMap(([, value]) => value ?? []);
  if (values.length > 1) throw new WritError('invalid_request', `the header \`${name}\` is given more than once`);
  return values[0];
}

function bodyText(event: APIGatewayProxyEvent): string {
  if (event.body === null || event.body === '') return '';
  if (event.body.length > MAX_BODY_BYTES * 2) throw tooLarge();
  const bytes = Buffer.from(event.body, event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > MAX_BODY_BYTES) throw tooLarge();
  const type = headerOf(event, 'content-type') ?? '';
  if (!/^application\/json(;\s*charset=utf-8)?$/i.test(type.trim())) {
    throw new WritError('unsupported_media_type', 'the body must be `application/json` in UTF-8');
  }
  return bytes.toString('utf8');
}

const tooLarge = (): WritError => new WritError('payload_too_large', 'the body is larger than 32 kB');

function parseBody(text: string): unknown {
  const value = parseStrictJson(Buffer.from(text, 'utf8'));
  if (value !== undefined) return value;
  throw new WritError(
    'invalid_request',
    'the body is not an acceptable JSON object: it is malformed, deeper than 16, names a member twice or uses `__proto__`',
  );
}

function queryOf(event: APIGatewayProxyEvent): Record<string, string> {
  const entries = Object.entries(event.multiValueQueryStringParameters ?? {});
  return Object.fromEntries(
    entries.map(([name, values]) => {
      const [value, ...more] = values ?? [];
      if (more.length > 0) throw new WritError('invalid_request', `query: \`${clip(name)}\` is given more than once`);
      return [name, value ?? ''];
    }),
  );
}

function idempotencyKey(event: APIGatewayProxyEvent): string | undefined {
  const given = headerOf(event, 'idempotency-key');
  if (given === undefined) return undefined;
  return check(idempotencyKeyField, given, 'header Idempotency-Key') as string;
}

function check(schema: z.ZodType, value: unknown, place: string): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const shown = parsed.error.issues.slice(0, 5).map((issue) => {
    const where = issue.path.length > 0 ? `${place}: \`${clip(issue.path.join('.'))}\`` : place;
    const said = issue.code === 'invalid_key' ? (issue.issues[0] ?? issue) : issue;
    return `${where} ${clip(said.message.replace(/^Invalid input: /, ''), 200)}`;
  });
  throw new WritError('invalid_request', shown.join('; '));
}

const clip = (text: string, length = 60): string => (text.length > length ? `${text.slice(0, length)}…` : text);
