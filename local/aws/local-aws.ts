/**
 * The local AWS, put together.
 */
import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import { createBootstrap } from './bootstrap.ts';
import type { Bootstrap } from './bootstrap.ts';
import { openBuses } from './events/buses.ts';
import type { EventBuses } from './events/buses.ts';
import { createEvents } from './events/service.ts';
import { createFaultControl } from './fault-control.ts';
import { createFaults } from './faults.ts';
import type { Faults } from './faults.ts';
import { createFederation } from './federation/handler.ts';
import { createAuthorize } from './iam/authorize.ts';
import { openRoles } from './iam/roles.ts';
import { createIam } from './iam/service.ts';
import { createIdentities } from './identities.ts';
import { openKeys } from './kms/keys.ts';
import { createKms } from './kms/service.ts';
import { openOutbox } from '../outbox.ts';
import type { Outbox } from '../outbox.ts';
import { openSealer } from './sealer.ts';
import { openSecrets } from './secrets/secrets.ts';
import type { Secrets } from './secrets/secrets.ts';
import { createSecretsManager } from './secrets/service.ts';
import { createAwsEndpoint } from './server.ts';
import type { Service } from './service.ts';
import { sleeperBy } from './sleep.ts';
import type { SleepUntil } from './sleep.ts';
import { createSns } from './sns/service.ts';
import { openTopics } from './sns/topics.ts';
import type { Topics } from './sns/topics.ts';
import { openQueues } from './sqs/queues.ts';
import type { QueueStore } from './sqs/queues.ts';
import { createSqs } from './sqs/service.ts';
import { openStepFunctions } from './states/step-functions.ts';
import type { StepFunctions } from './states/step-functions.ts';
import type { StateStore } from './store.ts';
import { createSts } from './sts/service.ts';

export interface LocalAwsOptions {
  readonly store: StateStore;
  /** The make-believe accounts. */
  readonly accounts: readonly string[];
  /** Epoch milliseconds: what policies, sessions and services go by. */
  readonly clock: () => number;
  /** Waits by `clock`. @default for a clock that runs as real time does */
  readonly sleepUntil?: SleepUntil;
  /** What clients may sign by besides `clock`, where that runs at another rate. @default `clock` */
  readonly signatureClock?: () => number;
  /** How many times faster than real time `clock` runs. @default 1 */
  readonly clockRate?: number;
  /** Services besides those built in. */
  readonly services: readonly Service[];
  /** @default none ever happen */
  readonly faults?: Faults;
  /** Whether `POST /_writ/faults` sets them. @default false */
  readonly faultControl?: boolean;
  readonly report: (error: unknown, where: string) => void;
}

export interface LocalAws {
  /** Not listening yet. Listen on 127.0.0.1. */
  readonly server: Server;
  readonly bootstrap: Bootstrap;
  /** For consumers that run in process, as event source mappings do. */
  readonly queues: QueueStore;
  readonly buses: EventBuses;
  readonly topics: Topics;
  readonly secrets: Secrets;
  /** What SNS sent, and what was POSTed to local hooks. */
  readonly outbox: Outbox;
  /** Executions only begin to go on when the runtime has functions for them to invoke. */
  readonly stepFunctions: StepFunctions;
  /** Closes the services, not the server and not the store. */
  close(): Promise<void>;
}

export async function openLocalAws(options: LocalAwsOptions): Promise<LocalAws> {
  const { store, clock } = options;
  const faults = options.faults ?? createFaults();
  const sealer = await openSealer(store);
  const identities = createIdentities(sealer, options.accounts);
  const roles = openRoles({ store, clock, randomBytes, propagationMs: () => faults.iamLagMs() });
  const keys = openKeys(store, clock);
  const queues = openQueues(store, clock);
  const buses = openBuses(store, clock);
  const topics = openTopics();
  const secrets = openSecrets(store, sealer, clock);
  const outbox = openOutbox(store, clock);
  const sleepUntil = options.sleepUntil ?? sleeperBy(clock);
  const stepFunctions = await openStepFunctions({ store, sealer, clock, sleepUntil, report: options.report });
  const authorize = createAuthorize(roles);
  const services = [
    ...options.services,
    createSts({ roles, identities }),
    createIam({ roles }),
    createKms(keys),
    createSqs(queues, () => urlOf(server)),
    createEvents(buses),
    createSns(topics, outbox),
    createSecretsManager(secrets, keys),
    stepFunctions.service,
  ];
  const server = createAwsEndpoint({
    services,
    identities,
    authorize,
    clock,
    ...(options.signatureClock === undefined ? {} : { signatureClock: options.signatureClock }),
    clockRate: options.clockRate ?? 1,
    faults,
    pages: [
      createFederation({ identities, sealer, clock }),
      ...(options.faultControl === true ? [createFaultControl(faults)] : []),
    ],
    report: options.report,
  });
  return {
    server,
    bootstrap: createBootstrap({ roles, identities, keys, queues, authorize, clock }),
    queues,
    buses,
    topics,
    secrets,
    outbox,
    stepFunctions,
    async close() {
      for (const service of services) await service.close?.();
    },
  };
}

function urlOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the local AWS is not listening');
  return `http://127.0.0.1:${address.port}`;
}
