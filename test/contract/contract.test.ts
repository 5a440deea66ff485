import { describe, expect, it } from 'vitest';
import { PUBLIC_ERRORS } from '../../contract/errors.ts';
import { openApiDocument } from '../../contract/openapi.ts';
import { OAUTH_ERRORS } from '../../contract/oauth.ts';
import type { Route } from '../../contract/routes.ts';
import { errorsOf, ROUTES } from '../../contract/routes.ts';
import { ERROR_CODES } from '../../core/errors.ts';

describe('the error codes', () => {
  it('are the same list inside and outside', () => {
    expect([...ERROR_CODES].sort()).toEqual(Object.keys(PUBLIC_ERRORS).sort());
  });
});

describe('the routes', () => {
  const routes = Object.entries<Route>(ROUTES);

  it('have one handler each', () => {
    const keys = routes.map(([, { method, path }]) => `${method} ${path}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('take a body exactly when they change something', () => {
    for (const [id, route] of routes)
      expect([id, (route.body ?? route.form) !== undefined]).toEqual([id, route.method === 'POST']);
  });

  it('state path parameters where the path has some', () => {
    for (const [id, route] of routes)
      expect([id, route.pathParameters !== undefined]).toEqual([id, route.path.includes('{')]);
  });

  it('can all say that nobody is signed in, unless they are public', () => {
    for (const [id, route] of routes) {
      expect([id, errorsOf(route).includes('unauthenticated')]).toEqual([id, !route.audience.includes('public')]);
    }
  });
});

describe('the OpenAPI document', () => {
  const document = JSON.parse(JSON.stringify(openApiDocument('https://writ.example'))) as {
    openapi: string;
    paths: Record<
      string,
      Record<string, { operationId: string; responses: Record<string, unknown>; security: unknown[] }>
    >;
  };

  it('has every route, with every status that its errors have', () => {
    expect(document.openapi).toBe('3.1.0');
    for (const [id, route] of Object.entries<Route>(ROUTES)) {
      const operation = document.paths[route.path]?.[route.method.toLowerCase()];
      expect(operation?.operationId).toBe(id);
      const statuses = route.oauth
        ? Object.values(OAUTH_ERRORS)
        : errorsOf(route).map((code) => PUBLIC_ERRORS[code].status);
      for (const status of statuses) expect(operation?.responses).toHaveProperty(String(status));
    }
  });

  it('is the same every time', () => {
    expect(JSON.stringify(openApiDocument('https://writ.example'))).toBe(JSON.stringify(document));
  });
});
