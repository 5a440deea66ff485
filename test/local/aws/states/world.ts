/**
 * State machines for tests: a local AWS with a clock that the test moves, where waits end when it has moved far enough,
 * and functions that are the test's own.
 */
import { SFNClient } from '@aws-sdk/client-sfn';
import { openLocalAws } from '../../../../local/aws/local-aws.ts';
import type { LocalAws } from '../../../../local/aws/local-aws.ts';
import { createFaults } from '../../../../local/aws/faults.ts';
import type { Faults } from '../../../../local/aws/faults.ts';
import type { Execution } from '../../../../local/aws/states/execution.ts';
import { memoryStore } from '../../../../local/aws/store.ts';
import type { StateStore } from '../../../../local/aws/store.ts';
import type { Outcome } from '../../../../local/runtime/lambda/outcome.ts';
import { startStateMachines } from '../../../../local/runtime/sources/state-machines.ts';
import type { AddressInfo } from 'node:net';
import { BROKER, policy } from '../harness.ts';
import type { Credentials } from '../harness.ts';

export const REGION = 'us-east-1';
export const FUNCTION_ARN = `arn:aws:lambda:${REGION}:${BROKER}:function:worker`;
export const machineArn = (name: string) => `arn:aws:states:${REGION}:${BROKER}:stateMachine:${name}`;

const TRUST_STATES = policy({
  Effect: 'Allow',
  Principal: { Service: 'states.amazonaws.com' },
  Action: 'sts:AssumeRole',
});
export const MAY_INVOKE = { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: FUNCTION_ARN };

/** Ends each wait when the clock is moved past its time. */
export function manualClock(start: number) {
  const sleepers = new Set<{ readonly time: number; readonly wake: () => void }>();
  let now = start;
  const settle = () => {
    for (const sleeper of sleepers) if (sleeper.time <= now) sleeper.wake();
  };
  return {
    now: () => now,
    advance(milliseconds: number) {
      now += milliseconds;
      settle();
    },
    /** The next time that something waits for. */
    next: () => Math.min(...[...sleepers].map(({ time }) => time)),
    sleepUntil: (time: number, signal: AbortSignal) =>
      new Promise<void>((resolve) => {
        const finish = () => {
          sleepers.delete(sleeper);
          resolve();
        };
        const sleeper = { time, wake: finish };
        sleepers.add(sleeper);
        signal.addEventListener('abort', finish, { once: true });
        settle();
      }),
  };
}
export type ManualClock = ReturnType<typeof manualClock>;

export const START = Date.UTC(2026, 10, 21, 9, 0, 0);

export interface World {
  readonly aws: LocalAws;
  readonly clock: ManualClock;
  readonly faults: Faults;
  readonly errors: unknown[];
  /** What functions were invoked with, in order. */
  readonly invocations: unknown[];
  readonly roleArn: string;
  put(name: string, definition: object, roleArn?: string): Promise<string>;
  start(name: string, input?: unknown, executionName?: string): Promise<Execution>;
  /** The execution as it is when `until` holds of it. */
  seen(arn: string, until: (execution: Execution) => boolean): Promise<Execution>;
  closed(arn: string): Promise<Execution>;
  client(credentials: Credentials): SFNClient;
  readonly url: string;
  /** Ends everything but the store, as a crash would. */
  stop(): Promise<void>;
}

export interface WorldOptions {
  readonly store?: StateStore;
  readonly clock?: ManualClock;
  /** @default answers what it is given */
  readonly lambda?: (event: never, count: number) => Outcome | Promise<Outcome>;
  /** What the execution role may do. */
  readonly statements?: readonly object[];
  readonly trust?: string;
}

export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const store = options.store ?? memoryStore();
  const clock = options.clock ?? manualClock(START);
  const { lambda = (event: unknown): Outcome => ({ ok: true, payload: JSON.stringify(event) }) } = options;
  const faults = createFaults();
  const errors: unknown[] = [];
  const invocations: unknown[] = [];
  const aws = await openLocalAws({
    store,
    accounts: [BROKER],
    clock: clock.now,
    sleepUntil: clock.sleepUntil,
    signatureClock: () => Date.now(),
    services: [],
    faults,
    report: (error) => errors.push(error),
  });
  await new Promise<void>((resolve) => aws.server.listen(0, '127.0.0.1', resolve));
  const { port } = aws.server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const { arn: roleArn } = await aws.bootstrap.createRole({
    accountId: BROKER,
    name: 'machine',
    trustPolicy: options.trust ?? TRUST_STATES,
    inlinePolicies: { Own: policy(...(options.statements ?? [MAY_INVOKE])) },
  });
  const running = startStateMachines({
    cloud: { bootstrap: aws.bootstrap, faults, stepFunctions: aws.stepFunctions },
    async invoke(arn, event) {
      if (arn !== FUNCTION_ARN) throw new Error(`there is no function \`${arn}\``);
      invocations.push(event);
      return lambda(event as never, invocations.length);
    },
  });
  const find = (arn: string) => store.get(`states/execution/${arn}`) as Execution | undefined;

  const world: World = {
    aws,
    clock,
    faults,
    errors,
    invocations,
    roleArn,
    url,
    async put(name, definition, role = roleArn) {
      const spec = { accountId: BROKER, region: REGION, name, roleArn: role, definition: JSON.stringify(definition) };
      return (await aws.stepFunctions.machines.put(spec)).arn;
    },
    async start(name, input = {}, executionName) {
      const machine = aws.stepFunctions.machines.find(machineArn(name));
      if (!machine) throw new Error(`no machine ${name}`);
      return aws.stepFunctions.engine.start(machine, { name: executionName, input: JSON.stringify(input) });
    },
    async seen(arn, until) {
      for (let tries = 0; tries < 2_000; tries += 1) {
        const execution = find(arn);
        if (execution && until(execution)) return execution;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      throw new Error(`${arn} never came there: ${JSON.stringify(find(arn)?.current)}`);
    },
    closed: (arn) => world.seen(arn, ({ status }) => status !== 'RUNNING'),
    client: (credentials) => new SFNClient({ endpoint: url, region: REGION, credentials, maxAttempts: 1 }),
    async stop() {
      await running.stop();
      aws.server.closeAllConnections();
      await new Promise((resolve) => aws.server.close(resolve));
      await aws.close();
    },
  };
  return world;
}

/** A definition of these states; the first one is where it starts. */
export const asl = (States: Readonly<Record<string, object>>, more: object = {}) => ({
  QueryLanguage: 'JSONata',
  StartAt: Object.keys(States)[0],
  States,
  ...more,
});

export const INVOKE = {
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { FunctionName: FUNCTION_ARN, Payload: '{% $states.input %}' },
};

export const ASK = {
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
  Arguments: { FunctionName: FUNCTION_ARN, Payload: { token: '{% $states.context.Task.Token %}' } },
};
