import { afterEach, describe, expect, it } from 'vitest';
import { openBuses } from '../../../../local/aws/events/buses.ts';
import { openSealer } from '../../../../local/aws/sealer.ts';
import { openSecrets } from '../../../../local/aws/secrets/secrets.ts';
import { openQueues } from '../../../../local/aws/sqs/queues.ts';
import { memoryStore } from '../../../../local/aws/store.ts';
import { emptyDeployment } from '../../../../local/runtime/deploy/deployment.ts';
import type { EventSourceSpec, FunctionSpec } from '../../../../local/runtime/deploy/deployment.ts';
import { createArrivals } from '../../../../local/runtime/sources/arrivals.ts';
import { startSources } from '../../../../local/runtime/sources/sources.ts';
import type { EventSource } from '../../../../local/runtime/sources/source.ts';
import type { StreamRecord } from '../../../../local/aws/dynamodb/stream-record.ts';

const STREAM = 'arn:aws:dynamodb:us-east-1:999988887777:table/grants/stream/1';
const functionArn = (name: string): string => `arn:aws:lambda:us-east-1:999988887777:function:${name}`;

const sources: EventSource[] = [];
afterEach(async () => {
  for (const source of sources.splice(0)) await source.stop();
});

const mapping = (name: string): EventSourceSpec => ({
  id: name,
  sourceArn: STREAM,
  functionArn: functionArn(name),
  batchSize: 1,
  windowSeconds: 0,
  filters: [],
  reportsItemFailures: false,
  startingPosition: 'TRIM_HORIZON',
  maxRetries: -1,
  bisectsOnError: false,
});

const fn = (name: string): FunctionSpec => ({
  arn: functionArn(name),
  name,
  accountId: '999988887777',
  region: 'us-east-1',
  directory: '/nowhere',
  handler: 'index.handler',
  roleArn: `arn:aws:iam::999988887777:role/${name}`,
  environment: {},
  timeoutSeconds: 3,
  memoryMb: 128,
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

describe('event sources', () => {
  it('forget what all readers of a stream are past, and ask IAM in each function’s name', async () => {
    const records = ['1', '2', '3'];
    const trimmed: string[] = [];
    const asked = new Set<string>();
    const deployment = emptyDeployment();
    for (const name of ['quick', 'slow']) deployment.functions.set(functionArn(name), fn(name));
    deployment.eventSources.push(mapping('quick'), mapping('slow'));
    let slowMay = 1;
    const store = memoryStore();
    const sealer = await openSealer(store);
    sources.push(
      await startSources({
        deployment,
        invoke: async (arn) => {
          if (arn === functionArn('slow') && slowMay-- <= 0) return new Promise(() => undefined);
          return { ok: true, payload: 'null' };
        },
        cloud: {
          dynamodb: {
            readStream: async (_arn, after, limit) =>
              records
                .filter((sequence) => sequence > (after ?? ''))
                .slice(0, limit)
                .map((SequenceNumber) => ({ dynamodb: { SequenceNumber } }) as StreamRecord),
            trimStream: async (_arn, upTo) => void trimmed.push(upTo),
            lastSequence: () => '3',
          },
          arrivals: createArrivals(),
          queues: openQueues(store, () => 0),
          store,
          buses: openBuses(store, () => 0),
          secrets: openSecrets(store, sealer, () => 0),
          clock: () => 0,
          systemClock: { rate: 1 },
          sleepUntil: (_time, signal) =>
            new Promise((resolve) => {
              signal.addEventListener('abort', () => {
                resolve();
              });
            }),
          bootstrap: {
            checkServiceAccess: async ({ roleArn }, { action, resource }) =>
              void asked.add(`${roleArn} ${action} ${resource}`),
          },
        },
        startExecution: () => Promise.reject(new Error('there is no state machine')),
        report: () => undefined,
      }),
    );
    await until(
      () => (store.get('runtime/stream-position/quick') as { sequence: string } | undefined)?.sequence === '3',
    );
    await until(() => store.get('runtime/stream-position/slow') !== undefined);
    // The slow one has dealt with the first record only, so no more than that may go.
    await until(() => trimmed.length > 0);
    expect(new Set(trimmed)).toEqual(new Set(['1']));
    expect([...asked].sort()).toEqual([
      `arn:aws:iam::999988887777:role/quick dynamodb:GetRecords ${STREAM}`,
      `arn:aws:iam::999988887777:role/slow dynamodb:GetRecords ${STREAM}`,
    ]);
    sources.length = 0; // The slow one never ends.
  });
});
