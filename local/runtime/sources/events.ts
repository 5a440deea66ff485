/**
 * Brings events to the targets of EventBridge's rules: again with growing pauses while a target is out of reach, at last
 * to the target's dead-letter queue.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
 */
import { randomUUID } from 'node:crypto';
import type { Backlog, Entry } from '../../aws/backlog.ts';
import type { EventBuses } from '../../aws/events/buses.ts';
import type { Delivery } from '../../aws/events/match.ts';
import { policyAllowsService } from '../../aws/iam/service-principal.ts';
import { AwsError } from '../../aws/service.ts';
import type { NewMessage, Queue, QueueStore } from '../../aws/sqs/queues.ts';
import type { SleepUntil } from '../../aws/sleep.ts';
import type { StateStore } from '../../aws/store.ts';
import type { Permission } from '../deploy/deployment.ts';
import { mayInvoke } from '../gateway/permission.ts';
import type { Json } from '../json.ts';
import type { Invocation } from './asynchronous.ts';
import type { EventSource } from './source.ts';
import type { StartExecutionFor } from './state-machines.ts';
import { startWorker } from './worker.ts';

/** Why an event did not reach its target. The codes are EventBridge's. */
export class DeliveryFailure extends Error {
  readonly code: 'NO_PERMISSIONS' | 'NO_RESOURCE' | 'INVALID_JSON' | 'SDK_CLIENT_ERROR';

  constructor(code: DeliveryFailure['code'], message: string) {
    super(message);
    this.name = 'DeliveryFailure';
    this.code = code;
  }
}

type Changes = Readonly<Record<string, unknown>>;

export interface EventsDeps {
  readonly buses: Pick<EventBuses, 'deliveries'>;
  readonly invocations: Pick<Backlog<Invocation>, 'accept' | 'announce'>;
  readonly queues: QueueStore;
  readonly store: StateStore;
  readonly permissions: readonly Permission[];
  readonly hasFunction: (arn: string) => boolean;
  /** Checks that a rule's role lets EventBridge do this. @throws {Error} in IAM's words */
  readonly authorizeRole: (roleArn: string, ruleArn: string, action: string, resource: string) => Promise<void>;
  readonly startExecution: StartExecutionFor;
  readonly clock: () => number;
  readonly sleepUntil: SleepUntil;
  readonly report: (error: unknown, where: string) => void;
}

const SERVICE = 'events.amazonaws.com';
const MAX_PAUSE_MS = 10 * 60_000;

/** Failures that no further try would mend: they go to the dead-letter queue at once. */
const FINAL: ReadonlySet<string> = new Set(['NO_PERMISSIONS', 'NO_RESOURCE', 'INVALID_JSON']);

export function startEvents(deps: EventsDeps): EventSource {
  const { buses, invocations, queues, store, clock, report } = deps;
  const { deliveries } = buses;

  async function mayBeSent(queue: Queue, ruleArn: string): Promise<boolean> {
    const asked = { action: 'sqs:SendMessage', resource: queue.arn, accountId: queue.accountId };
    return queue.policy !== undefined && (await policyAllowsService(queue.policy, SERVICE, ruleArn, asked));
  }

  async function asRole(ruleArn: string, roleArn: string, action: string, resource: string): Promise<void> {
    await deps.authorizeRole(roleArn, ruleArn, action, resource).catch((error: unknown) => {
      throw new DeliveryFailure('NO_PERMISSIONS', error instanceof Error ? error.message : String(error));
    });
  }

  /** Brings it there; answers what is to be written besides. */
  async function deliver({ id, ruleArn, target, input }: Delivery): Promise<Changes> {
    const [, , service = ''] = target.arn.split(':');
    if (service === 'lambda') {
      if (!deps.hasFunction(target.arn)) throw new DeliveryFailure('NO_RESOURCE', `there is no ${target.arn}`);
      if (target.roleArn !== undefined) await asRole(ruleArn, target.roleArn, 'lambda:InvokeFunction', target.arn);
      else if (!mayInvoke(deps.permissions, SERVICE, target.arn, ruleArn)) {
        throw new DeliveryFailure('NO_PERMISSIONS', `${ruleArn} may not invoke ${target.arn}`);
      }
      const invocation = { requestId: randomUUID(), functionArn: target.arn, event: jsonOf(input) };
      return invocations.accept([invocation], clock());
    }
    if (service === 'sqs') {
      const queue = queueAt(target.arn);
      if (target.roleArn !== undefined) await asRole(ruleArn, target.roleArn, 'sqs:SendMessage', target.arn);
      else if (!(await mayBeSent(queue, ruleArn))) {
        throw new DeliveryFailure('NO_PERMISSIONS', `${ruleArn} may not send to ${target.arn}`);
      }
      await queues.send(queue, messageOf(queue, target.messageGroupId, input));
      return {};
    }
    const session = sessionFor(target.roleArn ?? '', ruleArn);
    await asRole(ruleArn, session.roleArn, 'states:StartExecution', target.arn);
    // By its name a start that is tried again is known.
    await deps.startExecution(session, target.arn, { name: id, input: JSON.stringify(jsonOf(input)) });
    return {};
  }

  function queueAt(arn: string): Queue {
    const queue = queues.byArn(arn);
    if (queue) return queue;
    throw new DeliveryFailure('NO_RESOURCE', `there is no queue ${arn}`);
  }

  async function giveUp(entry: Entry<Delivery>, failure: DeliveryFailure, condition?: string): Promise<void> {
    const { ruleArn, target, input } = entry.item;
    const text = `${ruleArn} → ${target.arn}: ${failure.code}: ${failure.message}`;
    if (target.deadLetterArn === undefined) throw new Error(`${text}; it has no dead-letter queue`);
    const queue = queueAt(target.deadLetterArn);
    if (!(await mayBeSent(queue, ruleArn))) throw new Error(`${text}; its dead-letter queue's policy lets nothing in`);
    const facts = {
      RULE_ARN: ruleArn,
      TARGET_ARN: target.arn,
      ERROR_CODE: failure.code,
      ERROR_MESSAGE: failure.message,
      ...(condition !== undefined && { EXHAUSTED_RETRY_CONDITION: condition }),
      RETRY_ATTEMPTS: String(entry.failures),
    };
    const attributes = Object.fromEntries(
      Object.entries(facts).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
    );
    await queues.send(queue, { body: input, attributes, senderId: SERVICE });
  }

  return startWorker({
    where: 'EventBridge',
    backlog: deliveries,
    store,
    clock,
    sleepUntil: deps.sleepUntil,
    report,
    async work(entry) {
      const { maxRetries, maxAgeMs } = entry.item.target;
      try {
        const changes = await deliver(entry.item);
        // In one write: the event is either still EventBridge's or already Lambda's.
        await store.write({ ...changes, ...deliveries.settle(entry) });
        invocations.announce();
        return {};
      } catch (error) {
        const failure = asFailure(error);
        const pauseMs = Math.min(MAX_PAUSE_MS, 1_000 * 2 ** entry.failures);
        const isTooOld = clock() + pauseMs > entry.acceptedAt + maxAgeMs;
        const isFinal = FINAL.has(failure.code);
        if (!isFinal && entry.failures < maxRetries && !isTooOld) {
          return deliveries.putOff(entry, clock() + pauseMs);
        }
        const exhausted = entry.failures < maxRetries ? 'MaximumEventAgeInSeconds' : 'MaximumRetryAttempts';
        await giveUp(entry, failure, isFinal ? undefined : exhausted).catch((problem: unknown) => {
          report(problem, 'EventBridge');
        });
        return deliveries.settle(entry);
      }
    },
  });
}

/** How EventBridge takes a target's role. */
export const sessionFor = (roleArn: string, ruleArn: string) => ({
  roleArn,
  sessionName: 'events',
  service: SERVICE,
  sourceArn: ruleArn,
});

function messageOf(queue: Queue, groupId: string | undefined, body: string): NewMessage {
  return {
    body,
    ...(groupId !== undefined && { groupId }),
    // Every delivery is a message of its own, whatever its text.
    ...(queue.fifo && { deduplicationId: randomUUID() }),
    senderId: SERVICE,
  };
}

function jsonOf(input: string): Json {
  try {
    return JSON.parse(input) as Json;
  } catch {
    throw new DeliveryFailure('INVALID_JSON', 'the input template made no JSON');
  }
}

function asFailure(error: unknown): DeliveryFailure {
  if (error instanceof DeliveryFailure) return error;
  if (error instanceof AwsError && error.code === 'StateMachineDoesNotExist') {
    return new DeliveryFailure('NO_RESOURCE', error.message);
  }
  return new DeliveryFailure('SDK_CLIENT_ERROR', error instanceof Error ? error.message : String(error));
}
