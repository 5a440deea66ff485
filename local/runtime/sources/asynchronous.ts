/**
 * Asynchronous invocations, as Lambda takes them from EventBridge: two more tries of what fails, then the function's
 * failure destination or its dead-letter queue.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
import type { Backlog, Entry } from '../../aws/backlog.ts';
import type { QueueStore } from '../../aws/sqs/queues.ts';
import type { SleepUntil } from '../../aws/sleep.ts';
import type { StateStore } from '../../aws/store.ts';
import type { Deployment } from '../deploy/deployment.ts';
import type { Json } from '../json.ts';
import type { FunctionError } from '../lambda/outcome.ts';
import type { EventSource, SourceDeps } from './source.ts';
import { startWorker } from './worker.ts';

export interface Invocation {
  readonly requestId: string;
  readonly functionArn: string;
  readonly event: Json;
}

export interface AsynchronousDeps extends SourceDeps {
  readonly deployment: Pick<Deployment, 'functions' | 'invokeConfigs'>;
  readonly queues: QueueStore;
  readonly store: StateStore;
  readonly clock: () => number;
  readonly sleepUntil: SleepUntil;
}

const MINUTE_MS = 60_000;
const DEFAULTS = { maxRetries: 2, maxAgeMs: 6 * 60 * MINUTE_MS } as const;
type Condition = 'RetriesExhausted' | 'EventAgeExceeded';

export function startAsynchronous(backlog: Backlog<Invocation>, deps: AsynchronousDeps): EventSource {
  const { deployment, queues, store, clock, report, invoke } = deps;
  const where = 'asynchronous invocations';

  async function giveUp(entry: Entry<Invocation>, error: FunctionError, condition: Condition): Promise<void> {
    const { functionArn } = entry.item;
    const destination = deployment.invokeConfigs.get(functionArn)?.onFailureArn;
    const deadLetter = deployment.functions.get(functionArn)?.deadLetterArn;
    const tries = entry.failures + 1;
    const now = clock();
    if (destination !== undefined) await send(functionArn, destination, recordOf(entry, error, condition, tries, now));
    if (deadLetter !== undefined) await send(functionArn, deadLetter, letterOf(entry, error));
    if (destination === undefined && deadLetter === undefined) {
      throw new Error(`given up after ${tries} tries: ${error.errorType}: ${error.errorMessage}`);
    }
  }

  async function send(functionArn: string, queueArn: string, message: object & { body: string }): Promise<void> {
    await deps.authorize(functionArn, 'sqs:SendMessage', queueArn);
    const queue = queues.byArn(queueArn);
    if (!queue) throw new Error(`there is no queue \`${queueArn}\``);
    await queues.send(queue, { ...message, senderId: 'lambda.amazonaws.com' });
  }

  return startWorker({
    where,
    backlog,
    store,
    clock,
    sleepUntil: deps.sleepUntil,
    report,
    async work(entry) {
      const { functionArn, event } = entry.item;
      const { maxRetries, maxAgeMs } = { ...DEFAULTS, ...deployment.invokeConfigs.get(functionArn) };
      // A function that a newer template has no more ends what was on its way to it.
      if (!deployment.functions.has(functionArn)) {
        report(new Error(`there is no function \`${functionArn}\` any more`), where);
        return backlog.settle(entry);
      }
      const outcome = await invoke(functionArn, event);
      if (outcome.ok) return backlog.settle(entry);
      const next = clock() + (entry.failures + 1) * MINUTE_MS;
      const isTooOld = next > entry.acceptedAt + maxAgeMs;
      if (entry.failures < maxRetries && !isTooOld) return backlog.putOff(entry, next);
      const condition = entry.failures < maxRetries ? 'EventAgeExceeded' : 'RetriesExhausted';
      await giveUp(entry, outcome.error, condition).catch((error: unknown) => {
        report(error, `${where} of ${functionArn}`);
      });
      return backlog.settle(entry);
    },
  });
}

/** What a failure destination is told. */
function recordOf(
  { item }: Entry<Invocation>,
  error: FunctionError,
  condition: Condition,
  tries: number,
  now: number,
): { readonly body: string } {
  const record = {
    version: '1.0',
    timestamp: new Date(now).toISOString(),
    requestContext: {
      requestId: item.requestId,
      functionArn: `${item.functionArn}:$LATEST`,
      condition,
      approximateInvokeCount: tries,
    },
    requestPayload: item.event,
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    responsePayload: error,
  };
  return { body: JSON.stringify(record) };
}

/** What a dead-letter queue is given. */
function letterOf({ item }: Entry<Invocation>, error: FunctionError) {
  return {
    body: JSON.stringify(item.event),
    attributes: {
      RequestID: { DataType: 'String', StringValue: item.requestId },
      ErrorCode: { DataType: 'Number', StringValue: '200' },
      ErrorMessage: { DataType: 'String', StringValue: error.errorMessage.slice(0, 1_024) || error.errorType },
    },
  };
}
