/**
 * One step of an execution in the making: its next record, and the events that tell of it. Nothing of it counts until
 * both are written, together.
 */
import type { Execution, HistoryEvent } from './execution.ts';
import { isTooLarge } from './json.ts';
import type { Json } from './json.ts';
import type { Definition, State } from './definition.ts';
import type { StateFailure } from './failure.ts';

export interface Draft {
  readonly definition: Definition;
  /** Epoch milliseconds. */
  readonly now: number;
  execution: Execution;
  readonly events: HistoryEvent[];
}

export const draftOf = (execution: Execution, definition: Definition, now: number): Draft => ({
  definition,
  now,
  execution,
  events: [],
});

/** The API's names for the details of events; those that are not here have a name of their own, after the type. */
const SHARED_DETAILS = [
  { pattern: /StateEntered$/, name: 'stateEnteredEventDetails' },
  { pattern: /StateExited$/, name: 'stateExitedEventDetails' },
] as const;

/** Tells of something, after what the draft has told so far. */
export function tell(draft: Draft, type: string, value?: Readonly<Record<string, unknown>>): void {
  const previousEventId = draft.execution.events;
  const name =
    SHARED_DETAILS.find(({ pattern }) => pattern.test(type))?.name ??
    `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails`;
  draft.events.push({
    id: previousEventId + 1,
    previousEventId,
    timestamp: draft.now,
    type,
    ...(value === undefined ? {} : { details: { name, value } }),
  });
  draft.execution = { ...draft.execution, events: previousEventId + 1 };
}

export function stateOf({ definition, execution }: Pick<Draft, 'definition' | 'execution'>): State {
  const state = definition.states.get(execution.current.state);
  if (!state) throw new Error(`${execution.arn} is in \`${execution.current.state}\`, which its definition has not`);
  return state;
}

export function enter(draft: Draft, name: string, input: Json): void {
  const { now } = draft;
  const current = { state: name, input, enteredAt: now, retries: {}, activity: { kind: 'ready' } } as const;
  draft.execution = { ...draft.execution, current };
  tell(draft, `${stateOf(draft).Type}StateEntered`, { name, input: JSON.stringify(input), inputDetails: WHOLE });
}

/** Leaves the current state for `next`, or for good. */
export function leave(
  draft: Draft,
  output: Json,
  assigned: Readonly<Record<string, Json>>,
  next: string | undefined,
): void {
  if (isTooLarge(output)) {
    const cause = `The state '${draft.execution.current.state}' gave out more than the service takes on`;
    closeFailed(draft, { error: 'States.DataLimitExceeded', cause });
    return;
  }
  const names = Object.keys(assigned);
  draft.execution = { ...draft.execution, variables: { ...draft.execution.variables, ...assigned } };
  tell(draft, `${stateOf(draft).Type}StateExited`, {
    name: draft.execution.current.state,
    output: JSON.stringify(output),
    outputDetails: WHOLE,
    ...(names.length === 0
      ? {}
      : { assignedVariables: Object.fromEntries(names.map((name) => [name, JSON.stringify(assigned[name])])) }),
  });
  if (next !== undefined) enter(draft, next, output);
  else closeSucceeded(draft, JSON.stringify(output));
}

function closeSucceeded(draft: Draft, output: string): void {
  draft.execution = { ...draft.execution, status: 'SUCCEEDED', stoppedAt: draft.now, output };
  tell(draft, 'ExecutionSucceeded', { output, outputDetails: WHOLE });
}

export function closeFailed(draft: Draft, failure: Partial<StateFailure>): void {
  close(draft, 'FAILED', 'ExecutionFailed', failure);
}

/** The whole execution took too long. */
export function closeTimedOut(draft: Draft): void {
  close(draft, 'TIMED_OUT', 'ExecutionTimedOut', { error: 'States.Timeout' });
}

export function closeAborted(draft: Draft, failure: Partial<StateFailure>): void {
  close(draft, 'ABORTED', 'ExecutionAborted', failure);
}

function close(draft: Draft, status: Execution['status'], event: string, failure: Partial<StateFailure>): void {
  draft.execution = { ...draft.execution, status, stoppedAt: draft.now, ...failure };
  tell(draft, event, { ...failure });
}

/** The local service keeps all data of the history whole. */
export const WHOLE = { truncated: false } as const;
