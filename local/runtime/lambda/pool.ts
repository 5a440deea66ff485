/**
 * The workers of one function: grown on demand up to a cap, reused while they live, replaced when they die or their
 * credentials near their end.
 */
import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import type { SessionCredentials } from '../../aws/identities.ts';
import type { SystemClock } from '../../clock.ts';
import type { FunctionSpec } from '../deploy/deployment.ts';
import { functionEnvironment } from './environment.ts';
import type { FunctionLog } from './log.ts';
import type { Outcome } from './outcome.ts';
import { startSandbox } from './sandbox.ts';
import type { Sandbox } from './sandbox.ts';

export interface FunctionPool {
  readonly spec: FunctionSpec;
  /** Runs the function on an event. @throws {Error} if the function's role can't be taken, or after `close` */
  invoke(event: unknown): Promise<Outcome>;
  /** Starts a first worker, so that the first caller need not wait for it; resolves when it is loaded, or can't be. */
  warm(): Promise<void>;
  close(): Promise<void>;
}

export interface PoolOptions {
  readonly spec: FunctionSpec;
  /** Workers at most. @default one a processor, but 2 to 4 */
  readonly size?: number;
  readonly awsEndpointUrl: string;
  /** Takes the function's role for it. */
  readonly credentials: (spec: FunctionSpec) => Promise<SessionCredentials>;
  readonly log: FunctionLog;
  readonly clock: Pick<SystemClock, 'now' | 'rate' | 'anchor'>;
}

/** Each worker compiles the function's code for itself: more of them than processors only take each other's time. */
const DEFAULT_SIZE = Math.min(4, Math.max(2, availableParallelism()));

interface Slot {
  readonly sandbox: Sandbox;
  readonly expiresAt: number;
}

/** A worker whose credentials end sooner than this after its longest invocation is not used again. In real time. */
const CREDENTIALS_MARGIN_MS = 60_000;

export function createPool(options: PoolOptions): FunctionPool {
  const { spec, log, clock, size = DEFAULT_SIZE } = options;
  const idle: Slot[] = [];
  const all = new Set<Slot>();
  /** Callers that wait for a worker, oldest first. */
  const waiting: (() => void)[] = [];
  let starting = 0;
  let closed = false;

  const closedError = (): Error => new Error(`${spec.name} has been shut down`);
  // Asked anew after each wait: it may have been closed meanwhile.
  const isClosed = (): boolean => closed;

  async function start(): Promise<Slot> {
    starting += 1;
    try {
      const credentials = await options.credentials(spec);
      if (isClosed()) throw closedError();
      const environment = functionEnvironment(spec, credentials, options.awsEndpointUrl);
      const slot = { sandbox: startSandbox(spec, environment, log, clock.anchor), expiresAt: credentials.expiresAt };
      all.add(slot);
      return slot;
    } catch (error) {
      // Whoever waits for this worker may have better luck with one of its own.
      waiting.shift()?.();
      throw error;
    } finally {
      starting -= 1;
    }
  }

  async function acquire(): Promise<Slot> {
    for (;;) {
      if (isClosed()) throw closedError();
      const slot = idle.pop();
      if (slot && isUsable(slot)) return slot;
      if (slot) await discard(slot);
      else if (all.size + starting < size) return start();
      else await new Promise<void>((resolve) => waiting.push(resolve));
    }
  }

  async function release(slot: Slot): Promise<void> {
    if (isUsable(slot)) idle.push(slot);
    else await discard(slot);
    waiting.shift()?.();
  }

  const isUsable = ({ sandbox, expiresAt }: Slot): boolean =>
    sandbox.isAlive() && expiresAt - clock.now() > (spec.timeoutSeconds * 1000 + CREDENTIALS_MARGIN_MS) * clock.rate;

  async function discard(slot: Slot): Promise<void> {
    all.delete(slot);
    await slot.sandbox.stop();
  }

  return {
    spec,
    async invoke(event) {
      const requestId = randomUUID();
      const slot = await acquire();
      const began = performance.now();
      try {
        const outcome = await slot.sandbox.invoke(requestId, JSON.stringify(event));
        log.write({
          type: 'platform.report',
          requestId,
          status: outcome.ok ? 'success' : 'error',
          durationMs: Math.round(performance.now() - began),
          ...(outcome.ok ? {} : { error: outcome.error }),
        });
        return outcome;
      } finally {
        await release(slot);
      }
    },
    async warm() {
      const slot = await acquire();
      await release(slot);
      await slot.sandbox.loaded();
    },
    async close() {
      closed = true;
      for (const wake of waiting.splice(0)) wake();
      await Promise.all([...all].map(discard));
    },
  };
}
