import { afterEach, expect, it, vi } from 'vitest';
import { createLog } from '../../../functions/shared/log.ts';
import { withTrace } from '../../../functions/shared/trace.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

function linesOf(say: () => void): string {
  vi.stubEnv('POWERTOOLS_DEV', 'true'); // the logger then uses the console that a test can listen to
  const error = vi.spyOn(console, 'error').mockReturnValue();
  say();
  return error.mock.calls.flat().join('\n');
}

it('says which policies failed, and why, under the request’s trace id, without anything that is quoted (I12)', async () => {
  const failure = {
    action: 'request',
    policies: ['critical-fresh-mfa'],
    error:
      '`critical-fresh-mfa`: `Writ::Principal::"admin:okta:alice"` does not have the attribute `age`; ' +
      'error while evaluating `decimal` extension function: `INC-42` is not well-formed; "C-42" neither',
  } as const;
  const lines = await withTrace('trace-1', async () =>
    linesOf(() => {
      createLog('grants').undecided(failure);
    }),
  );
  expect(lines).toContain('trace-1');
  expect(lines).toContain('critical-fresh-mfa');
  expect(lines).toContain('does not have the attribute');
  for (const secret of ['alice', 'INC-42', 'C-42']) expect(lines).not.toContain(secret);
});

it('says of an error its kind and place, and nothing of its message (I12)', () => {
  const lines = linesOf(() => {
    createLog('grants').failed(new AggregateError([new TypeError('secret-1')], 'secret-2'), 'trace-2');
  });
  expect(lines).toContain('AggregateError');
  expect(lines).toContain('TypeError');
  expect(lines).toContain('trace-2');
  expect(lines).not.toMatch(/secret-\d/);
});
