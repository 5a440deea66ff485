/** All functions of a deployment, by ARN. */
import type { SessionCredentials } from '../../aws/identities.ts';
import type { SystemClock } from '../../clock.ts';
import type { FunctionSpec } from '../deploy/deployment.ts';
import { openLog } from './log.ts';
import type { Outcome } from './outcome.ts';
import { createPool } from './pool.ts';

/** Runs a function on an event. @throws {Error} if there is no such function, or its role can't be taken */
export type Invoke = (functionArn: string, event: unknown) => Promise<Outcome>;

export interface Functions {
  readonly invoke: Invoke;
  /** Starts one worker of each, one after the other, so that the first callers need not wait. Ends early when closed. */
  warm(): Promise<void>;
  close(): Promise<void>;
}

export function openFunctions(
  specs: Iterable<FunctionSpec>,
  options: {
    readonly awsEndpointUrl: string;
    readonly credentials: (spec: FunctionSpec) => Promise<SessionCredentials>;
    readonly logDirectory: string;
    readonly clock: SystemClock;
  },
): Functions {
  const { logDirectory, clock, ...shared } = options;
  const entries = [...specs].map((spec) => {
    const log = openLog(logDirectory, spec.name, clock.now);
    return [spec.arn, { pool: createPool({ ...shared, spec, log, clock }), log }] as const;
  });
  const functions = new Map(entries);
  let closed = false;
  return {
    invoke(functionArn, event) {
      const found = functions.get(functionArn);
      if (!found) throw new Error(`there is no function \`${functionArn}\``);
      return found.pool.invoke(event);
    },
    async warm() {
      for (const { pool } of functions.values()) {
        if (closed) return;
        await pool.warm().catch((error: unknown) => {
          if (!closed) throw error;
        });
      }
    },
    async close() {
      closed = true;
      await Promise.all(
        [...functions.values()].map(async ({ pool, log }) => {
          await pool.close();
          await log.close();
        }),
      );
    },
  };
}
