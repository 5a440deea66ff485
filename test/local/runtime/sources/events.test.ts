import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { openBacklog } from '../../../../local/aws/backlog.ts';
import { openBuses } from '../../../../local/aws/events/buses.ts';
import type { RuleTarget } from '../../../../local/aws/events/match.ts';
import { AwsError } from '../../../../local/aws/service.ts';
import { openQueues } from '../../../../local/aws/sqs/queues.ts';
import type { Received } from '../../../../local/aws/sqs/queues.ts';
import { memoryStore } from '../../../../local/aws/store.ts';
import type { StateStore } from '../../../../local/aws/store.ts';
import { emptyDeployment } from '../../../../local/runtime/deploy/deployment.ts';
import type { InvokeConfig } from '../../../../local/runtime/deploy/deployment.ts';
import { failed } from '../../../../local/runtime/lambda/outcome.ts';
import type { Outcome } from '../../../../local/runtime/lambda/outcome.ts';
import { startAsynchronous } from '../../../../local/runtime/sources/asynchronous.ts';
import type { Invocation } from '../../../../local/runtime/sources/asynchronous.ts';
import { startEvents } from '../../../../local/runtime/sources/events.ts';
import type { EventsDeps } from '../../../../local/runtime/sources/events.ts';
import type { EventSource } from '../../../../local/runtime/sources/source.ts';

const ACCOUNT = '999988887777';
const arn = (service: string, name: string): string => `arn:aws:${service}:us-east-1:${ACCOUNT}:${name}`;
const BUS = arn('events', 'event-bus/writ');
const RULE = arn('events', 'rule/writ/r');
const FUNCTION = arn('lambda', 'function:notify');
const MACHINE = arn('states', 'stateMachine:chain');
const DEAD = arn('sqs', 'dead');

const sources: EventSource[] = [];
afterEach(async () => {
  for (const source of sources.splice(0)) await source.stop();
});

const sendPolicy = (queue: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: queue,
        Condition: { ArnEquals: { 'aws:SourceArn': RULE } },
      },
    ],
  });

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

interface Options {
  readonly target?: Partial<RuleTarget>;
  readonly deps?: Partial<EventsDeps>;
  readonly invoke?: () => Outcome;
  readonly config?: InvokeConfig;
  readonly store?: StateStore;
}

/** A rule with one target; time passes as soon as somebody waits for it. */
async function start({ target = {}, deps = {}, invoke, config, store = memoryStore() }: Options = {}) {
  let now = 0;
  const clock = (): number => now;
  const queues = openQueues(store, clock);
  const dead = await queues.put({ accountId: ACCOUNT, region: 'us-east-1', name: 'dead', policy: sendPolicy(DEAD) });
  const buses = openBuses(store, clock);
  buses.put({ accountId: ACCOUNT, region: 'us-east-1', name: 'writ' });
  buses.putRule({
    arn: RULE,
    name: 'r',
    busArn: BUS,
    pattern: { source: ['writ'] },
    enabled: true,
    targets: [{ id: 'T', arn: FUNCTION, maxRetries: 2, maxAgeMs: 3_600_000, deadLetterArn: DEAD, ...target }],
  });
  const invocations = openBacklog<Invocation>(store, 'invocations');
  const events: unknown[] = [];
  const reports: string[] = [];
  const deployment = emptyDeployment();
  const spec = { name: 'notify', accountId: ACCOUNT, region: 'us-east-1', directory: '', handler: '', roleArn: 'r' };
  deployment.functions.set(FUNCTION, { ...spec, arn: FUNCTION, environment: {}, timeoutSeconds: 3, memoryMb: 128 });
  if (config) deployment.invokeConfigs.set(FUNCTION, config);
  const shared = {
    queues,
    store,
    clock,
    sleepUntil: async (time: number, signal: AbortSignal) => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (time !== Number.MAX_SAFE_INTEGER && !signal.aborted) now = Math.max(now, time);
      else if (!signal.aborted) await once(signal, 'abort');
    },
    report: (error: unknown) => void reports.push(String(error)),
  };
  const run = (): void => {
    sources.push(
      startAsynchronous(invocations, {
        ...shared,
        deployment,
        authorize: () => Promise.resolve(),
        async invoke(_arn, event) {
          events.push(event);
          return invoke?.() ?? { ok: true, payload: 'null' };
        },
      }),
      startEvents({
        ...shared,
        buses,
        invocations,
        permissions: [{ functionArn: FUNCTION, principal: 'events.amazonaws.com', sourceArn: RULE }],
        hasFunction: (one) => deployment.functions.has(one),
        authorizeRole: () => Promise.resolve(),
        startExecution: () => Promise.reject(new Error('there is none')),
        ...deps,
      }),
    );
  };
  const send = () => buses.accept([{ busArn: BUS, event: { id: 'e-1', source: 'writ', detail: { a: 1 } } }]);
  const letters = async (): Promise<Received> => {
    await until(() => queues.counts(dead).visible === 1);
    const [letter] = await queues.receive(dead, 1);
    if (!letter) throw new Error('there is no letter');
    return letter;
  };
  return { queues, events, reports, run, send, letters, buses, invocations, store, now: clock };
}

const textsOf = ({ attributes = {} }: Received): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(attributes).map(([name, { StringValue }]) => [name, StringValue]));

describe('an event', () => {
  it('reaches the function that the rule may invoke', async () => {
    const { run, send, events, buses, invocations } = await start({ target: { inputPath: '$.detail' } });
    run();
    await send();
    await until(() => events.length === 1 && invocations.entries().length === 0);
    expect(events).toEqual([{ a: 1 }]);
    expect(buses.deliveries.entries()).toEqual([]);
  });

  it('that was accepted before a restart is delivered after it', async () => {
    const store = memoryStore();
    const before = await start({ store });
    await before.send();
    const after = await start({ store });
    after.run();
    await until(() => after.events.length === 1);
    expect(after.events).toEqual([{ id: 'e-1', source: 'writ', detail: { a: 1 } }]);
  });

  it('reaches a queue whose policy lets the rule in, and only that', async () => {
    const target = { arn: arn('sqs', 'q') };
    const open = await start({ target });
    const one = { accountId: ACCOUNT, region: 'us-east-1', name: 'q' };
    const queue = await open.queues.put({ ...one, policy: sendPolicy(target.arn) });
    open.run();
    await open.send();
    await until(() => open.queues.counts(queue).visible === 1);

    const shut = await start({ target });
    await shut.queues.put(one);
    shut.run();
    await shut.send();
    const letter = await shut.letters();
    expect(textsOf(letter)).toEqual({
      RULE_ARN: RULE,
      TARGET_ARN: target.arn,
      ERROR_CODE: 'NO_PERMISSIONS',
      ERROR_MESSAGE: `${RULE} may not send to ${target.arn}`,
      RETRY_ATTEMPTS: '0',
    });
    expect(JSON.parse(letter.body)).toMatchObject({ id: 'e-1' });
  });

  it('that a rule may not invoke a function for is given up at once', async () => {
    const { run, send, letters, events } = await start({ deps: { permissions: [] } });
    run();
    await send();
    expect(textsOf(await letters())).toMatchObject({ ERROR_CODE: 'NO_PERMISSIONS', RETRY_ATTEMPTS: '0' });
    expect(events).toEqual([]);
  });

  it('is tried again while a state machine can’t be started, under one name, and then given up', async () => {
    const names: (string | undefined)[] = [];
    const { run, send, letters, now } = await start({
      target: { arn: MACHINE, roleArn: 'role' },
      deps: {
        startExecution: async (_session, _arn, { name }) => {
          names.push(name);
          throw new AwsError('ThrottlingException', 'Rate exceeded');
        },
      },
    });
    run();
    await send();
    expect(textsOf(await letters())).toEqual({
      RULE_ARN: RULE,
      TARGET_ARN: MACHINE,
      ERROR_CODE: 'SDK_CLIENT_ERROR',
      ERROR_MESSAGE: 'Rate exceeded',
      EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
      RETRY_ATTEMPTS: '2',
    });
    expect([names.length, new Set(names).size]).toEqual([3, 1]);
    expect(now()).toBe(3_000);
  });

  it('without a dead-letter queue is reported when it is given up', async () => {
    const { deadLetterArn: _, ...target } = { deadLetterArn: '', arn: arn('sqs', 'gone') };
    const one = await start({ target: { ...target, deadLetterArn: arn('sqs', 'gone') } });
    one.run();
    await one.send();
    await until(() => one.reports.length === 1);
    expect(one.reports[0]).toContain('there is no queue');
    expect(one.buses.deliveries.entries()).toEqual([]);
  });
});

describe('an asynchronous invocation that fails', () => {
  it('is tried twice more, and then its failure destination is told', async () => {
    const config = { maxRetries: 2, maxAgeMs: 3_600_000, onFailureArn: DEAD };
    const { run, send, letters, events, now } = await start({ config, invoke: () => failed('Error', 'no') });
    run();
    await send();
    const record = JSON.parse((await letters()).body) as unknown;
    expect(record).toMatchObject({
      version: '1.0',
      requestContext: {
        functionArn: `${FUNCTION}:$LATEST`,
        condition: 'RetriesExhausted',
        approximateInvokeCount: 3,
      },
      requestPayload: { id: 'e-1' },
      responsePayload: { errorType: 'Error', errorMessage: 'no' },
    });
    expect(events).toHaveLength(3);
    expect(now()).toBe(180_000);
  });

  it('is given up when it is too old', async () => {
    const config = { maxRetries: 2, maxAgeMs: 90_000, onFailureArn: DEAD };
    const { run, send, letters, events } = await start({ config, invoke: () => failed('Error', 'no') });
    run();
    await send();
    expect(JSON.parse((await letters()).body)).toMatchObject({ requestContext: { condition: 'EventAgeExceeded' } });
    expect(events).toHaveLength(2);
  });
});
