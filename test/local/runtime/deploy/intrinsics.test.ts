import { describe, expect, it } from 'vitest';
import { holds, resolve, TemplateError } from '../../../../local/runtime/deploy/intrinsics.ts';
import type { References } from '../../../../local/runtime/deploy/intrinsics.ts';
import type { Json } from '../../../../local/runtime/json.ts';

const CONDITIONS: Readonly<Record<string, Json>> = {
  Yes: { 'Fn::Equals': [{ Ref: 'Stage' }, 'live'] },
  No: { 'Fn::Not': [{ Condition: 'Yes' }] },
};

const references: References = {
  ref: async (name) => {
    if (name === 'AWS::NoValue') return undefined;
    if (name === 'Stage') return 'live';
    if (name === 'Count') return 3;
    if (name === 'Names') return ['a', 'b'];
    throw new TemplateError(`no ${name}`);
  },
  getAtt: async (logicalId, attribute) => `${logicalId}#${attribute}`,
  importValue: (name) => `imported ${name}`,
  condition: (name) => holds(CONDITIONS[name] ?? null, references),
  mapping: (map, first, second) => `${map}/${first}/${second}`,
};

const CASES: readonly (readonly [name: string, template: Json, expected: Json | undefined])[] = [
  ['plain values stay', { a: [1, true, null, 'x'] }, { a: [1, true, null, 'x'] }],
  ['Ref', { Ref: 'Stage' }, 'live'],
  ['Ref to no value leaves its member out', { a: { Ref: 'AWS::NoValue' }, b: 1 }, { b: 1 }],
  ['Ref to no value leaves its element out', [1, { Ref: 'AWS::NoValue' }, 2], [1, 2]],
  ['GetAtt as a list', { 'Fn::GetAtt': ['Table', 'Arn'] }, 'Table#Arn'],
  ['GetAtt as text, with a dotted attribute', { 'Fn::GetAtt': 'Nested.Outputs.Arn' }, 'Nested#Outputs.Arn'],
  ['Join', { 'Fn::Join': ['-', ['a', { Ref: 'Stage' }, { Ref: 'Count' }]] }, 'a-live-3'],
  ['Join over a reference', { 'Fn::Join': [',', { Ref: 'Names' }] }, 'a,b'],
  ['Split', { 'Fn::Split': [':', 'a:b:c'] }, ['a', 'b', 'c']],
  ['Select of a Split', { 'Fn::Select': [1, { 'Fn::Split': [':', 'a:b:c'] }] }, 'b'],
  ['Select by text', { 'Fn::Select': ['0', ['x']] }, 'x'],
  ['Sub', { 'Fn::Sub': 'in ${Stage} of ${Table.Arn}' }, 'in live of Table#Arn'],
  ['Sub with variables', { 'Fn::Sub': ['${Mine}/${Stage}', { Mine: { Ref: 'Count' } }] }, '3/live'],
  ['Sub with a literal', { 'Fn::Sub': '${!aws:username} ${Stage}' }, '${aws:username} live'],
  ['ImportValue', { 'Fn::ImportValue': { 'Fn::Sub': 'x-${Stage}' } }, 'imported x-live'],
  ['FindInMap', { 'Fn::FindInMap': ['M', { Ref: 'Stage' }, 'k'] }, 'M/live/k'],
  ['Base64', { 'Fn::Base64': 'hello' }, 'aGVsbG8='],
  ['If, true', { 'Fn::If': ['Yes', { Ref: 'Stage' }, { Ref: 'Nothing' }] }, 'live'],
  ['If, false', { 'Fn::If': ['No', { Ref: 'Nothing' }, 'other'] }, 'other'],
  ['If to no value', { 'Fn::If': ['No', 1, { Ref: 'AWS::NoValue' }] }, undefined],
  ['And', { 'Fn::And': [{ Condition: 'Yes' }, { Condition: 'No' }] }, false],
  ['Or', { 'Fn::Or': [{ Condition: 'Yes' }, { Condition: 'No' }] }, true],
  ['a function next to another member is data', { Ref: 'Stage', b: 1 }, { Ref: 'Stage', b: 1 }],
];

describe('intrinsic functions', () => {
  it.each(CASES)('%s', async (_name, template, expected) => {
    expect(await resolve(template, references)).toEqual(expected);
  });

  it.each([
    ['an unknown function', { 'Fn::Cidr': ['10.0.0.0/16'] }, 'the function `Fn::Cidr` is not known'],
    ['Select beyond the end', { 'Fn::Select': [2, ['a']] }, 'Fn::Select: no such element'],
    ['Join of no list', { 'Fn::Join': ['', 'text'] }, 'Fn::Join: expected a list, got "text"'],
    ['Sub of a list', { 'Fn::Sub': '${Names}' }, 'Fn::Sub: `Names` is no text'],
    ['a reference to nothing', { Ref: 'Nobody' }, 'no Nobody'],
  ] as const)('refuses %s', async (_name, template, message) => {
    await expect(resolve(template, references)).rejects.toThrow(message);
  });

  it('refuses a condition that is no truth value', async () => {
    await expect(holds('yes', references)).rejects.toThrow('a condition must be true or false');
  });
});
