/**
 * The local AWS Step Functions: the API of executions. State machines come from templates only.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/Welcome.html
 */
import { z } from 'zod';
import { operationsWith } from '../operation.ts';
import { AwsError } from '../service.ts';
import type { Access, Service } from '../service.ts';
import type { Engine } from './engine.ts';
import { redriveProblem } from './engine.ts';
import type { Execution, HistoryEvent, StateMachine } from './execution.ts';
import type { Executions } from './executions.ts';
import { MAX_DATA_BYTES } from './json.ts';
import type { Json } from './json.ts';
import type { StateMachines } from './machines.ts';
import { page } from './page.ts';

const operation = operationsWith('ValidationException');

const ARN = z.string().min(1).max(256);
const TOKEN = z.string().min(1).max(2_048);
const ERROR = z.string().max(256).optional();
const CAUSE = z.string().max(32_768).optional();
const PAGE = { maxResults: z.int().min(0).max(1_000).default(0), nextToken: z.string().min(1).max(1_024).optional() };

const START = z.strictObject({
  stateMachineArn: ARN,
  name: z.string().optional(),
  input: z.string().default('{}'),
});
const EXECUTION = z.strictObject({ executionArn: ARN });
const LIST = z.strictObject({
  stateMachineArn: ARN,
  statusFilter: z.enum(['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED']).optional(),
  redriveFilter: z.enum(['REDRIVEN', 'NOT_REDRIVEN']).optional(),
  ...PAGE,
});
const HISTORY = EXECUTION.extend({
  reverseOrder: z.boolean().default(false),
  includeExecutionData: z.literal(true).default(true),
  ...PAGE,
});
const STOP = EXECUTION.extend({ error: ERROR, cause: CAUSE });
const REDRIVE = EXECUTION.extend({ clientToken: z.string().min(1).max(64).optional() });
const SUCCESS = z.strictObject({ taskToken: TOKEN, output: z.string() });
const FAILURE = z.strictObject({ taskToken: TOKEN, error: ERROR, cause: CAUSE });
const HEARTBEAT = z.strictObject({ taskToken: TOKEN });

/** 1 to 80 characters, without those that AWS names: white space, brackets, wildcards, special and control characters. */
const NAME = /^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f\ufffe\uffff\ud800-\udfff]{1,80}$/;

export interface StatesParts {
  readonly machines: StateMachines;
  readonly executions: Executions;
  readonly engine: Engine;
}

export function createStates({ machines, executions, engine }: StatesParts): Service {
  const onMachine =
    (action: string) =>
    ({ stateMachineArn }: { stateMachineArn: string }): readonly Access[] => [
      { action, resource: checkedArn(stateMachineArn, 'stateMachine') },
    ];
  const onExecution =
    (action: string) =>
    ({ executionArn }: { executionArn: string }): readonly Access[] => [
      { action, resource: checkedArn(executionArn, 'execution') },
    ];
  // The Service Authorization Reference lists no resource for these, yet policies that name the state machine work:
  // it is what the CDK's `grantTaskResponse` writes.
  const byToken =
    (action: string) =>
    ({ taskToken }: { taskToken: string }): readonly Access[] => [
      { action, resource: engine.ofToken(taskToken).machineArn },
    ];

  function machine(arn: string): StateMachine {
    const found = machines.find(arn);
    if (found) return found;
    throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
  }
  function execution(arn: string): Execution {
    const found = executions.find(arn);
    if (found) return found;
    throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
  }

  return {
    signingName: 'states',
    protocol: 'json-1.0',
    namespace: 'AWSStepFunctions',
    operations: {
      StartExecution: operation(START, {
        access: onMachine('states:StartExecution'),
        async handle({ stateMachineArn, name, input }) {
          const started = await engine.start(machine(stateMachineArn), checkedStart({ name, input }));
          return { executionArn: started.arn, startDate: started.startedAt / 1_000 };
        },
      }),
      DescribeExecution: operation(EXECUTION, {
        access: onExecution('states:DescribeExecution'),
        handle: ({ executionArn }, call) => description(execution(executionArn), call.now),
      }),
      ListExecutions: operation(LIST, {
        access: onMachine('states:ListExecutions'),
        handle({ stateMachineArn, statusFilter, redriveFilter, ...window }) {
          const { arn } = machine(stateMachineArn);
          const listed = executions
            .ofMachine(arn)
            .filter(({ status }) => statusFilter === undefined || status === statusFilter)
            .filter(
              ({ redriveCount }) => redriveFilter === undefined || (redriveFilter === 'REDRIVEN') === redriveCount > 0,
            );
          const { items, nextToken } = page(listed, window, ({ startedAt, arn: id }) => `${startedAt} ${id}`);
          return { executions: items.map(summary), ...nextToken };
        },
      }),
      GetExecutionHistory: operation(HISTORY, {
        access: onExecution('states:GetExecutionHistory'),
        handle({ executionArn, reverseOrder, ...window }) {
          const { arn, events } = execution(executionArn);
          const ids = Array.from({ length: events }, (_, index) => (reverseOrder ? events - index : index + 1));
          const { items, nextToken } = page(ids, window, String);
          return { events: items.flatMap((id) => eventOnWire(executions.event(arn, id))), ...nextToken };
        },
      }),
      StopExecution: operation(STOP, {
        access: onExecution('states:StopExecution'),
        async handle({ executionArn, error, cause }) {
          const { stoppedAt = 0 } = await engine.stop(executionArn, {
            ...(error === undefined ? {} : { error }),
            ...(cause === undefined ? {} : { cause }),
          });
          return { stopDate: stoppedAt / 1_000 };
        },
      }),
      RedriveExecution: operation(REDRIVE, {
        access: onExecution('states:RedriveExecution'),
        async handle({ executionArn, clientToken }) {
          const { redrivenAt = 0 } = await engine.redrive(executionArn, clientToken);
          return { redriveDate: redrivenAt / 1_000 };
        },
      }),
      SendTaskSuccess: operation(SUCCESS, {
        access: byToken('states:SendTaskSuccess'),
        async handle({ taskToken, output }) {
          await engine.settle(taskToken, { ok: true, result: parsed(output, 'InvalidOutput') });
        },
      }),
      SendTaskFailure: operation(FAILURE, {
        access: byToken('states:SendTaskFailure'),
        async handle({ taskToken, error = '', cause = '' }) {
          await engine.settle(taskToken, { ok: false, failure: { error, cause } });
        },
      }),
      SendTaskHeartbeat: operation(HEARTBEAT, {
        access: byToken('states:SendTaskHeartbeat'),
        handle: ({ taskToken }) => engine.heartbeat(taskToken),
      }),
    },
  };
}

/** @throws {AwsError} InvalidName, InvalidExecutionInput */
export function checkedStart<Start extends { readonly name?: string | undefined; readonly input: string }>(
  start: Start,
): Start {
  if (start.name !== undefined && !NAME.test(start.name)) {
    throw new AwsError('InvalidName', `Invalid Name: '${start.name}'`);
  }
  parsed(start.input, 'InvalidExecutionInput');
  return start;
}

function parsed(text: string, code: 'InvalidExecutionInput' | 'InvalidOutput'): Json {
  if (Buffer.byteLength(text) > MAX_DATA_BYTES) {
    throw new AwsError(code, `The text is longer than ${MAX_DATA_BYTES} bytes`);
  }
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new AwsError(code, 'The text is not JSON');
  }
}

const ARNS = {
  stateMachine: /^arn:aws:states:[a-z0-9-]+:\d{12}:stateMachine:[^:*?]+$/,
  execution: /^arn:aws:states:[a-z0-9-]+:\d{12}:execution:[^:*?]+:[^:*?]+$/,
} as const;

function checkedArn(arn: string, kind: keyof typeof ARNS): string {
  if (ARNS[kind].test(arn)) return arn;
  throw new AwsError('InvalidArn', `Invalid Arn: '${arn}'`);
}

function summary(execution: Execution): Readonly<Record<string, unknown>> {
  return {
    executionArn: execution.arn,
    stateMachineArn: execution.machineArn,
    name: execution.name,
    status: execution.status,
    startDate: execution.startedAt / 1_000,
    ...(execution.stoppedAt === undefined ? {} : { stopDate: execution.stoppedAt / 1_000 }),
    redriveCount: execution.redriveCount,
    ...(execution.redrivenAt === undefined ? {} : { redriveDate: execution.redrivenAt / 1_000 }),
  };
}

function description(execution: Execution, now: number): Readonly<Record<string, unknown>> {
  const { input, output, error, cause } = execution;
  const problem = redriveProblem(execution, now);
  return {
    ...summary(execution),
    input,
    inputDetails: { included: true },
    ...(output === undefined ? {} : { output, outputDetails: { included: true } }),
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
    redriveStatus: problem === undefined ? 'REDRIVABLE' : 'NOT_REDRIVABLE',
    ...(problem === undefined ? {} : { redriveStatusReason: problem }),
  };
}

function eventOnWire(event: HistoryEvent | undefined): readonly Readonly<Record<string, unknown>>[] {
  if (!event) return [];
  const { details, timestamp, ...rest } = event;
  return [{ ...rest, timestamp: timestamp / 1_000, ...(details && { [details.name]: details.value }) }];
}
