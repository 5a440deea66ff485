import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  RedriveExecutionCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { SFNClient } from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BROKER, failure, policy, TRUST_LAMBDA } from '../harness.ts';
import { ASK, asl, INVOKE, machineArn, openWorld } from './world.ts';
import type { World } from './world.ts';

const stateMachineArn = machineArn('approval');
const EXECUTIONS = `arn:aws:states:us-east-1:${BROKER}:execution:approval:*`;
let world: World;
let sfn: SFNClient;

/** A client that runs as a function with these statements. */
async function caller(...statements: readonly object[]): Promise<SFNClient> {
  const role = await world.aws.bootstrap.createRole({
    accountId: BROKER,
    name: 'grants',
    trustPolicy: TRUST_LAMBDA,
    inlinePolicies: { Own: policy(...statements) },
  });
  const session = { roleArn: role.arn, sessionName: 'grants', duration: 3_600 };
  return world.client(await world.aws.bootstrap.mintServiceCredentials(session));
}
const allow = (Action: string | string[], Resource: string) => ({ Effect: 'Allow', Action, Resource });

beforeEach(async () => {
  world = await openWorld();
  await world.put('approval', asl({ Ask: { ...ASK, HeartbeatSeconds: 60, End: true } }));
  sfn = await caller(
    allow(
      [
        'states:StartExecution',
        'states:ListExecutions',
        'states:SendTaskSuccess',
        'states:SendTaskFailure',
        'states:SendTaskHeartbeat',
      ],
      stateMachineArn,
    ),
    allow(
      ['states:DescribeExecution', 'states:GetExecutionHistory', 'states:StopExecution', 'states:RedriveExecution'],
      EXECUTIONS,
    ),
  );
});
afterEach(async () => {
  expect(world.errors).toEqual([]);
  await world.stop();
});

const start = (name?: string, input = '{}') => sfn.send(new StartExecutionCommand({ stateMachineArn, name, input }));
const describe = (executionArn?: string) => sfn.send(new DescribeExecutionCommand({ executionArn }));
async function token(executionArn = ''): Promise<string> {
  await world.seen(executionArn, ({ current }) => current.activity.kind === 'task' && current.activity.submitted);
  return (world.invocations.at(-1) as { token: string }).token;
}

test('an execution runs from its start to the callback', async () => {
  const { executionArn, startDate } = await start('grt_1', '{"a":1}');
  expect(executionArn).toBe(`arn:aws:states:us-east-1:${BROKER}:execution:approval:grt_1`);
  expect(startDate).toEqual(new Date(world.clock.now()));
  const taskToken = await token(executionArn);
  expect(await describe(executionArn)).toMatchObject({
    status: 'RUNNING',
    input: '{"a":1}',
    redriveStatus: 'NOT_REDRIVABLE',
  });
  world.clock.advance(1_500);
  await sfn.send(new SendTaskSuccessCommand({ taskToken, output: '{"ok":true}' }));
  await world.closed(executionArn ?? '');
  expect(await describe(executionArn)).toMatchObject({
    status: 'SUCCEEDED',
    output: '{"ok":true}',
    stopDate: new Date(world.clock.now()),
    stateMachineArn,
    name: 'grt_1',
  });
  const { events = [] } = await sfn.send(new GetExecutionHistoryCommand({ executionArn }));
  expect(events.map(({ id, type }) => `${id ?? 0} ${type ?? ''}`)).toEqual([
    '1 ExecutionStarted',
    '2 TaskStateEntered',
    '3 TaskScheduled',
    '4 TaskStarted',
    '5 TaskSubmitted',
    '6 TaskSucceeded',
    '7 TaskStateExited',
    '8 ExecutionSucceeded',
  ]);
  expect(events[0]?.executionStartedEventDetails).toMatchObject({ input: '{"a":1}', roleArn: world.roleArn });
  expect(events[2]?.taskScheduledEventDetails).toMatchObject({
    resourceType: 'lambda',
    resource: 'invoke.waitForTaskToken',
    region: 'us-east-1',
    heartbeatInSeconds: 60,
  });
  expect(events[6]?.stateExitedEventDetails).toMatchObject({ name: 'Ask', output: '{"ok":true}' });
});

test('a name starts one execution', async () => {
  const first = await start('one', '{"a":1}');
  world.clock.advance(10);
  const again = await start('one', '{"a":1}');
  expect([again.executionArn, again.startDate]).toEqual([first.executionArn, first.startDate]);
  expect(await failure(start('one', '{"a":2}'))).toEqual({
    name: 'ExecutionAlreadyExists',
    message: `Execution Already Exists: '${first.executionArn ?? ''}'`,
  });
  await sfn.send(new StopExecutionCommand({ executionArn: first.executionArn }));
  expect((await failure(start('one', '{"a":1}'))).name).toBe('ExecutionAlreadyExists');
  expect(world.invocations).toHaveLength(1);
});

test('two starts at once of one name are one execution', async () => {
  const [a, b] = await Promise.all([start('both'), start('both')]);
  expect(a.executionArn).toBe(b.executionArn);
  await token(a.executionArn);
  expect(world.invocations).toHaveLength(1);
});

test.each([
  ['no JSON', { input: '{' }, 'InvalidExecutionInput'],
  ['too much input', { input: JSON.stringify('x'.repeat(262_144)) }, 'InvalidExecutionInput'],
  ['a name with a blank', { name: 'a b' }, 'InvalidName'],
  ['a name that is too long', { name: 'a'.repeat(81) }, 'InvalidName'],
  ['an unknown member', { traceHeader: 'x' }, 'ValidationException'],
])('a start with %s is refused', async (_what, change, code) => {
  const command = new StartExecutionCommand({ stateMachineArn, ...change });
  expect((await failure(sfn.send(command))).name).toBe(code);
});

test('what is not there is told so', async () => {
  sfn = await caller(allow('states:*', '*'));
  const missing = machineArn('missing');
  const executionArn = `arn:aws:states:us-east-1:${BROKER}:execution:approval:none`;
  expect((await failure(sfn.send(new StartExecutionCommand({ stateMachineArn: missing })))).name).toBe(
    'StateMachineDoesNotExist',
  );
  expect((await failure(describe(executionArn))).name).toBe('ExecutionDoesNotExist');
  expect((await failure(describe(stateMachineArn))).name).toBe('InvalidArn');
  expect((await failure(sfn.send(new StopExecutionCommand({ executionArn })))).name).toBe('ExecutionDoesNotExist');
  expect((await failure(sfn.send(new RedriveExecutionCommand({ executionArn })))).name).toBe('ExecutionDoesNotExist');
});

test('a list filters and pages, the latest first', async () => {
  for (const name of ['a', 'b', 'c', 'd']) {
    await start(name);
    world.clock.advance(1_000);
  }
  await sfn.send(new StopExecutionCommand({ executionArn: EXECUTIONS.replace('*', 'b'), error: 'E', cause: 'why' }));
  const list = (more: object) => sfn.send(new ListExecutionsCommand({ stateMachineArn, ...more }));
  const first = await list({ maxResults: 2, statusFilter: 'RUNNING' });
  expect(first.executions?.map(({ name }) => name)).toEqual(['d', 'c']);
  const second = await list({ maxResults: 2, statusFilter: 'RUNNING', nextToken: first.nextToken });
  expect(second.executions?.map(({ name }) => name)).toEqual(['a']);
  expect(second.nextToken).toBeUndefined();
  expect((await list({ statusFilter: 'ABORTED' })).executions).toMatchObject([{ name: 'b', status: 'ABORTED' }]);
  expect((await failure(list({ nextToken: 'eA' }))).name).toBe('InvalidToken');
  expect((await failure(list({ statusFilter: 'PENDING_REDRIVE' }))).name).toBe('ValidationException');
});

test('a history pages in both directions', async () => {
  const { executionArn } = await start('h');
  await token(executionArn);
  const history = (more: object) => sfn.send(new GetExecutionHistoryCommand({ executionArn, ...more }));
  const first = await history({ maxResults: 2, reverseOrder: true });
  expect(first.events?.map(({ id }) => id)).toEqual([5, 4]);
  const second = await history({ reverseOrder: true, nextToken: first.nextToken });
  expect(second.events?.map(({ id, previousEventId }) => [id, previousEventId])).toEqual([
    [3, 2],
    [2, 1],
    [1, 0],
  ]);
});

test('a stop aborts, with its reason, once; the token is worth nothing then', async () => {
  const { executionArn } = await start('s');
  const taskToken = await token(executionArn);
  const stop = () => sfn.send(new StopExecutionCommand({ executionArn, error: 'Cancelled', cause: 'by its owner' }));
  const { stopDate } = await stop();
  world.clock.advance(5_000);
  expect((await stop()).stopDate).toEqual(stopDate);
  expect(await describe(executionArn)).toMatchObject({
    status: 'ABORTED',
    error: 'Cancelled',
    cause: 'by its owner',
    redriveStatus: 'REDRIVABLE',
  });
  expect((await failure(sfn.send(new SendTaskSuccessCommand({ taskToken, output: '1' })))).name).toBe('TaskTimedOut');
});

test('a task fails as its worker says', async () => {
  const { executionArn = '' } = await start('f');
  const taskToken = await token(executionArn);
  await sfn.send(new SendTaskFailureCommand({ taskToken, error: 'Denied', cause: 'no' }));
  expect(await world.closed(executionArn)).toMatchObject({ status: 'FAILED', error: 'Denied', cause: 'no' });
});

test('heartbeats keep a task alive; silence ends it', async () => {
  const { executionArn = '' } = await start('hb');
  const taskToken = await token(executionArn);
  const beat = () => sfn.send(new SendTaskHeartbeatCommand({ taskToken }));
  for (let i = 0; i < 3; i += 1) {
    world.clock.advance(59_999);
    await beat();
  }
  world.clock.advance(60_000);
  expect((await failure(beat())).name).toBe('TaskTimedOut');
  expect(await world.closed(executionArn)).toMatchObject({ status: 'FAILED', error: 'States.HeartbeatTimeout' });
});

test('a token is taken once, and none that was not given out', async () => {
  const { executionArn } = await start('t');
  const taskToken = await token(executionArn);
  const send = (given: string, output = '1') => sfn.send(new SendTaskSuccessCommand({ taskToken: given, output }));
  expect((await failure(send(taskToken, '{'))).name).toBe('InvalidOutput');
  for (const forged of ['x', 'A'.repeat(200), `${taskToken.slice(0, -4)}AAA=`, taskToken.slice(4)]) {
    expect((await failure(send(forged))).name, forged).toBe('InvalidToken');
  }
  const outcomes = await Promise.allSettled([send(taskToken), send(taskToken, '2')]);
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect((await failure(send(taskToken))).name).toBe('TaskTimedOut');
});

test('IAM decides each call, on the state machine or the execution', async () => {
  const { executionArn } = await start('iam');
  const taskToken = await token(executionArn);
  const other = machineArn('other');
  sfn = await caller(allow('states:*', other));
  for (const command of [
    () => start('x'),
    () => describe(executionArn),
    () => sfn.send(new SendTaskSuccessCommand({ taskToken, output: '1' })),
    () => sfn.send(new SendTaskHeartbeatCommand({ taskToken })),
    () => sfn.send(new StopExecutionCommand({ executionArn })),
  ]) {
    expect((await failure(command())).name).toBe('AccessDeniedException');
  }
  const denied = await failure(start('x'));
  expect(denied.message).toContain(
    `is not authorized to perform: states:StartExecution on resource: ${stateMachineArn}`,
  );
  sfn = await caller(allow('states:SendTaskSuccess', stateMachineArn));
  await sfn.send(new SendTaskSuccessCommand({ taskToken, output: '1' }));
});

test('a redrive goes on where it failed', async () => {
  let broken = true;
  await world.stop();
  world = await openWorld({
    lambda: () =>
      broken ? { ok: false, error: { errorType: 'Broken', errorMessage: 'x' } } : { ok: true, payload: '"mended"' },
  });
  await world.put(
    'approval',
    asl({
      First: { Type: 'Pass', Assign: { kept: 7 }, Next: 'Call' },
      Call: { ...INVOKE, Output: '{% [$states.result.Payload, $kept] %}', End: true },
    }),
  );
  sfn = await caller(allow('states:*', '*'));
  const { executionArn = '' } = await start('r');
  const redrive = (clientToken?: string) => sfn.send(new RedriveExecutionCommand({ executionArn, clientToken }));
  await world.closed(executionArn);
  expect(await describe(executionArn)).toMatchObject({ status: 'FAILED', error: 'Broken', redriveCount: 0 });
  broken = false;
  world.clock.advance(1_000);
  const first = await redrive('once');
  expect((await redrive('once')).redriveDate).toEqual(first.redriveDate);
  await world.closed(executionArn);
  const mended = await describe(executionArn);
  expect(mended).toMatchObject({ status: 'SUCCEEDED', output: '["mended",7]', redriveCount: 1 });
  expect(mended.error).toBeUndefined();
  expect(await failure(redrive())).toEqual({
    name: 'ExecutionNotRedrivable',
    message: 'Execution is SUCCEEDED and cannot be redriven',
  });
});

test.each([
  ['throttle', 'ThrottlingException', false],
  ['timeoutBefore', 'TimeoutError', false],
  ['timeoutAfter', 'TimeoutError', true],
] as const)('the engine can be down: %s', async (kind, name, started) => {
  world.faults.set({ rules: [{ service: 'states', operation: 'StartExecution', kind, rate: 1, times: 1 }] });
  expect((await failure(start('down'))).name).toBe(name);
  const { executions = [] } = await sfn.send(new ListExecutionsCommand({ stateMachineArn }));
  expect(executions).toHaveLength(started ? 1 : 0);
  await start('down');
});
