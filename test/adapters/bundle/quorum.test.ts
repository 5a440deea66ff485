import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fillable, type Seats } from '../../../adapters/bundle/quorum.ts';

const circle = (atMost: number, ...persons: string[]) => ({ persons: new Set(persons), atMost });

test('one human being fills one seat, whatever circles they are in', () => {
  expect(fillable([{ quorum: 2, circles: [circle(1, 'bob'), circle(2, 'bob', 'carol')] }])).toBe(2);
  expect(fillable([{ quorum: 2, circles: [circle(1, 'bob'), circle(1, 'bob')] }])).toBe(1);
});

test('a circle gives no more than its turn', () => {
  expect(fillable([{ quorum: 2, circles: [circle(1, 'bob', 'heidi')] }])).toBe(1);
});

test('whoever answered at one stage answers at no other', () => {
  const stage = (...persons: string[]): Seats => ({ quorum: 1, circles: [circle(persons.length, ...persons)] });

  expect(fillable([stage('bob'), stage('bob')])).toBe(1);
  // Whoever can only answer at the second stage must be kept for it.
  expect(fillable([stage('bob', 'carol'), stage('bob')])).toBe(2);
  expect(fillable([stage('bob', 'carol'), stage('carol'), stage('bob', 'carol', 'grace')])).toBe(3);
});

const persons = fc.subarray(['a', 'b', 'c', 'd'], { minLength: 1 });
const stages: fc.Arbitrary<Seats[]> = fc.array(
  fc.record({
    quorum: fc.integer({ min: 1, max: 3 }),
    circles: fc.array(
      fc.record({ persons: persons.map((list) => new Set(list)), atMost: fc.integer({ min: 1, max: 3 }) }),
      { minLength: 1, maxLength: 2 },
    ),
  }),
  { maxLength: 3 },
);

test('it finds as many as a search through every choice does', () => {
  fc.assert(
    fc.property(stages, (given) => {
      expect(fillable(given)).toBe(bySearch(given));
    }),
    { numRuns: 300 },
  );
});

/** Each person in turn answers at one stage through one of its circles, or nowhere. */
function bySearch(given: readonly Seats[]): number {
  const quorum = given.map((stage) => stage.quorum);
  const room = given.map(({ circles }) => circles.map(({ atMost }) => atMost));
  const people = [...new Set(given.flatMap(({ circles }) => circles.flatMap((one) => [...one.persons])))];
  const best = (index: number): number => {
    const person = people[index];
    if (person === undefined) return 0;
    let most = best(index + 1);
    for (const [at, { circles }] of given.entries()) {
      for (const [place, one] of circles.entries()) {
        const places = room[at] ?? [];
        if (!one.persons.has(person) || (quorum[at] ?? 0) < 1 || (places[place] ?? 0) < 1) continue;
        quorum[at] = (quorum[at] ?? 0) - 1;
        places[place] = (places[place] ?? 0) - 1;
        most = Math.max(most, 1 + best(index + 1));
        quorum[at] += 1;
        places[place] += 1;
      }
    }
    return most;
  };
  return best(0);
}
