/** The local AWS Step Functions, put together. */
import type { Sealer } from '../sealer.ts';
import type { Service } from '../service.ts';
import type { SleepUntil } from '../sleep.ts';
import type { StateStore } from '../store.ts';
import { openEngine } from './engine.ts';
import type { Engine } from './engine.ts';
import { openExecutions } from './executions.ts';
import { openStateMachines } from './machines.ts';
import type { StateMachines } from './machines.ts';
import { createStates } from './service.ts';

export interface StepFunctions {
  readonly service: Service;
  readonly machines: StateMachines;
  readonly engine: Engine;
}

export async function openStepFunctions(options: {
  readonly store: StateStore;
  readonly sealer: Sealer;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly sleepUntil: SleepUntil;
  readonly report: (error: unknown, where: string) => void;
}): Promise<StepFunctions> {
  const { store, clock } = options;
  const machines = openStateMachines(store, clock);
  const executions = await openExecutions(store, clock);
  const engine = openEngine({ ...options, machines, executions });
  return { service: createStates({ machines, executions, engine }), machines, engine };
}
