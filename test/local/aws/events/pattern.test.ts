import { describe, expect, it } from 'vitest';
import { matcherOf } from '../../../../local/aws/events/pattern.ts';
import type { Json } from '../../../../local/runtime/json.ts';
import cases from './pattern-cases.json' with { type: 'json' };

describe('event patterns', () => {
  it.each(cases.matches.map((golden) => [golden.name, golden] as const))('%s', (_name, golden) => {
    const event = 'event' in golden ? golden.event : cases.event;
    expect(matcherOf(golden.pattern as Json)(event as Json)).toBe(golden.expected);
  });

  it.each(cases.refused.map((golden) => [golden.error, golden] as const))('are refused: %s', (_name, golden) => {
    expect(() => matcherOf(golden.pattern as Json)).toThrow(golden.error);
  });
});
