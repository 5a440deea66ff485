/**
 * State machines at work: their tasks invoke functions, and rules and schedules start their executions. Both in the name
 * of a role, and only if it may.
 */
import type { Bootstrap, ServiceSession } from '../../aws/bootstrap.ts';
import type { Faults } from '../../aws/faults.ts';
import { AwsError } from '../../aws/service.ts';
import type { TaskOutcome, TaskRunner } from '../../aws/states/engine.ts';
import { checkedStart } from '../../aws/states/service.ts';
import type { StepFunctions } from '../../aws/states/step-functions.ts';
import type { Invoke } from '../lambda/functions.ts';
import type { FunctionError } from '../lambda/outcome.ts';
import type { EventSource } from './source.ts';

/** What state machines need of the local AWS. */
export interface StateMachineCloud {
  readonly bootstrap: Pick<Bootstrap, 'checkServiceAccess' | 'mintServiceCredentials'>;
  readonly faults: Pick<Faults, 'ofCall'>;
  readonly stepFunctions: StepFunctions;
}

/** Lets executions go on, from where they were when the system was last stopped. */
export function startStateMachines(options: {
  readonly cloud: StateMachineCloud;
  readonly invoke: Invoke;
}): EventSource {
  return options.cloud.stepFunctions.engine.run(lambdaTasks(options));
}

/** Sessions that are only used to ask IAM what they may do. In seconds. */
const SESSION_SECONDS = 900;

/**
 * Starts an execution in the name of `session`'s role, as EventBridge and Scheduler do for a target that is a state
 * machine.
 *
 * @throws {Error} in IAM's words, if the role may not, or the service may not take it
 * @throws {AwsError} StateMachineDoesNotExist, ExecutionAlreadyExists, InvalidName, InvalidExecutionInput; what a fault
 *   plan has for `StartExecution`
 */
export type StartExecutionFor = (
  session: Omit<ServiceSession, 'duration'>,
  stateMachineArn: string,
  execution: { readonly name?: string; readonly input: string },
) => Promise<{ readonly executionArn: string }>;

export function executionStarter({ bootstrap, faults, stepFunctions }: StateMachineCloud): StartExecutionFor {
  const { machines, engine } = stepFunctions;
  return async (session, stateMachineArn, execution) => {
    const access = { action: 'states:StartExecution', resource: stateMachineArn };
    await bootstrap.checkServiceAccess({ ...session, duration: SESSION_SECONDS }, access);
    const machine = machines.find(stateMachineArn);
    if (!machine) throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${stateMachineArn}'`);
    const fate = faults.ofCall('states', 'StartExecution');
    if (fate === 'throttle') throw new AwsError('ThrottlingException', 'Rate exceeded');
    if (fate === 'timeoutBefore') throw new Error('the answer of StartExecution was lost on purpose');
    const { arn } = await engine.start(machine, checkedStart(execution));
    if (fate === 'timeoutAfter') throw new Error('the answer of StartExecution was lost on purpose');
    return { executionArn: arn };
  };
}

/**
 * Tasks that invoke functions. What goes wrong has the names that Step Functions has for it.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
 */
export function lambdaTasks({
  cloud: { bootstrap, faults },
  invoke,
}: {
  readonly cloud: Pick<StateMachineCloud, 'bootstrap' | 'faults'>;
  readonly invoke: Invoke;
}): TaskRunner {
  return async ({ machineArn, roleArn }, task) => {
    const call = callOf(task.arguments, machineArn);
    if (typeof call === 'string') return failure('Lambda.ValidationException', call);
    const { functionArn, payload } = call;
    const session: ServiceSession = {
      roleArn,
      sessionName: 'states',
      duration: SESSION_SECONDS,
      service: 'states.amazonaws.com',
      sourceArn: machineArn,
    };
    const untrusted = await problemOf(bootstrap.mintServiceCredentials(session));
    if (untrusted !== undefined) return failure('States.Permissions', untrusted);
    const access = { action: 'lambda:InvokeFunction', resource: functionArn };
    const denied = await problemOf(bootstrap.checkServiceAccess(session, access));
    if (denied !== undefined) return failure('Lambda.AWSLambdaException', denied);
    const fate = faults.ofCall('lambda', 'Invoke');
    if (fate === 'throttle') return failure('Lambda.TooManyRequestsException', 'Rate Exceeded.');
    if (fate === 'timeoutBefore') return failure('Lambda.SdkClientException', 'the answer was lost on purpose');
    const outcome = await invoked(invoke, functionArn, payload);
    return fate === 'timeoutAfter' ? failure('Lambda.SdkClientException', 'the answer was lost on purpose') : outcome;
  };
}

async function invoked(invoke: Invoke, functionArn: string, payload: unknown): Promise<TaskOutcome> {
  try {
    const outcome = await invoke(functionArn, payload);
    if (!outcome.ok) return functionFailed(outcome.error);
    // Of the HTTP exchange, which there is none of here, only the status is told.
    const result = {
      ExecutedVersion: '$LATEST',
      Payload: JSON.parse(outcome.payload) as never,
      SdkHttpMetadata: { HttpStatusCode: 200 },
      StatusCode: 200,
    };
    return { ok: true, result };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const isMissing = message.startsWith('there is no function');
    return failure(isMissing ? 'Lambda.ResourceNotFoundException' : 'Lambda.AWSLambdaException', message);
  }
}

const functionFailed = (error: FunctionError): TaskOutcome =>
  failure(error.errorType === '' ? 'Lambda.Unknown' : error.errorType, JSON.stringify(error));

const failure = (error: string, cause: string): TaskOutcome => ({ ok: false, failure: { error, cause } });

async function problemOf(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** What a task asks of Lambda, or what is wrong with it. */
function callOf(
  given: unknown,
  machineArn: string,
): { readonly functionArn: string; readonly payload: unknown } | string {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return 'Arguments must be an object';
  const {
    FunctionName,
    Payload = {},
    InvocationType = 'RequestResponse',
    ...others
  } = given as Record<string, unknown>;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return `Arguments.${unknown} is not built`;
  if (InvocationType !== 'RequestResponse') return 'Arguments.InvocationType: only RequestResponse is built';
  if (typeof FunctionName !== 'string') return 'Arguments.FunctionName must be a string';
  const [, , , region = '', account = ''] = machineArn.split(':');
  const functionArn = FunctionName.startsWith('arn:')
    ? FunctionName.replace(/:\$LATEST$/, '')
    : `arn:aws:lambda:${region}:${account}:function:${FunctionName}`;
  return { functionArn, payload: Payload };
}
