import { expect, test } from 'vitest';
import { parseDefinition } from '../../../../local/aws/states/definition.ts';
import { ASK, asl, INVOKE } from './world.ts';

const done = { Type: 'Pass', End: true };
const only = (state: object, more: object = {}) => asl({ A: state }, more);

function refusal(definition: unknown): string {
  try {
    parseDefinition(typeof definition === 'string' ? definition : JSON.stringify(definition));
  } catch (error) {
    expect(error).toMatchObject({ code: 'InvalidDefinition' });
    return (error as Error).message.replace('Invalid State Machine Definition: ', '');
  }
  throw new Error('it was taken');
}

test.each([
  ['text that is no JSON', '{', 'the definition is not JSON'],
  ['JSONPath', { ...only(done), QueryLanguage: 'JSONPath' }, 'States.A.QueryLanguage: only `JSONata` is built'],
  ['no query language', { StartAt: 'A', States: { A: done } }, 'States.A.QueryLanguage: only `JSONata` is built'],
  ['a JSONPath state', only({ ...done, QueryLanguage: 'JSONPath' }), 'States.A.QueryLanguage: Invalid input'],
  ['Map', only({ Type: 'Map', End: true }), 'States.A.Type: `Map` is not built'],
  ['Parallel', only({ Type: 'Parallel', End: true }), 'States.A.Type: `Parallel` is not built'],
  ['a field of JSONPath', only({ ...done, ResultPath: '$' }), 'States.A: Unrecognized key: "ResultPath"'],
  ['a field at the top', only(done, { ProcessorConfig: {} }), 'Unrecognized key: "ProcessorConfig"'],
  ['credentials', only({ ...INVOKE, Credentials: {}, End: true }), 'States.A: Unrecognized key: "Credentials"'],
  [
    'another service',
    only({ ...INVOKE, Resource: 'arn:aws:states:::sqs:sendMessage', End: true }),
    'States.A.Resource: only arn:aws:states:::lambda:invoke and arn:aws:states:::lambda:invoke.waitForTaskToken are built',
  ],
  [
    'an argument of Invoke',
    only({ ...INVOKE, Arguments: { FunctionName: 'f', Qualifier: '1' }, End: true }),
    'States.A: Arguments.Qualifier is not built',
  ],
  ['no start', { ...only(done), StartAt: 'B' }, 'StartAt: there is no state `B`'],
  ['a way to nowhere', only({ Type: 'Pass', Next: 'B' }), 'States.A: there is no state `B` to go on to'],
  ['a state without an end', only({ Type: 'Pass' }), 'States.A: needs either Next or End'],
  ['both ends', asl({ A: { Type: 'Pass', Next: 'B', End: true }, B: done }), 'States.A: needs either Next or End'],
  ['a state apart', asl({ A: done, B: done }), 'States.B: is never reached'],
  [
    'a wait of two kinds',
    only({ Type: 'Wait', Seconds: 1, Timestamp: '2026-01-01T00:00:00Z', End: true }),
    'States.A: needs either Seconds or Timestamp',
  ],
  [
    'a wait for no time',
    only({ Type: 'Wait', Timestamp: 'soon', End: true }),
    'States.A.Timestamp: must be an RFC 3339 time or a JSONata expression',
  ],
  [
    'ALL among others',
    only({ ...INVOKE, Retry: [{ ErrorEquals: ['States.ALL', 'E'] }], End: true }),
    'States.A.Retry.0.ErrorEquals: `States.ALL` must be alone',
  ],
  [
    'ALL before others',
    only({ ...INVOKE, Retry: [{ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['E'] }], End: true }),
    'States.A.Retry: `States.ALL` must come last',
  ],
  [
    'a heartbeat that is too long',
    only({ ...ASK, TimeoutSeconds: 5, HeartbeatSeconds: 5, End: true }),
    'States.A: HeartbeatSeconds must be smaller than TimeoutSeconds',
  ],
  [
    'an expression that is none',
    only({ ...done, Output: { x: ['{% 1 + %}'] } }),
    'States.A.Output: x[0]: `1 +` is no JSONata: S0207: Unexpected end of expression',
  ],
  [
    'an expression at one end',
    only({ ...done, Output: '{% 1' }),
    'States.A.Output: `{% 1` is an expression at one end only',
  ],
  [
    'a wait of a fraction',
    only({ Type: 'Wait', Seconds: 1.5, End: true }),
    'States.A.Seconds: must be a whole number of seconds',
  ],
  [
    'a condition in words',
    only({ Type: 'Choice', Choices: [{ Condition: 'yes', Next: 'A' }] }),
    'States.A.Choices.0.Condition: must be a JSONata expression',
  ],
  ['$eval', only({ ...done, Output: "{% $eval('1') %}" }), 'States.A.Output: `$eval` is not known to Step Functions'],
  [
    'a bare name',
    only({ ...done, Output: '{% x.y %}' }),
    'States.A.Output: the bare name `x` means nothing here: use `$states.input`',
  ],
  [
    'a bare name in an object',
    only({ ...done, Output: "{% {'a': x} %}" }),
    'States.A.Output: the bare name `x` means nothing here: use `$states.input`',
  ],
  ['$', only({ ...done, Output: '{% $.x %}' }), 'States.A.Output: `$` and `$$` mean nothing here: use `$states.input`'],
  [
    '$$ within a path',
    only({ ...done, Output: '{% $states.input.($$.x) %}' }),
    'States.A.Output: `$` and `$$` mean nothing here: use `$states.input`',
  ],
  ['a reserved variable', only({ ...done, Assign: { states: 1 } }), 'States.A.Assign: `states` is reserved'],
  ['a variable that is no name', only({ ...done, Assign: { 'a-b': 1 } }), 'States.A.Assign.a-b: Invalid key in record'],
])('refuses %s', (_what, definition, message) => {
  expect(refusal(definition)).toContain(message);
});

test('names every problem', () => {
  const message = refusal(asl({ A: { Type: 'Map' }, B: { ...done, InputPath: '$' } }));
  expect(message).toBe('States.A.Type: `Map` is not built; States.B: Unrecognized key: "InputPath"');
});

test.each([
  "{% $states.input.items[price > 1].{'n': name, 'whole': $}[0] %}",
  '{% $map($states.input.items, function($v) { $v.price }) %}',
  '{% $states.input.items^(>price).name %}',
  '{% $sum($states.input.items.(price * count)) %}',
  '{% $states.input ~> $lookup("items") %}',
  '{% $states.input.items{name: $sum(price)} %}',
  '{% $now() & $exists($x) %}',
])('takes %s', (Output) => {
  expect(parseDefinition(JSON.stringify(only({ ...done, Output }))).startAt).toBe('A');
});

test('a state may be JSONata by itself', () => {
  const definition = { StartAt: 'A', Version: '1.0', States: { A: { ...done, QueryLanguage: 'JSONata' } } };
  expect(parseDefinition(JSON.stringify(definition)).states.get('A')?.Type).toBe('Pass');
});
