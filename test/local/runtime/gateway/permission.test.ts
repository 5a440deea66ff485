import { describe, expect, it } from 'vitest';
import { mayInvoke } from '../../../../local/runtime/gateway/permission.ts';
import { FUNCTION_ARN } from './api.ts';

const ARN = 'arn:aws:execute-api:us-east-1:999988887777:api/live/GET/v1/things/{id}';
const allowed = (sourceArn: string | undefined, principal = 'apigateway.amazonaws.com'): boolean =>
  mayInvoke(
    [{ functionArn: FUNCTION_ARN, principal, ...(sourceArn !== undefined && { sourceArn }) }],
    'apigateway.amazonaws.com',
    FUNCTION_ARN,
    ARN,
  );

describe('who may invoke a function', () => {
  it.each([
    ['any source', undefined, true],
    ['this very source', ARN, true],
    ['a wildcard for the parameter', 'arn:aws:execute-api:us-east-1:999988887777:api/live/GET/v1/things/*', true],
    ['wildcards between', 'arn:aws:execute-api:*:999988887777:*/GET/*/{id}', true],
    ['another method', 'arn:aws:execute-api:us-east-1:999988887777:api/live/POST/v1/things/*', false],
    ['another account', 'arn:aws:execute-api:us-east-1:111122223333:*', false],
    ['a longer end', `${ARN}/*`, false],
    ['an overlap of both ends', `${ARN}*${ARN}`, false],
  ])('%s: %s', (_name, sourceArn, expected) => {
    expect(allowed(sourceArn)).toBe(expected);
  });

  it('is nobody else', () => {
    expect(allowed(undefined, 'scheduler.amazonaws.com')).toBe(false);
    expect(mayInvoke([], 'apigateway.amazonaws.com', FUNCTION_ARN, ARN)).toBe(false);
  });
});
