import { describe, expect, it } from 'vitest';
import { fullName, namesText } from '../../cli/src/question.ts';

const people = ['Ann', 'Bob', 'Carol', 'Dan', 'Eve', 'Fay', 'Gil'].map((name) => ({ id: name.toLowerCase(), name }));
const name = (person: { name: string }): string => person.name;

describe('names of those who can decide', () => {
  it.each([
    [0, 'nobody now'],
    [1, 'Ann'],
    [2, 'Ann or Bob'],
    [5, 'Ann, Bob, Carol, Dan or Eve'],
    [7, 'Ann, Bob, Carol, Dan, Eve or 2 more'],
  ])('%i of them', (count, text) => {
    expect(namesText(people.slice(0, count), name)).toBe(text);
  });

  it('come with ids where they are told in full', () => {
    expect(namesText(people.slice(0, 2), fullName)).toBe('Ann <ann> or Bob <bob>');
    expect(fullName({ id: 'customer:shop:erin', name: 'customer:shop:erin' })).toBe('customer:shop:erin');
  });
});
