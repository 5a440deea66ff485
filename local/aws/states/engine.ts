/**
 * Makes executions go on.
 *
 * Each step is on the disk before anything acts on it: a state's entry before the state does its work, a task's token
 * and deadlines before the function is invoked. Deadlines are times, not timers. So after a crash every execution goes
 * on where it was; a task that was under way is handed out once more.
 */
import { randomUUID } from 'node:crypto';
import type { Sealer } from '../sealer.ts';
import { AwsError } from '../service.ts';
import type { SleepUntil } from '../sleep.ts';
import { closeAborted, closeFailed, closeTimedOut, draftOf, stateOf, tell } from './draft.ts';
import type { Draft } from './draft.ts';
import { dueAt, executionArn } from './execution.ts';
import type { Execution, StateMachine, Task } from './execution.ts';
import type { Executions } from './executions.ts';
import type { StateFailure } from './failure.ts';
import { perform, start, submitted, taskFailed, taskSucceeded, waited, wantsToken } from './interpreter.ts';
import type { World } from './interpreter.ts';
import type { Json } from './json.ts';
import type { StateMachines } from './machines.ts';

/** What came of a task. */
export type TaskOutcome =
  { readonly ok: true; readonly result: Json } | { readonly ok: false; readonly failure: StateFailure };

/** Does a task, in the name of the execution's role. It does not throw. */
export type TaskRunner = (
  execution: Pick<Execution, 'arn' | 'machineArn' | 'roleArn'>,
  task: Pick<Task, 'arguments'>,
) => Promise<TaskOutcome>;

export interface NewExecution {
  /** @default a random one */
  readonly name?: string | undefined;
  /** JSON text. */
  readonly input: string;
}

export interface Engine {
  /** Starts an execution, or answers with the one that runs by this name on this input. @throws {AwsError} ExecutionAlreadyExists */
  start(machine: StateMachine, execution: NewExecution): Promise<Execution>;
  /** A closed one stays as it is. @throws {AwsError} ExecutionDoesNotExist */
  stop(arn: string, failure: Partial<StateFailure>): Promise<Execution>;
  /** Goes on with an execution where it failed. @throws {AwsError} ExecutionDoesNotExist, ExecutionNotRedrivable */
  redrive(arn: string, clientToken: string | undefined): Promise<Execution>;
  /** The execution that a token is of, whether or not it still waits. @throws {AwsError} InvalidToken, TaskDoesNotExist */
  ofToken(token: string): Execution;
  /** What somebody tells who has the token. @throws {AwsError} InvalidToken, TaskDoesNotExist, TaskTimedOut */
  settle(token: string, outcome: TaskOutcome): Promise<void>;
  /** @throws {AwsError} InvalidToken, TaskDoesNotExist, TaskTimedOut */
  heartbeat(token: string): Promise<void>;
  /** Begins to act, on what was left from before too. Until then everything is only noted. */
  run(runner: TaskRunner): { stop(): Promise<void> };
}

export interface EngineOptions {
  readonly machines: StateMachines;
  readonly executions: Executions;
  readonly sealer: Sealer;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly sleepUntil: SleepUntil;
  /** @default Math.random: for the jitter of retries */
  readonly random?: () => number;
  /** Told of mistakes in the local service. */
  readonly report: (error: unknown, where: string) => void;
}

/** As on AWS. */
const MAX_EVENTS = 25_000;
/** The most that one step writes, so that the limit is never passed. */
const STEP_EVENTS = 10;
const REDRIVABLE_MS = 14 * 86_400_000;

export function openEngine(options: EngineOptions): Engine {
  const { machines, executions, sealer, clock, sleepUntil, report } = options;
  const world: World = {
    newTaskId: randomUUID,
    tokenOf: (arn, id) => sealer.seal('task-token', { arn, id }),
    random: options.random ?? Math.random,
  };
  const tails = new Map<string, Promise<unknown>>();
  const alarms = new Map<string, AbortController>();
  /** Tries whose function is running, by task id. */
  const handedOut = new Set<string>();
  let runner: TaskRunner | undefined;
  const isRunning = (): boolean => runner !== undefined;

  /** One thing at a time for each execution. */
  function alone<T>(arn: string, work: () => Promise<T>): Promise<T> {
    const result = (tails.get(arn) ?? Promise.resolve()).then(work);
    // Who asked for the work has its error, in `result`; whoever comes next only waits until it is over.
    const tail = result
      .catch(() => undefined)
      .then(() => {
        if (tails.get(arn) === tail) tails.delete(arn);
      });
    tails.set(arn, tail);
    return result;
  }

  const begin = (execution: Execution): Draft =>
    draftOf(execution, machines.definition(execution.definitionSha256), clock());

  function found(arn: string): Execution {
    const execution = executions.find(arn);
    if (execution) return execution;
    throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
  }

  /** Lets an execution go on as far as it can by itself. */
  function wake(arn: string): void {
    if (!isRunning()) return;
    alone(arn, () => advance(arn)).catch((error: unknown) => {
      report(error, `execution ${arn}`);
    });
  }

  async function advance(arn: string): Promise<void> {
    alarms.get(arn)?.abort();
    alarms.delete(arn);
    for (let execution = executions.find(arn); isRunning() && execution?.status === 'RUNNING';) {
      const draft = begin(execution);
      if (!(await step(draft))) {
        handOut(execution);
        setAlarm(execution);
        return;
      }
      await executions.save(draft);
      execution = draft.execution;
    }
  }

  /** What is due now; false if nothing is. */
  async function step(draft: Draft): Promise<boolean> {
    const { execution, now } = draft;
    const { activity } = execution.current;
    const due = dueAt(execution);
    if (execution.events > MAX_EVENTS - STEP_EVENTS) {
      closeFailed(draft, { error: 'States.Runtime', cause: `The history has reached ${MAX_EVENTS} events` });
    } else if (execution.deadline !== undefined && execution.deadline <= now && execution.deadline <= due) {
      closeTimedOut(draft);
    } else if (activity.kind === 'ready') await perform(draft, world);
    else if (due > now) return false;
    else if (activity.kind === 'waiting') await waited(draft, world);
    else if (activity.kind === 'retrying') {
      draft.execution = { ...execution, current: { ...execution.current, activity: { kind: 'ready' } } };
    } else await taskFailed(draft, world, timeoutOf(activity));
    return true;
  }

  function setAlarm(execution: Execution): void {
    const { arn } = execution;
    const due = dueAt(execution);
    if (due === Number.POSITIVE_INFINITY) return;
    const alarm = new AbortController();
    alarms.set(arn, alarm);
    void sleepUntil(due, alarm.signal).then(() => {
      if (!alarm.signal.aborted) wake(arn);
    });
  }

  function handOut(execution: Execution): void {
    const { activity } = execution.current;
    if (activity.kind !== 'task' || activity.submitted || handedOut.has(activity.id) || !runner) return;
    handedOut.add(activity.id);
    const { arn } = execution;
    runner(execution, activity)
      .then((outcome) => alone(arn, () => handedBack(arn, activity.id, outcome)))
      .then(() => {
        wake(arn);
      })
      .catch((error: unknown) => {
        report(error, `execution ${arn}`);
      })
      .finally(() => handedOut.delete(activity.id));
  }

  async function handedBack(arn: string, taskId: string, outcome: TaskOutcome): Promise<void> {
    // After the stop a function may have been ended in the middle: what it says then counts no more.
    const task = isRunning() ? waitingTask(arn, taskId) : undefined;
    if (!task) return;
    const draft = begin(found(arn));
    const state = stateOf(draft);
    if (outcome.ok && state.Type === 'Task' && wantsToken(state)) submitted(draft, task, outcome.result);
    else await settled(draft, outcome);
    await executions.save(draft);
  }

  const settled = (draft: Draft, outcome: TaskOutcome): Promise<void> =>
    outcome.ok ? taskSucceeded(draft, world, outcome.result) : taskFailed(draft, world, outcome.failure);

  /** The task with this id, if its execution still waits for it in time. */
  function waitingTask(arn: string, id: string): Task | undefined {
    const execution = executions.find(arn);
    if (execution?.status !== 'RUNNING' || dueAt(execution) <= clock()) return undefined;
    const { activity } = execution.current;
    return activity.kind === 'task' && activity.id === id ? activity : undefined;
  }

  function opened(token: string): { readonly arn: string; readonly id: string } {
    const content = sealer.open('task-token', token);
    if (content === undefined) throw new AwsError('InvalidToken', "Invalid Token: 'Invalid token'");
    return content as { arn: string; id: string };
  }

  function byToken(token: string): { readonly execution: Execution; readonly id: string } {
    const { arn, id } = opened(token);
    const execution = executions.find(arn);
    if (!execution) throw new AwsError('TaskDoesNotExist', "Task does not exist: 'The execution is gone'");
    return { execution, id };
  }

  /** Does something to the task that the token is of, alone. */
  async function withTask(token: string, work: (draft: Draft, task: Task) => void | Promise<void>): Promise<void> {
    const { execution, id } = byToken(token);
    await alone(execution.arn, async () => {
      const task = waitingTask(execution.arn, id);
      if (!task) throw new AwsError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");
      const draft = begin(found(execution.arn));
      await work(draft, task);
      await executions.save(draft);
    });
    wake(execution.arn);
  }

  const withDeadline = (draft: Draft): void => {
    const { timeoutSeconds } = draft.definition;
    if (timeoutSeconds !== undefined) {
      draft.execution = { ...draft.execution, deadline: draft.now + timeoutSeconds * 1_000 };
    }
  };

  return {
    async start(machine, { name = randomUUID(), input }) {
      const arn = executionArn(machine.arn, name);
      return alone(arn, async () => {
        const before = executions.find(arn);
        if (before?.status === 'RUNNING' && before.input === input) return before;
        if (before) throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
        const draft = begin({
          arn,
          name,
          machineArn: machine.arn,
          roleArn: machine.roleArn,
          definitionSha256: machine.definitionSha256,
          input,
          startedAt: clock(),
          status: 'RUNNING',
          variables: {},
          current: { state: '', input: null, enteredAt: 0, retries: {}, activity: { kind: 'ready' } },
          events: 0,
          redriveCount: 0,
        });
        withDeadline(draft);
        start(draft);
        await executions.save(draft);
        wake(arn);
        return draft.execution;
      });
    },

    stop: (arn, failure) =>
      alone(arn, async () => {
        const execution = found(arn);
        if (execution.status !== 'RUNNING') return execution;
        const draft = begin(execution);
        closeAborted(draft, failure);
        await executions.save(draft);
        wake(arn); // It has nothing to wait for any more.
        return draft.execution;
      }),

    redrive: (arn, clientToken) =>
      alone(arn, async () => {
        const execution = found(arn);
        if (clientToken !== undefined && execution.redriveToken === clientToken) return execution;
        const problem = redriveProblem(execution, clock());
        if (problem !== undefined) throw new AwsError('ExecutionNotRedrivable', problem);
        const { stoppedAt: _1, output: _2, error: _3, cause: _4, redriveToken: _5, ...rest } = execution;
        const draft = begin(execution);
        draft.execution = {
          ...rest,
          status: 'RUNNING',
          current: { ...execution.current, enteredAt: draft.now, retries: {}, activity: { kind: 'ready' } },
          redriveCount: execution.redriveCount + 1,
          redrivenAt: draft.now,
          ...(clientToken === undefined ? {} : { redriveToken: clientToken }),
        };
        withDeadline(draft);
        tell(draft, 'ExecutionRedriven', { redriveCount: draft.execution.redriveCount });
        await executions.save(draft);
        wake(arn);
        return draft.execution;
      }),

    ofToken: (token) => byToken(token).execution,
    settle: (token, outcome) => withTask(token, (draft) => settled(draft, outcome)),
    heartbeat: (token) =>
      withTask(token, (draft, task) => {
        if (!task.heartbeat) return;
        const heartbeat = { ...task.heartbeat, deadline: draft.now + task.heartbeat.intervalMs };
        const { current } = draft.execution;
        draft.execution = { ...draft.execution, current: { ...current, activity: { ...task, heartbeat } } };
      }),

    run(given) {
      if (isRunning()) throw new Error('the state machines run already');
      runner = given;
      for (const arn of executions.running()) wake(arn);
      return {
        async stop() {
          runner = undefined;
          for (const alarm of alarms.values()) alarm.abort();
          alarms.clear();
          await Promise.all(tails.values());
        },
      };
    },
  };
}

/** Why an execution can't be redriven at `now`; nothing if it can. */
export function redriveProblem({ status, stoppedAt = 0, events }: Execution, now: number): string | undefined {
  if (status === 'RUNNING') return 'Execution is RUNNING and cannot be redriven';
  if (status === 'SUCCEEDED') return 'Execution is SUCCEEDED and cannot be redriven';
  if (now - stoppedAt > REDRIVABLE_MS) return 'Execution has exceeded the redrivable period';
  return events > MAX_EVENTS - 2 * STEP_EVENTS ? 'Execution has reached the limit of its history' : undefined;
}

/** Of the two, the one that came first. */
function timeoutOf({ deadline = Number.POSITIVE_INFINITY, heartbeat }: Task): StateFailure {
  const isHeartbeat = heartbeat !== undefined && heartbeat.deadline < deadline;
  return isHeartbeat
    ? { error: 'States.HeartbeatTimeout', cause: 'No heartbeat came in time' }
    : { error: 'States.Timeout', cause: 'The task took too long' };
}
