/** All event sources of a deployment: streams, queues and schedules. */
import { openBacklog } from '../../aws/backlog.ts';
import type { DynamoDb } from '../../aws/dynamodb/dynamodb.ts';
import type { Bootstrap } from '../../aws/bootstrap.ts';
import type { EventBuses } from '../../aws/events/buses.ts';
import type { Secrets } from '../../aws/secrets/secrets.ts';
import type { SleepUntil } from '../../aws/sleep.ts';
import type { QueueStore } from '../../aws/sqs/queues.ts';
import type { StateStore } from '../../aws/store.ts';
import type { SystemClock } from '../../clock.ts';
import type { Deployment, EventSourceSpec } from '../deploy/deployment.ts';
import type { Invoke } from '../lambda/functions.ts';
import type { Arrivals } from './arrivals.ts';
import { startAsynchronous } from './asynchronous.ts';
import type { Invocation } from './asynchronous.ts';
import { startEventSchedule } from './event-schedule.ts';
import { sessionFor, startEvents } from './events.ts';
import { startQueue } from './queue.ts';
import { startRotations } from './rotation.ts';
import { startSchedule } from './schedule.ts';
import type { EventSource, SourceDeps } from './source.ts';
import type { StartExecutionFor } from './state-machines.ts';
import { positionOf, startStream } from './stream.ts';

/** What sources need of the local AWS. */
export interface SourceCloud {
  readonly dynamodb: Pick<DynamoDb, 'readStream' | 'trimStream' | 'lastSequence'>;
  /** Of the streams. */
  readonly arrivals: Arrivals;
  readonly queues: QueueStore;
  /** Where positions in streams are kept. */
  readonly store: StateStore;
  readonly bootstrap: Pick<Bootstrap, 'checkServiceAccess'>;
  readonly buses: EventBuses;
  readonly secrets: Secrets;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly sleepUntil: SleepUntil;
  readonly systemClock: Pick<SystemClock, 'rate'>;
}

export interface SourcesOptions {
  readonly deployment: Deployment;
  readonly cloud: SourceCloud;
  readonly invoke: Invoke;
  readonly startExecution: StartExecutionFor;
  readonly report: (error: unknown, where: string) => void;
}

const TRIM_EVERY_MS = 5_000;

/** Sessions that are only used to ask IAM what they may do. In seconds. */
const SESSION_SECONDS = 900;

export async function startSources(options: SourcesOptions): Promise<EventSource> {
  const { deployment, invoke, report } = options;
  const { dynamodb, arrivals, queues, store, bootstrap, buses, secrets, clock, sleepUntil } = options.cloud;

  async function authorize(functionArn: string, action: string, resource: string): Promise<void> {
    const spec = deployment.functions.get(functionArn);
    if (!spec) throw new Error(`there is no function \`${functionArn}\``);
    const session = { roleArn: spec.roleArn, sessionName: spec.name, duration: SESSION_SECONDS };
    await bootstrap.checkServiceAccess(session, { action, resource });
  }
  const shared: SourceDeps = { invoke, authorize, report };

  const trimmedAt = new Map<string, number>();

  /** Forgets what all readers of a stream are past. Now and then: what stays longer harms nobody. */
  async function trim(streamArn: string): Promise<void> {
    const now = performance.now();
    if (now - (trimmedAt.get(streamArn) ?? -TRIM_EVERY_MS) < TRIM_EVERY_MS) return;
    const positions = deployment.eventSources
      .filter((spec) => spec.sourceArn === streamArn)
      .map((spec) => positionOf(store, spec));
    const known = positions.filter((position) => position !== undefined).sort();
    const [slowest] = known;
    if (slowest === undefined || known.length < positions.length) return;
    trimmedAt.set(streamArn, now);
    await dynamodb.trimStream(streamArn, slowest);
  }

  const startMapping = (spec: EventSourceSpec): EventSource | Promise<EventSource> =>
    spec.sourceArn.startsWith('arn:aws:sqs:')
      ? startQueue(spec, { ...shared, queues, clockRate: options.cloud.systemClock.rate })
      : startStream(spec, {
          ...shared,
          read: (arn, after, limit) => dynamodb.readStream(arn, after, limit),
          lastSequence: () => dynamodb.lastSequence(),
          nextArrival: (arn) => arrivals.next(arn),
          store,
          onPosition: trim,
          async sendFailure(queueArn, body) {
            const queue = queues.byArn(queueArn);
            if (!queue) throw new Error(`there is no queue \`${queueArn}\``);
            await queues.send(queue, { body, senderId: 'lambda.amazonaws.com' });
          },
        });

  const started: EventSource[] = [];
  for (const spec of deployment.eventSources) started.push(await startMapping(spec));
  for (const spec of deployment.schedules) {
    started.push(
      startSchedule(spec, {
        invoke,
        report,
        clock,
        sleepUntil,
        authorize: ({ roleArn, groupArn, targetArn }) =>
          bootstrap.checkServiceAccess(
            {
              roleArn,
              sessionName: 'scheduler',
              duration: SESSION_SECONDS,
              service: 'scheduler.amazonaws.com',
              sourceArn: groupArn,
            },
            { action: 'lambda:InvokeFunction', resource: targetArn },
          ),
      }),
    );
  }
  const timed = { store, clock, sleepUntil, report };
  const invocations = openBacklog<Invocation>(store, 'invocations');
  started.push(
    startAsynchronous(invocations, { ...shared, ...timed, deployment, queues }),
    startEvents({
      ...timed,
      buses,
      invocations,
      queues,
      permissions: deployment.permissions,
      hasFunction: (arn) => deployment.functions.has(arn),
      authorizeRole: (roleArn, ruleArn, action, resource) =>
        bootstrap.checkServiceAccess(
          { ...sessionFor(roleArn, ruleArn), duration: SESSION_SECONDS },
          { action, resource },
        ),
      startExecution: options.startExecution,
    }),
    startRotations({ ...timed, secrets, invoke, permissions: deployment.permissions }),
  );
  for (const rule of buses.rules()) {
    const { enabled, rateMs } = rule;
    if (enabled && rateMs !== undefined) started.push(startEventSchedule({ ...rule, rateMs }, { ...timed, buses }));
  }
  return {
    async stop() {
      await Promise.all(started.map((source) => source.stop()));
    },
  };
}
