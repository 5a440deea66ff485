import * as z from 'zod';
import { PUBLIC_ERRORS } from './errors.ts';
import { idempotencyKeyField } from './fields.ts';
import { OAUTH_ERRORS, oauthError } from './oauth.ts';
import type { Route } from './routes.ts';
import { errorsOf, ROUTES } from './routes.ts';
import { problemSchema } from './schemas.ts';

/** The OpenAPI 3.1 document of the whole table. Pure: the same table gives the same bytes. */
export function openApiDocument(publicUrl: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const [operationId, route] of Object.entries<Route>(ROUTES)) {
    (paths[route.path] ??= {})[route.method.toLowerCase()] = operationOf(operationId, route);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Writ', version: '1', description: 'Temporary, narrow, provable authority on AWS.' },
    servers: [{ url: publicUrl }],
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'RFC 9068 JWT access token' },
        clientAssertion: { type: 'http', scheme: 'bearer', bearerFormat: 'RFC 7523 client assertion' },
        chatSignature: { type: 'apiKey', in: 'header', name: 'X-Slack-Signature' },
        writSignature: { type: 'apiKey', in: 'header', name: 'Writ-Signature' },
      },
      schemas: { Problem: json(problemSchema, 'output') },
    },
  };
}

function operationOf(operationId: string, route: Route): object {
  return {
    operationId,
    summary: route.summary,
    tags: [route.duty],
    security: securityOf(route),
    parameters: [
      ...parametersOf(route.pathParameters, 'path'),
      ...parametersOf(route.query, 'query'),
      ...(route.idempotent
        ? [{ name: 'Idempotency-Key', in: 'header', required: false, schema: json(idempotencyKeyField, 'input') }]
        : []),
    ],
    ...(route.body && {
      requestBody: { required: true, content: { 'application/json': { schema: json(route.body, 'input') } } },
    }),
    ...(route.form && {
      requestBody: {
        required: true,
        content: { 'application/x-www-form-urlencoded': { schema: json(route.form, 'input') } },
      },
    }),
    responses: { ...successesOf(route), ...failuresOf(route) },
  };
}

function securityOf({ audience, form }: Route): object[] {
  if (audience.includes('public')) return [];
  if (audience.includes('client')) return [{ clientAssertion: [] }, {}];
  if (audience.includes('resourceServer')) return [{ clientAssertion: [] }];
  if (audience.includes('signed')) return [form ? { chatSignature: [] } : { writSignature: [] }];
  return [{ bearer: [] }];
}

function successesOf(route: Route): Record<string, object> {
  const entries = Object.entries(route.success);
  if (entries.length === 0) return { 200: { description: 'This document', content: { 'application/json': {} } } };
  return Object.fromEntries(
    entries.map(([status, body]) => [
      status,
      {
        description: route.summary,
        content: { [route.produces ?? 'application/json']: { schema: json(body, 'output') } },
      },
    ]),
  );
}

const OAUTH_FAILURES: Record<string, object> = Object.fromEntries(
  [...new Set(Object.values(OAUTH_ERRORS))].sort().map((status) => [
    String(status),
    {
      description: Object.entries(OAUTH_ERRORS)
        .filter(([, of]) => of === status)
        .map(([code]) => `\`${code}\``)
        .join(', '),
      content: { 'application/json': { schema: json(oauthError, 'output') } },
    },
  ]),
);

function failuresOf(route: Route): Record<string, object> {
  if (route.oauth) return OAUTH_FAILURES;
  const codes = errorsOf(route);
  const statuses = [...new Set(codes.map((code) => PUBLIC_ERRORS[code].status))].sort();
  return Object.fromEntries(
    statuses.map((status) => [
      String(status),
      {
        description: codes
          .filter((code) => PUBLIC_ERRORS[code].status === status)
          .map((code) => `\`${code}\`: ${PUBLIC_ERRORS[code].title}`)
          .join('. '),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  );
}

function parametersOf(schema: z.ZodType | undefined, place: 'path' | 'query'): object[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input' });
  return Object.entries(properties).map(([name, value]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: value,
  }));
}

function json(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
}
