import { describe, expect, it } from 'vitest';
import { routesOf } from '../../../../local/runtime/gateway/routes.ts';
import { api } from './api.ts';

const find = routesOf(api());

describe('routes', () => {
  it.each([
    ['GET', '/', '/', {}],
    ['GET', '/v1/things', '/v1/things', {}],
    ['GET', '/v1/things/a%20b', '/v1/things/{id}', { id: 'a b' }],
    ['POST', '/v1/things/7/end', '/v1/things/{id}/end', { id: '7' }],
    ['DELETE', '/v1/things/special', '/v1/things/special', {}],
    ['GET', '/files/a/b/c.txt', '/files/{path+}', { path: 'a/b/c.txt' }],
  ])('%s %s is answered by %s', (method, path, resourcePath, pathParameters) => {
    expect(find(method, path)).toMatchObject({ resourcePath, pathParameters });
  });

  it.each([
    ['a path that does not exist', 'GET', '/v2'],
    ['a method that the path does not have', 'DELETE', '/v1/things'],
    ['a resource without methods', 'GET', '/v1'],
    ['an empty parameter', 'GET', '/v1/things/'],
    ['more than the path', 'GET', '/v1/things/7/8'],
    ['an empty greedy parameter', 'GET', '/files/'],
    ['a malformed escape', 'GET', '/v1/things/%zz'],
    ['another case', 'GET', '/V1/things'],
  ])('nothing answers %s', (_name, method, path) => {
    expect(find(method, path)).toBeUndefined();
  });
});
