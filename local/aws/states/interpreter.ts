/**
 * What states do. Each function here is one step: it changes a draft, and touches nothing else. Time, tokens and chance
 * are given; so a step may be taken again after a crash, and comes to the same.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
 */
import type { StateOf } from './definition.ts';
import { closeFailed, enter, leave, stateOf, tell, WHOLE } from './draft.ts';
import type { Draft } from './draft.ts';
import type { Activity, Task } from './execution.ts';
import { evaluate, QueryFailure } from './expression.ts';
import type { Scope } from './expression.ts';
import { isFor } from './failure.ts';
import type { StateFailure } from './failure.ts';
import { isTooLarge } from './json.ts';
import type { Json } from './json.ts';
import { retryDelayMs } from './retry.ts';

/** What steps need of the world. */
export interface World {
  newTaskId(): string;
  /** A token that stands for the task, and that nobody else can make. */
  tokenOf(executionArn: string, taskId: string): string;
  /** Uniform in [0, 1). */
  random(): number;
}

export const wantsToken = (state: StateOf<'Task'>): boolean => state.Resource.endsWith('.waitForTaskToken');

export function start(draft: Draft): void {
  const { input, roleArn } = draft.execution;
  tell(draft, 'ExecutionStarted', { input, inputDetails: WHOLE, roleArn });
  enter(draft, draft.definition.startAt, JSON.parse(input) as Json);
}

/** Does what the current state is there for. */
export async function perform(draft: Draft, world: World): Promise<void> {
  const state = stateOf(draft);
  await evaluating(draft, world, async () => {
    switch (state.Type) {
      case 'Task':
        return performTask(draft, state, world);
      case 'Choice':
        return performChoice(draft, state);
      case 'Wait':
        setActivity(draft, { kind: 'waiting', until: await endOfWait(draft, state) });
        return;
      case 'Pass':
        return pass(draft, state, state.Next);
      case 'Succeed':
        return pass(draft, { ...state, Assign: {} }, undefined);
      case 'Fail':
        return performFail(draft, state);
    }
  });
}

/** The wait is over. */
export async function waited(draft: Draft, world: World): Promise<void> {
  const state = stateOf(draft);
  if (state.Type === 'Wait') await evaluating(draft, world, () => pass(draft, state, state.Next));
}

/** The function has taken the task; now its callback is awaited. */
export function submitted(draft: Draft, task: Task, output: Json): void {
  setActivity(draft, { ...task, submitted: true });
  tell(draft, 'TaskSubmitted', { ...resourceOf(draft), output: JSON.stringify(output), outputDetails: WHOLE });
}

export async function taskSucceeded(draft: Draft, world: World, result: Json): Promise<void> {
  const state = stateOf(draft);
  if (state.Type !== 'Task') return;
  if (isTooLarge(result)) {
    taskEnded(draft, { error: 'States.DataLimitExceeded', cause: 'The result of the task is too large' });
    closeFailed(draft, { error: 'States.DataLimitExceeded', cause: 'The result of the task is too large' });
    return;
  }
  tell(draft, 'TaskSucceeded', { ...resourceOf(draft), output: JSON.stringify(result), outputDetails: WHOLE });
  await evaluating(draft, world, () => pass(draft, state, state.Next, { result }, result));
}

export async function taskFailed(draft: Draft, world: World, failure: StateFailure): Promise<void> {
  taskEnded(draft, failure);
  await fail(draft, world, failure);
}

function taskEnded(draft: Draft, failure: StateFailure): void {
  const timedOut = isFor(['States.Timeout'], failure.error);
  tell(draft, timedOut ? 'TaskTimedOut' : 'TaskFailed', { ...resourceOf(draft), ...failure });
}

/** Evaluates `Output` and `Assign`, from the same scope, and goes on. */
async function pass(
  draft: Draft,
  state: { readonly Output?: Json | undefined; readonly Assign: Readonly<Record<string, Json>> },
  next: string | undefined,
  more: Readonly<Record<string, Json>> = {},
  byDefault: Json = draft.execution.current.input,
): Promise<void> {
  const scope = scopeOf(draft, more);
  const assigned: Record<string, Json> = {};
  for (const [name, value] of Object.entries(state.Assign)) {
    assigned[name] = await evaluate(value, scope, `Assign/${name}`);
  }
  const output = state.Output === undefined ? byDefault : await evaluate(state.Output, scope, 'Output');
  leave(draft, output, assigned, next);
}

async function performChoice(draft: Draft, state: StateOf<'Choice'>): Promise<void> {
  for (const [index, rule] of state.Choices.entries()) {
    const location = `Choices[${index}]/Condition`;
    const holds = await evaluate(rule.Condition, scopeOf(draft), location);
    if (typeof holds !== 'boolean') throw new QueryFailure(`The condition gave no boolean: ${typeof holds}`, location);
    if (holds) return pass(draft, rule, rule.Next);
  }
  if (state.Default !== undefined) return pass(draft, state, state.Default);
  closeFailed(draft, {
    error: 'States.NoChoiceMatched',
    cause: `No choice of the state '${draft.execution.current.state}' matched, and it has no default`,
  });
}

async function performFail(draft: Draft, state: StateOf<'Fail'>): Promise<void> {
  const scope = scopeOf(draft);
  const failure: { error?: string; cause?: string } = {};
  for (const [name, value] of [['error', state.Error] as const, ['cause', state.Cause] as const]) {
    if (value === undefined) continue;
    const location = name === 'error' ? 'Error' : 'Cause';
    const evaluated = await evaluate(value, scope, location);
    if (typeof evaluated !== 'string') throw new QueryFailure(`${location} must be a string`, location);
    failure[name] = evaluated;
  }
  closeFailed(draft, failure);
}

async function endOfWait(draft: Draft, state: StateOf<'Wait'>): Promise<number> {
  const { enteredAt } = draft.execution.current;
  const scope = scopeOf(draft);
  if (state.Seconds !== undefined) {
    const seconds = await evaluate(state.Seconds, scope, 'Seconds');
    return enteredAt + wholeSeconds(seconds, 0, 'Seconds') * 1_000;
  }
  const timestamp = await evaluate(state.Timestamp ?? null, scope, 'Timestamp');
  const time = typeof timestamp === 'string' && TIMESTAMP.test(timestamp) ? Date.parse(timestamp) : Number.NaN;
  if (Number.isNaN(time)) throw new QueryFailure('Timestamp must be an RFC 3339 time', 'Timestamp');
  return time;
}

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

async function performTask(draft: Draft, state: StateOf<'Task'>, world: World): Promise<void> {
  const { now, execution } = draft;
  const id = world.newTaskId();
  const token = wantsToken(state) ? world.tokenOf(execution.arn, id) : undefined;
  const scope = scopeOf(draft, {}, token);
  const parameters = await evaluate(state.Arguments, scope, 'Arguments');
  const timeout = await optionalSeconds(state.TimeoutSeconds, scope, 'TimeoutSeconds');
  const heartbeat = await optionalSeconds(state.HeartbeatSeconds, scope, 'HeartbeatSeconds');
  if (timeout !== undefined && heartbeat !== undefined && heartbeat >= timeout) {
    throw new QueryFailure('HeartbeatSeconds must be smaller than TimeoutSeconds', 'HeartbeatSeconds');
  }
  const task: Task = {
    kind: 'task',
    id,
    arguments: parameters,
    ...(timeout === undefined ? {} : { deadline: now + timeout * 1_000 }),
    ...(heartbeat === undefined
      ? {}
      : { heartbeat: { deadline: now + heartbeat * 1_000, intervalMs: heartbeat * 1_000 } }),
    submitted: false,
  };
  setActivity(draft, task);
  tell(draft, 'TaskScheduled', {
    ...resourceOf(draft),
    region: execution.arn.split(':')[3],
    parameters: JSON.stringify(parameters),
    ...(timeout === undefined ? {} : { timeoutInSeconds: timeout }),
    ...(heartbeat === undefined ? {} : { heartbeatInSeconds: heartbeat }),
  });
  tell(draft, 'TaskStarted', resourceOf(draft));
}

async function optionalSeconds(
  value: number | string | undefined,
  scope: Scope,
  location: string,
): Promise<number | undefined> {
  return value === undefined ? undefined : wholeSeconds(await evaluate(value, scope, location), 1, location);
}

function wholeSeconds(value: Json, least: number, location: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= 99_999_999) return value;
  throw new QueryFailure(`${location} must be a whole number from ${least} to 99999999`, location);
}

/** Runs what evaluates expressions; where one can't be evaluated, the state has failed. */
async function evaluating(draft: Draft, world: World, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof QueryFailure)) throw error;
    await fail(draft, world, tellOf(draft, error));
  }
}

function tellOf(draft: Draft, { message, location }: QueryFailure): StateFailure {
  const { state } = draft.execution.current;
  const failure: StateFailure = { error: 'States.QueryEvaluationError', cause: message };
  tell(draft, 'EvaluationFailed', { ...failure, location, state });
  return failure;
}

/** The current state failed: it is tried again, or caught, or the execution has failed with it. */
async function fail(draft: Draft, world: World, failure: StateFailure): Promise<void> {
  const state = stateOf(draft);
  if (state.Type !== 'Task') {
    closeFailed(draft, failure);
    return;
  }
  if (retries(draft, state, world, failure)) return;
  const catcher = state.Catch.find(({ ErrorEquals }) => isFor(ErrorEquals, failure.error));
  if (!catcher) {
    closeFailed(draft, failure);
    return;
  }
  const errorOutput = { Error: failure.error, Cause: failure.cause };
  try {
    await pass(draft, catcher, catcher.Next, { errorOutput }, errorOutput);
  } catch (error) {
    if (!(error instanceof QueryFailure)) throw error;
    closeFailed(draft, tellOf(draft, error));
  }
}

function retries(draft: Draft, state: StateOf<'Task'>, world: World, failure: StateFailure): boolean {
  const { current } = draft.execution;
  const index = state.Retry.findIndex(({ ErrorEquals }) => isFor(ErrorEquals, failure.error));
  const retrier = state.Retry[index];
  const retry = (current.retries[index] ?? 0) + 1;
  if (!retrier || retry > retrier.MaxAttempts) return false;
  const until = draft.now + retryDelayMs(retrier, retry, () => world.random());
  draft.execution = {
    ...draft.execution,
    current: { ...current, retries: { ...current.retries, [index]: retry }, activity: { kind: 'retrying', until } },
  };
  return true;
}

function setActivity(draft: Draft, activity: Activity): void {
  draft.execution = { ...draft.execution, current: { ...draft.execution.current, activity } };
}

/** `$states` and the variables. @see https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html */
function scopeOf(draft: Draft, more: Readonly<Record<string, Json>> = {}, token?: string): Scope {
  const { execution, now } = draft;
  const { current } = execution;
  const context: Json = {
    Execution: {
      Id: execution.arn,
      Input: JSON.parse(execution.input) as Json,
      Name: execution.name,
      RoleArn: execution.roleArn,
      StartTime: timeOf(execution.startedAt),
      RedriveCount: execution.redriveCount,
      ...(execution.redrivenAt === undefined ? {} : { RedriveTime: timeOf(execution.redrivenAt) }),
    },
    State: {
      EnteredTime: timeOf(current.enteredAt),
      Name: current.state,
      RetryCount: Object.values(current.retries).reduce((sum, count) => sum + count, 0),
    },
    StateMachine: { Id: execution.machineArn, Name: execution.machineArn.split(':').at(-1) ?? '' },
    ...(token === undefined ? {} : { Task: { Token: token } }),
  };
  return { states: { input: current.input, context, ...more }, variables: execution.variables, now };
}

const timeOf = (epochMs: number): string => new Date(epochMs).toISOString();

function resourceOf(draft: Draft): { readonly resourceType: string; readonly resource: string } {
  const state = stateOf(draft);
  const resource = state.Type === 'Task' ? (state.Resource.split(':').at(-1) ?? '') : '';
  return { resourceType: 'lambda', resource };
}
