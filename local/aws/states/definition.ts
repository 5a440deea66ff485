/**
 * The Amazon States Language, as far as it is built here: JSONata only, tasks that invoke Lambda functions.
 *
 * What is not built is refused by name when the state machine is made, never when an execution meets it.
 *
 * @see https://states-language.net/spec.html
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
 */
import { z } from 'zod';
import { AwsError } from '../service.ts';
import { isExpression, problemsIn } from './expression.ts';
import { isObject } from './json.ts';
import type { Json } from './json.ts';
import { MAX_DELAY_SECONDS } from './retry.ts';

const json: z.ZodType<Json> = z.json();

/** A value with expressions in it. */
const template = json.superRefine((value, context) => {
  for (const message of problemsIn(value)) context.addIssue({ code: 'custom', message });
});
const expression = z
  .string()
  .refine((text) => isExpression(text), { error: 'must be a JSONata expression' })
  .superRefine((text, context) => {
    for (const message of problemsIn(text)) context.addIssue({ code: 'custom', message });
  });
const text = z.string().superRefine((value, context) => {
  for (const message of problemsIn(value)) context.addIssue({ code: 'custom', message });
});
const NUMBER = { error: 'must be a whole number of seconds, at most 99999999, or a JSONata expression' };
const TIME = { error: 'must be an RFC 3339 time or a JSONata expression' };
const seconds = z.union([z.int().min(1).max(99_999_999), expression], NUMBER);

/** By variable, evaluated all at once. */
const assign = z
  .record(z.string().regex(/^[\p{ID_Start}][\p{ID_Continue}]{0,79}$/u, { error: 'is no name of a variable' }), template)
  .refine((variables) => !Object.hasOwn(variables, 'states'), { error: '`states` is reserved' });

const errorEquals = z
  .array(z.string().min(1))
  .min(1)
  .refine((names) => !names.includes('States.ALL') || names.length === 1, { error: '`States.ALL` must be alone' });

const RETRIER = z
  .strictObject({
    ErrorEquals: errorEquals,
    IntervalSeconds: z.int().min(1).max(99_999_999).default(1),
    MaxAttempts: z.int().min(0).max(99_999_999).default(3),
    BackoffRate: z.number().min(1).default(2),
    MaxDelaySeconds: z.int().min(1).max(MAX_DELAY_SECONDS).optional(),
    JitterStrategy: z.enum(['FULL', 'NONE']).default('NONE'),
    Comment: z.string().optional(),
  })
  .refine((retrier) => retrier.MaxDelaySeconds === undefined || retrier.MaxDelaySeconds > retrier.IntervalSeconds, {
    error: 'MaxDelaySeconds must be greater than IntervalSeconds',
  });
export type Retrier = z.output<typeof RETRIER>;

const CATCHER = z.strictObject({
  ErrorEquals: errorEquals,
  Next: z.string(),
  Output: template.optional(),
  Assign: assign.default({}),
  Comment: z.string().optional(),
});

const lastCatchesAll = (entries: readonly { readonly ErrorEquals: readonly string[] }[]): boolean =>
  entries.slice(0, -1).every(({ ErrorEquals }) => !ErrorEquals.includes('States.ALL'));
const LAST = { error: '`States.ALL` must come last' };

const COMMON = { Comment: z.string().optional(), QueryLanguage: z.literal('JSONata').optional() };
const OUTPUT = { Output: template.optional() };
const ONWARD = {
  ...OUTPUT,
  Assign: assign.default({}),
  Next: z.string().optional(),
  End: z.literal(true).optional(),
};

const TASK_RESOURCES = ['arn:aws:states:::lambda:invoke', 'arn:aws:states:::lambda:invoke.waitForTaskToken'] as const;

/** What a task may say to Lambda, besides the payload. */
const INVOKE_ARGUMENTS = new Set(['FunctionName', 'Payload', 'InvocationType']);

const STATES = {
  Task: z
    .strictObject({
      ...COMMON,
      ...ONWARD,
      Type: z.literal('Task'),
      Resource: z.enum(TASK_RESOURCES, { error: `only ${TASK_RESOURCES.join(' and ')} are built` }),
      Arguments: template.refine((value) => isObject(value) || isExpression(value), { error: 'must be an object' }),
      TimeoutSeconds: seconds.optional(),
      HeartbeatSeconds: seconds.optional(),
      Retry: z.array(RETRIER).refine(lastCatchesAll, LAST).default([]),
      Catch: z.array(CATCHER).refine(lastCatchesAll, LAST).default([]),
    })
    .superRefine((state, context) => {
      const { Arguments, HeartbeatSeconds: heartbeat, TimeoutSeconds: timeout } = state;
      const unknown = isObject(Arguments) ? Object.keys(Arguments).filter((name) => !INVOKE_ARGUMENTS.has(name)) : [];
      for (const name of unknown) context.addIssue({ code: 'custom', message: `Arguments.${name} is not built` });
      if (typeof heartbeat === 'number' && typeof timeout === 'number' && heartbeat >= timeout) {
        context.addIssue({ code: 'custom', message: 'HeartbeatSeconds must be smaller than TimeoutSeconds' });
      }
    }),
  Choice: z.strictObject({
    ...COMMON,
    ...OUTPUT,
    Type: z.literal('Choice'),
    Assign: assign.default({}),
    Choices: z
      .array(
        z.strictObject({
          Condition: z.union([z.boolean(), expression]),
          Next: z.string(),
          Output: template.optional(),
          Assign: assign.default({}),
          Comment: z.string().optional(),
        }),
      )
      .min(1),
    Default: z.string().optional(),
  }),
  Wait: z
    .strictObject({
      ...COMMON,
      ...ONWARD,
      Type: z.literal('Wait'),
      Seconds: z.union([z.int().min(0).max(99_999_999), expression], NUMBER).optional(),
      Timestamp: z.union([z.iso.datetime({ offset: true }), expression], TIME).optional(),
    })
    .refine((state) => (state.Seconds === undefined) !== (state.Timestamp === undefined), {
      error: 'needs either Seconds or Timestamp',
    }),
  Pass: z.strictObject({ ...COMMON, ...ONWARD, Type: z.literal('Pass') }),
  Succeed: z.strictObject({ ...COMMON, ...OUTPUT, Type: z.literal('Succeed') }),
  Fail: z.strictObject({ ...COMMON, Type: z.literal('Fail'), Error: text.optional(), Cause: text.optional() }),
} as const;

export type State = { [Type in keyof typeof STATES]: z.output<(typeof STATES)[Type]> }[keyof typeof STATES];
export type StateOf<Type extends State['Type']> = Extract<State, { readonly Type: Type }>;

const DEFINITION = z.strictObject({
  Comment: z.string().optional(),
  QueryLanguage: z.enum(['JSONata', 'JSONPath']).default('JSONPath'),
  Version: z.literal('1.0').optional(),
  StartAt: z.string(),
  TimeoutSeconds: z.int().min(1).max(99_999_999).optional(),
  States: z.record(
    z.string().min(1).max(80),
    z.looseObject({ Type: z.string(), QueryLanguage: z.string().optional() }),
  ),
});

const SCHEMAS: Readonly<Record<string, z.ZodType<State>>> = STATES;

export interface Definition {
  readonly startAt: string;
  readonly timeoutSeconds: number | undefined;
  readonly states: ReadonlyMap<string, State>;
}

/** @throws {AwsError} InvalidDefinition, with every problem and where it is */
export function parseDefinition(asl: string): Definition {
  const outer = DEFINITION.safeParse(parsed(asl));
  if (!outer.success) throw invalid(outer.error.issues.map((issue) => located('', issue)));
  const { StartAt, QueryLanguage, TimeoutSeconds, States } = outer.data;
  const problems: string[] = [];
  const states = new Map<string, State>();
  for (const [name, raw] of Object.entries(States)) {
    const schema = Object.hasOwn(SCHEMAS, raw.Type) ? SCHEMAS[raw.Type] : undefined;
    const result = schema?.safeParse(raw);
    if (result === undefined) problems.push(`States.${name}.Type: \`${raw.Type}\` is not built`);
    else if (!result.success) problems.push(...result.error.issues.map((issue) => located(`States.${name}`, issue)));
    else states.set(name, result.data);
    if ((raw.QueryLanguage ?? QueryLanguage) !== 'JSONata') {
      problems.push(`States.${name}.QueryLanguage: only \`JSONata\` is built`);
    }
  }
  if (problems.length === 0) problems.push(...transitionProblems(StartAt, states));
  if (problems.length > 0) throw invalid(problems);
  return { startAt: StartAt, timeoutSeconds: TimeoutSeconds, states };
}

function parsed(asl: string): unknown {
  try {
    return JSON.parse(asl);
  } catch {
    throw invalid(['the definition is not JSON']);
  }
}

/** Where a state may go on to. */
function targetsOf(state: State): readonly string[] {
  if (state.Type === 'Succeed' || state.Type === 'Fail') return [];
  if (state.Type === 'Choice') {
    const defaults = state.Default === undefined ? [] : [state.Default];
    return [...state.Choices.map(({ Next }) => Next), ...defaults];
  }
  const next = state.Next === undefined ? [] : [state.Next];
  return state.Type === 'Task' ? [...next, ...state.Catch.map(({ Next }) => Next)] : next;
}

function transitionProblems(startAt: string, states: ReadonlyMap<string, State>): string[] {
  const problems = states.has(startAt) ? [] : [`StartAt: there is no state \`${startAt}\``];
  const reached = new Set([startAt]);
  // A set is walked to what is added to it meanwhile, too.
  for (const name of reached) for (const target of targetsOf(states.get(name) ?? NOWHERE)) reached.add(target);
  for (const [name, state] of states) {
    for (const target of targetsOf(state)) {
      if (!states.has(target)) problems.push(`States.${name}: there is no state \`${target}\` to go on to`);
    }
    const goesOn = state.Type !== 'Succeed' && state.Type !== 'Fail' && state.Type !== 'Choice';
    if (goesOn && (state.Next === undefined) === (state.End === undefined)) {
      problems.push(`States.${name}: needs either Next or End`);
    }
    if (!reached.has(name)) problems.push(`States.${name}: is never reached`);
  }
  return problems;
}

const NOWHERE: State = { Type: 'Succeed' };

function located(where: string, issue: z.core.$ZodIssue): string {
  const path = [where, ...issue.path.map(String)].filter((part) => part !== '').join('.');
  return `${path}: ${issue.message}`;
}

function invalid(problems: readonly string[]): AwsError {
  return new AwsError('InvalidDefinition', `Invalid State Machine Definition: ${problems.join('; ')}`);
}
