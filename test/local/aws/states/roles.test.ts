import { afterEach, expect, test } from 'vitest';
import { executionStarter } from '../../../../local/runtime/sources/state-machines.ts';
import { BROKER, policy, TRUST_LAMBDA } from '../harness.ts';
import { asl, INVOKE, machineArn, openWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
afterEach(async () => {
  expect(world.errors).toEqual([]);
  await world.stop();
});
const CALL = asl({ Call: { ...INVOKE, Output: '{% $states.result.Payload %}', End: true } });

async function failureOf(options: Parameters<typeof openWorld>[0]) {
  world = await openWorld(options);
  await world.put('m', CALL);
  const { arn } = await world.start('m');
  return world.closed(arn);
}

test('the role must trust Step Functions', async () => {
  const closed = await failureOf({ trust: TRUST_LAMBDA });
  expect(closed).toMatchObject({ error: 'States.Permissions' });
  expect(closed.cause).toContain('does not trust `states.amazonaws.com`');
  expect(world.invocations).toEqual([]);
});

test('the role’s trust may be bound to the state machine', async () => {
  const bound = (name: string) =>
    policy({
      Effect: 'Allow',
      Principal: { Service: 'states.amazonaws.com' },
      Action: 'sts:AssumeRole',
      Condition: { ArnLike: { 'aws:SourceArn': machineArn(name) } },
    });
  expect(await failureOf({ trust: bound('other') })).toMatchObject({ error: 'States.Permissions' });
  await world.stop();
  expect(await failureOf({ trust: bound('m') })).toMatchObject({ status: 'SUCCEEDED' });
});

test.each([
  ['throttle', 'Lambda.TooManyRequestsException', 0],
  ['timeoutBefore', 'Lambda.SdkClientException', 0],
  ['timeoutAfter', 'Lambda.SdkClientException', 1],
] as const)('Lambda itself may fail: %s', async (kind, error, calls) => {
  world = await openWorld();
  world.faults.set({ rules: [{ service: 'lambda', operation: 'Invoke', kind, rate: 1 }] });
  await world.put('m', CALL);
  const { arn } = await world.start('m');
  expect(await world.closed(arn)).toMatchObject({ status: 'FAILED', error });
  expect(world.invocations).toHaveLength(calls);
});

test('a rule starts an execution in its role’s name, and only so', async () => {
  world = await openWorld();
  await world.put('m', CALL);
  const { bootstrap, stepFunctions } = world.aws;
  const startExecution = executionStarter({ bootstrap, faults: world.faults, stepFunctions });
  const trustPolicy = policy({
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: 'sts:AssumeRole',
  });
  const role = await bootstrap.createRole({
    accountId: BROKER,
    name: 'rule',
    trustPolicy,
    inlinePolicies: { Own: policy({ Effect: 'Allow', Action: 'states:StartExecution', Resource: machineArn('m') }) },
  });
  const session = { roleArn: role.arn, sessionName: 'events', service: 'events.amazonaws.com' };
  const { executionArn } = await startExecution(session, machineArn('m'), { name: 'by-rule', input: '{"a":1}' });
  expect(await world.closed(executionArn)).toMatchObject({ status: 'SUCCEEDED', output: '{"a":1}' });

  const start = (change: object, input = '{}', name = 'm') =>
    startExecution({ ...session, ...change }, machineArn(name), { input });
  await expect(start({ service: 'scheduler.amazonaws.com' })).rejects.toThrow('does not trust');
  await expect(start({}, '{}', 'other')).rejects.toThrow('is not authorized to perform: states:StartExecution');
  await expect(start({}, '{')).rejects.toMatchObject({ code: 'InvalidExecutionInput' });
  world.faults.set({ rules: [{ service: 'states', operation: 'StartExecution', kind: 'throttle', rate: 1 }] });
  await expect(start({})).rejects.toMatchObject({ code: 'ThrottlingException' });
});
