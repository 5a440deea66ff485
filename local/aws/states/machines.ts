/** State machines, and every definition that one of them or an execution still goes by. */
import { createHash } from 'node:crypto';
import type { StateStore } from '../store.ts';
import { parseDefinition } from './definition.ts';
import type { Definition } from './definition.ts';
import type { StateMachine } from './execution.ts';

export interface StateMachineSpec {
  readonly accountId: string;
  readonly region: string;
  readonly name: string;
  readonly roleArn: string;
  /** Amazon States Language, as JSON text. */
  readonly definition: string;
}

export interface StateMachines {
  /** Makes it, or brings it to `spec`. @throws {AwsError} InvalidDefinition */
  put(spec: StateMachineSpec): Promise<StateMachine>;
  find(arn: string): StateMachine | undefined;
  /** @throws {Error} if it is not known: executions keep theirs */
  definition(sha256: string): Definition;
}

const DEFINITIONS = 'states/definition/';

export function openStateMachines(store: StateStore, clock: () => number): StateMachines {
  const parsed = new Map<string, Definition>();
  const keyOf = (arn: string): string => `states/machine/${arn}`;
  const find = (arn: string): StateMachine | undefined => store.get(keyOf(arn)) as StateMachine | undefined;

  return {
    find,

    async put({ accountId, region, name, roleArn, definition }) {
      const sha256 = createHash('sha256').update(definition).digest('hex');
      parsed.set(sha256, parseDefinition(definition));
      const arn = `arn:aws:states:${region}:${accountId}:stateMachine:${name}`;
      const createdAt = find(arn)?.createdAt ?? clock();
      const machine: StateMachine = { arn, name, roleArn, definitionSha256: sha256, createdAt };
      await store.write({ [keyOf(arn)]: machine, [DEFINITIONS + sha256]: definition });
      return machine;
    },

    definition(sha256) {
      const known = parsed.get(sha256);
      if (known) return known;
      const text = store.get(DEFINITIONS + sha256);
      if (typeof text !== 'string') throw new Error(`there is no definition ${sha256}`);
      const definition = parseDefinition(text);
      parsed.set(sha256, definition);
      return definition;
    },
  };
}
