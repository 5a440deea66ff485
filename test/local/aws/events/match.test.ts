import { describe, expect, it } from 'vitest';
import { checkInput } from '../../../../local/aws/events/input.ts';
import type { TargetInput } from '../../../../local/aws/events/input.ts';
import { deliveriesFor } from '../../../../local/aws/events/match.ts';
import type { Rule } from '../../../../local/aws/events/match.ts';

const EVENT = {
  version: '0',
  id: 'e-1',
  'detail-type': 'grant.activated.v1',
  source: 'writ',
  time: '2026-11-21T09:00:00Z',
  resources: [],
  detail: { id: 'g-1', name: 'a "b"', n: 2, list: [{ x: 1 }], obj: { y: true } },
};
const RULE_ARN = 'arn:aws:events:us-east-1:999988887777:rule/writ/r';
const QUEUE = 'arn:aws:sqs:us-east-1:999988887777:q';

const rule = (input: TargetInput, change: Partial<Rule> = {}): Rule => ({
  arn: RULE_ARN,
  name: 'r',
  busArn: 'arn:aws:events:us-east-1:999988887777:event-bus/writ',
  pattern: { source: ['writ'] },
  enabled: true,
  targets: [{ id: 'T', arn: QUEUE, maxRetries: 1, maxAgeMs: 60_000, ...input }],
  ...change,
});
const given = (input: TargetInput): string | undefined =>
  deliveriesFor([rule(input)], EVENT, Date.UTC(2026, 10, 21, 9, 0, 1, 5))[0]?.input;
const template = (text: string, paths: Readonly<Record<string, string>> = {}): TargetInput => ({
  transformer: { paths, template: text },
});

describe('the targets of an event', () => {
  it('are those of the rules that want it', () => {
    const rules = [
      rule({}),
      rule({}, { enabled: false }),
      rule({}, { pattern: { source: ['other'] } }),
      { ...rule({}), pattern: undefined },
    ].map(({ pattern, ...rest }) => (pattern ? { ...rest, pattern } : rest));
    expect(deliveriesFor(rules, EVENT, 0)).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
        ruleArn: RULE_ARN,
        target: { arn: QUEUE, maxRetries: 1, maxAgeMs: 60_000 },
        input: JSON.stringify(EVENT),
      },
    ]);
  });

  it('have an id each that is the same at each try', () => {
    const [one] = deliveriesFor([rule({})], EVENT, 0);
    expect(deliveriesFor([rule({})], EVENT, 9_999)[0]?.id).toBe(one?.id);
    expect(deliveriesFor([rule({})], { ...EVENT, id: 'e-2' }, 0)[0]?.id).not.toBe(one?.id);
  });
});

describe('what a target is given', () => {
  it.each<[string, TargetInput, string]>([
    ['the event', {}, JSON.stringify(EVENT)],
    ['a constant', { input: '{"a":1}' }, '{"a":1}'],
    ['a part', { inputPath: '$.detail.obj' }, '{"y":true}'],
    ['an element of a list', { inputPath: '$.detail.list[0].x' }, '1'],
    [
      'a value in a template',
      template('{"id":<id>,"n":<n>}', { id: '$.detail.id', n: '$.detail.n' }),
      '{"id":"g-1","n":2}',
    ],
    ['an object in a template', template('{"o":<o>}', { o: '$.detail.obj' }), '{"o":{"y":true}}'],
    ['a text within a text', template('{"t":"<name>!"}', { name: '$.detail.name' }), '{"t":"a \\"b\\"!"}'],
    ['an object within a text', template('"o: <o>"', { o: '$.detail.obj' }), '"o: {\\"y\\":true}"'],
    ['a text', template('"granted <id>"', { id: '$.detail.id' }), '"granted g-1"'],
    ['nothing within a text', template('"[<gone>]"', { gone: '$.detail.gone' }), '"[]"'],
    ['nothing as a value', template('{"a":<gone>}', { gone: '$.detail.gone' }), '{"a":""}'],
    ['the rule', template('{"a":<aws.events.rule-arn>,"n":<aws.events.rule-name>}'), `{"a":"${RULE_ARN}","n":"r"}`],
    ['the time', template('"<aws.events.event.ingestion-time>"'), '"2026-11-21T09:00:01Z"'],
    ['all of it in a template', template('{"e":<aws.events.event.json>}'), `{"e":${JSON.stringify(EVENT)}}`],
  ])('%s', (_name, input, expected) => {
    checkInput(input);
    expect(given(input)).toBe(expected);
  });

  it.each<[TargetInput, string]>([
    [{ inputPath: '$..id' }, 'the path `$..id` is not understood'],
    [template('"<x>"', { x: '$.detail.*' }), 'the path `$.detail.*` is not understood'],
    [template('"<x>"'), 'the input template names `<x>`, which has no path'],
  ])('is refused where it is not built: %j', (input, message) => {
    expect(() => {
      checkInput(input);
    }).toThrow(message);
  });
});
