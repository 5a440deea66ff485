/** A small REST API for the gateway's tests. */
import type { MethodSpec, RestApi } from '../../../../local/runtime/deploy/deployment.ts';

export const FUNCTION_ARN = 'arn:aws:lambda:us-east-1:999988887777:function:echo';

const method = (resourceId: string, httpMethod: string, more: Partial<MethodSpec> = {}): MethodSpec => ({
  apiId: 'api',
  resourceId,
  httpMethod,
  functionArn: FUNCTION_ARN,
  timeoutMs: 1_000,
  parameters: {},
  models: {},
  ...more,
});

export const api = (): RestApi => ({
  id: 'api',
  accountId: '999988887777',
  region: 'us-east-1',
  name: 'writ',
  resources: new Map([
    ['v1', { parentId: 'api-root', pathPart: 'v1' }],
    ['things', { parentId: 'v1', pathPart: 'things' }],
    ['thing', { parentId: 'things', pathPart: '{id}' }],
    ['special', { parentId: 'things', pathPart: 'special' }],
    ['end', { parentId: 'thing', pathPart: 'end' }],
    ['files', { parentId: 'api-root', pathPart: 'files' }],
    ['file', { parentId: 'files', pathPart: '{path+}' }],
  ]),
  methods: [
    method('api-root', 'GET'),
    method('things', 'GET', { parameters: { 'method.request.querystring.page': true }, validatorId: 'all' }),
    method('things', 'POST', { models: { 'application/json': 'Thing' }, validatorId: 'all' }),
    method('thing', 'GET'),
    method('special', 'ANY'),
    method('end', 'POST'),
    method('file', 'GET'),
  ],
  models: new Map([
    ['Thing', { type: 'object', required: ['name'], properties: { name: { type: 'string', maxLength: 5 } } }],
  ]),
  validators: new Map([['all', { body: true, parameters: true }]]),
  responses: new Map([
    [
      'MISSING_AUTHENTICATION_TOKEN',
      {
        statusCode: 404,
        headers: { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' },
        templates: { 'application/json': '{"code":"not_found","traceId":"$context.requestId"}' },
      },
    ],
    [
      'DEFAULT_4XX',
      {
        headers: {},
        templates: {
          'application/json': '{"detail":$context.error.messageString,"kind":"$context.error.responseType"}',
        },
      },
    ],
  ]),
  stages: ['live'],
});
