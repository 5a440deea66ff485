import { expect, it } from 'vitest';
import { createApi } from '../../functions/shared/api.ts';
import { currentTrace, withTrace } from '../../functions/shared/trace.ts';
import { apiEvent } from './event.ts';

it('what is logged below a request knows its trace id, also where requests overlap', async () => {
  const seen: string[] = [];
  const silent = (): void => undefined;
  const log = { answered: silent, failed: silent, undecided: silent, worked: silent };
  const look = async () => {
    await Promise.resolve();
    seen.push(currentTrace());
    return { status: 200, body: '{}' };
  };
  const api = createApi(
    'public',
    { log, verifier: undefined },
    {
      getHealth: look,
      getConfiguration: look,
      getOpenApi: look,
      getRequestPage: look,
      getAuthorizationServer: look,
      getJwks: look,
      getSnapshotJwks: look,
    },
  );
  await Promise.all(
    ['one', 'two'].map((requestId) => {
      const event = apiEvent({ method: 'GET', resource: '/v1/health' });
      return api({ ...event, requestContext: { ...event.requestContext, requestId } });
    }),
  );
  expect(seen).toEqual(['one', 'two']);
  expect(currentTrace()).toBe('none');
});

it('keeps requests apart that begin and end in any order', async () => {
  const begun = (traceId: string) => {
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    const seen = withTrace(traceId, async () => {
      await ended;
      return currentTrace();
    });
    return {
      end: () => {
        end();
        return seen;
      },
    };
  };
  const [one, two] = [begun('one'), begun('two')];
  expect(await one.end()).toBe('one');
  const [three, four] = [begun('three'), begun('four')];
  expect([await three.end(), await two.end(), await four.end()]).toEqual(['three', 'two', 'four']);
  await expect(withTrace('five', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(currentTrace()).toBe('none');
});
