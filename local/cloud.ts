/** The local AWS with its stores on the disk, as the runtime needs it. */
import { join } from 'node:path';
import { mkdirSync } from 'node:fs';
import type { Server } from 'node:http';
import type { Bootstrap } from './aws/bootstrap.ts';
import { createDynamoDb } from './aws/dynamodb/dynamodb.ts';
import type { DynamoDb } from './aws/dynamodb/dynamodb.ts';
import { createFaults } from './aws/faults.ts';
import type { Faults } from './aws/faults.ts';
import { openLocalAws } from './aws/local-aws.ts';
import type { LocalAws } from './aws/local-aws.ts';
import type { SleepUntil } from './aws/sleep.ts';
import type { QueueStore } from './aws/sqs/queues.ts';
import type { StepFunctions } from './aws/states/step-functions.ts';
import { levelStore } from './aws/store.ts';
import type { StateStore } from './aws/store.ts';
import type { SystemClock } from './clock.ts';
import { StartError } from './preflight.ts';
import type { Backends } from './runtime/deploy/resource.ts';
import { createArrivals } from './runtime/sources/arrivals.ts';
import type { Arrivals } from './runtime/sources/arrivals.ts';
import { loop } from './runtime/sources/source.ts';

export interface CloudOptions {
  readonly directory: string;
  readonly accounts: readonly string[];
  /** Called once the directory is this process's own. */
  readonly openClock: () => SystemClock;
  readonly faultControl: boolean;
  readonly report: (error: unknown, where: string) => void;
}

export interface Cloud extends Pick<LocalAws, 'buses' | 'topics' | 'secrets' | 'outbox'> {
  /** Not listening yet. */
  readonly server: Server;
  readonly bootstrap: Bootstrap;
  readonly dynamodb: DynamoDb;
  readonly queues: QueueStore;
  readonly stepFunctions: StepFunctions;
  /** What `clock` and `sleepUntil` are of. */
  readonly systemClock: SystemClock;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  /** Waits by `clock`. */
  readonly sleepUntil: SleepUntil;
  /** Of everything but DynamoDB. */
  readonly store: StateStore;
  /** Of DynamoDB's streams. */
  readonly arrivals: Arrivals;
  readonly faults: Faults;
  /** What templates are deployed into. @param url where the server listens */
  backends(url: string): Backends;
  /** Not the server. */
  close(): Promise<void>;
}

const SWEEP_EVERY_MS = 60_000;

/** @throws {StartError} when another process uses the directory */
export async function openCloud(options: CloudOptions): Promise<Cloud> {
  const { directory, report } = options;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const faults = createFaults();
  const arrivals = createArrivals();
  const store = await unlessLocked(directory, levelStore(join(directory, 'state')));
  const systemClock = options.openClock();
  const { now: clock, sleepUntil } = systemClock;
  const dynamodb = await unlessLocked(
    directory,
    createDynamoDb({
      directory: join(directory, 'dynamodb'),
      clock,
      faults: (operation, table) => faults.ofDynamodb(operation, table),
      onStreamRecords: (arn) => {
        arrivals.arrived(arn);
      },
    }),
  );
  const { accounts, faultControl } = options;
  const services = [dynamodb];
  const aws = await openLocalAws({
    store,
    accounts,
    clock,
    signatureClock: Date.now,
    clockRate: systemClock.rate,
    sleepUntil,
    services,
    faults,
    faultControl,
    report,
  });
  const sweeping = loop('time to live', report, async (signal) => {
    const next = clock() + SWEEP_EVERY_MS;
    await dynamodb.sweepTtl();
    await sleepUntil(next, signal);
  });
  return {
    server: aws.server,
    bootstrap: aws.bootstrap,
    dynamodb,
    queues: aws.queues,
    stepFunctions: aws.stepFunctions,
    buses: aws.buses,
    topics: aws.topics,
    secrets: aws.secrets,
    outbox: aws.outbox,
    systemClock,
    clock,
    sleepUntil,
    store,
    arrivals,
    faults,
    backends: (url) => backendsOf(aws, dynamodb, url),
    async close() {
      await sweeping.stop();
      await aws.close();
      await store.close();
    },
  };
}

function backendsOf(aws: LocalAws, dynamodb: DynamoDb, queueOrigin: string): Backends {
  const { bootstrap, stepFunctions, buses, topics, secrets } = aws;
  return {
    queueOrigin,
    buses,
    topics,
    secrets,
    async putRole(role) {
      await bootstrap.createRole(role);
    },
    putManagedPolicy: (arn, document) => bootstrap.putManagedPolicy(arn, document),
    async putTable({ accountId, region }, table) {
      const { tableArn, streamArn } = await dynamodb.createTable(accountId, region, table);
      return { arn: tableArn, ...(streamArn !== undefined && { streamArn }) };
    },
    putKey: (key) => bootstrap.createKey(key),
    putAlias: (key, alias) => bootstrap.createAlias(key, alias),
    putQueue: (queue) => bootstrap.createQueue(queue),
    putStateMachine: (machine) => stepFunctions.machines.put(machine),
  };
}

async function unlessLocked<T>(directory: string, opening: Promise<T>): Promise<T> {
  try {
    return await opening;
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'LEVEL_LOCKED') {
      throw new StartError(`another process uses \`${directory}\`. Stop it, or choose another directory: WRIT_HOME=…`);
    }
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'LEVEL_DATABASE_NOT_OPEN') throw error;
    const why = cause instanceof Error ? cause.message : error.message;
    throw new StartError(
      `the state in \`${directory}\` can't be read (${why}). Remove it to start anew, or choose another directory: WRIT_HOME=…`,
    );
  }
}
