import { describe, expect, it } from 'vitest';
import { ServerClock } from '../../cli/src/clock.ts';

const NOW = Date.parse('2026-11-21T09:00:00.700Z');

const clockAfter = async (date: string | undefined): Promise<number> => {
  const response = new Response('', { headers: date === undefined ? {} : { date } });
  const clock = new ServerClock({ now: () => NOW, fetch: async () => response });
  expect(clock.now()).toBe(NOW);
  await clock.fetch('http://api.example.com');
  return clock.now() - NOW;
};

describe('the API’s clock', () => {
  it.each([
    ['the same second', 'Sat, 21 Nov 2026 09:00:00 GMT', 0],
    ['an hour ahead, in the middle of its second', 'Sat, 21 Nov 2026 10:00:00 GMT', 3_599_800],
    ['a minute behind', 'Sat, 21 Nov 2026 08:59:00 GMT', -60_200],
    ['no date', undefined, 0],
    ['rubbish', 'yesterday', 0],
  ])('%s', async (_, date, ahead) => {
    expect(await clockAfter(date)).toBe(ahead);
  });
});
