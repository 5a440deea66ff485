/**
 * An execution as it is kept: all that is needed to go on with it after a restart.
 */
import type { Json } from './json.ts';

export interface StateMachine {
  readonly arn: string;
  readonly name: string;
  readonly roleArn: string;
  /** Of its text: executions keep the one that they started with. */
  readonly definitionSha256: string;
  /** Epoch milliseconds, as all times here. */
  readonly createdAt: number;
}

/** What the current state is at. */
export type Activity =
  /** Entered, or to be tried again now: nothing has been done yet. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'waiting'; readonly until: number }
  | { readonly kind: 'retrying'; readonly until: number }
  | Task;

/** A task that has been handed out, or is about to be: after a restart it is handed out again. */
export interface Task {
  readonly kind: 'task';
  /** Of this try. A result that comes for another one is late. */
  readonly id: string;
  readonly arguments: Json;
  readonly deadline?: number;
  readonly heartbeat?: { readonly deadline: number; readonly intervalMs: number };
  /** With a token: whether the function has taken the task, so that only the callback is awaited. */
  readonly submitted: boolean;
}

export interface Current {
  readonly state: string;
  readonly input: Json;
  readonly enteredAt: number;
  /** Retries so far, by the retrier's place in the state. */
  readonly retries: Readonly<Record<number, number>>;
  readonly activity: Activity;
}

export type Status = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

export interface Execution {
  readonly arn: string;
  readonly name: string;
  readonly machineArn: string;
  /** As they were at the start: a new deployment changes neither. */
  readonly roleArn: string;
  readonly definitionSha256: string;
  /** JSON text, as given. */
  readonly input: string;
  readonly startedAt: number;
  /** Of the whole. */
  readonly deadline?: number;
  readonly status: Status;
  readonly stoppedAt?: number;
  /** JSON text. */
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
  readonly variables: Readonly<Record<string, Json>>;
  /** Of a closed execution: where it ended. */
  readonly current: Current;
  /** How many events its history has. */
  readonly events: number;
  readonly redriveCount: number;
  readonly redrivenAt?: number;
  readonly redriveToken?: string;
}

export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
  readonly timestamp: number;
  readonly type: string;
  /** Under the name that the API has for this type's details. */
  readonly details?: { readonly name: string; readonly value: Readonly<Record<string, unknown>> };
}

/** `arn:aws:states:<region>:<account>:execution:<machine>:<name>` */
export const executionArn = (machineArn: string, name: string): string =>
  `${machineArn.replace(':stateMachine:', ':execution:')}:${name}`;

/** When something must happen to an execution by itself, if ever. */
export function dueAt({ current, deadline }: Execution): number {
  const { activity } = current;
  const times = [deadline];
  if (activity.kind === 'waiting' || activity.kind === 'retrying') times.push(activity.until);
  if (activity.kind === 'task') times.push(activity.deadline, activity.heartbeat?.deadline);
  return Math.min(...times.filter((time) => time !== undefined), Number.POSITIVE_INFINITY);
}
