import fc from 'fast-check';
import { expect, it } from 'vitest';
import { member, parseStrictJson } from '../../tokens/strictJson.ts';

const parse = (text: string) => parseStrictJson(Buffer.from(text));

it.each([
  '',
  '7',
  '[]',
  'null',
  '"a"',
  '{',
  "{'a':1}",
  '{"a":1,}',
  '{"a":1,"a":1}',
  '{"a":1,"\\u0061":2}',
  '{"a":{"b":1,"c":[{"d":1,"d":2}]}}',
  '{"__proto__":1}',
  '{"a":{"__proto__":{}}}',
  '{"a":[{"__pr\\u006fto__":{}}]}',
  '\ufeff{}',
])('refuses %s', (text) => {
  expect(parse(text)).toBeUndefined();
});

it.each([
  '{}',
  '{"a":{"a":{"a":[]}},"b":[{"a":1},{"a":2}]}',
  '{"a":"b\\":","c":"\\\\","d\\"" : "\\"e\\":1"}',
  '{ "a" : "x:\\n\\"y\\" : " , "b" : [":" , "\\":"] }',
])('reads %s', (text) => {
  expect(parse(text)).toEqual(JSON.parse(text));
});

it('refuses depth over 16', () => {
  const nest = (depth: number) => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;
  expect(parse(nest(16))).toBeDefined();
  expect(parse(nest(17))).toBeUndefined();
});

it('reads whatever JSON.stringify writes, and refuses it with any member repeated', () => {
  const object = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 5 }), { noNullPrototype: true });
  fc.assert(
    fc.property(object, (value) => {
      const text = JSON.stringify(value);
      fc.pre(!text.includes('__proto__'));
      expect(parse(text)).toEqual(JSON.parse(text));
      for (const name of Object.keys(value)) {
        expect(parse(`{${JSON.stringify(name)}:1,${text.slice(1)}`)).toBeUndefined();
      }
    }),
  );
});

it('reads own members only', () => {
  expect(member({ a: 1 }, 'a')).toBe(1);
  expect(member({}, 'constructor')).toBeUndefined();
});
