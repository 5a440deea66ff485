/**
 * The local AWS, put together.
 */
import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import { createBootstrap } from './bootstrap.ts';
import type { Bootstrap } from './bootstrap.ts';
import { createFaults } from './faults.ts';
import type { Faults } from './faults.ts';
import { createAuthorize } from './iam/authorize.ts';
import { openRoles } from './iam/roles.ts';
import { createIam } from './iam/service.ts';
import { createIdentities } from './identities.ts';
import { openSealer } from './sealer.ts';
import { createAwsEndpoint } from './server.ts';
import type { Service } from './service.ts';
import type { StateStore } from './store.ts';
import { createSts } from './sts/service.ts';

export interface LocalAwsOptions {
  readonly store: StateStore;
  /** The make-believe accounts. */
  readonly accounts: readonly string[];
  /** Epoch milliseconds: what policies, sessions and services go by. */
  readonly clock: () => number;
  /** What clients sign by, where `clock` runs at another rate. @default `clock` */
  readonly signatureClock?: () => number;
  /** Services besides those built in. */
  readonly services: readonly Service[];
  readonly faults?: Faults;
  readonly report: (error: unknown, where: string) => void;
}

export interface LocalAws {
  /** Not listening yet. Listen on 127.0.0.1. */
  readonly server: Server;
  readonly bootstrap: Bootstrap;
  /** Closes the services, not the server and not the store. */
  close(): Promise<void>;
}

export async function openLocalAws(options: LocalAwsOptions): Promise<LocalAws> {
  const { store, clock } = options;
  const faults = options.faults ?? createFaults();
  const sealer = await openSealer(store);
  const identities = createIdentities(sealer, options.accounts);
  const roles = openRoles({ store, clock, randomBytes, propagationMs: () => faults.iamLagMs() });
  const services = [...options.services, createSts({ roles, identities }), createIam({ roles })];
  return {
    server: createAwsEndpoint({
      services,
      identities,
      authorize: createAuthorize(roles),
      clock,
      ...(options.signatureClock === undefined ? {} : { signatureClock: options.signatureClock }),
      faults,
      report: options.report,
    }),
    bootstrap: createBootstrap({ roles, identities, clock }),
    async close() {
      for (const service of services) await service.close?.();
    },
  };
}
