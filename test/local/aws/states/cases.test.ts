/** Golden cases: small state machines, what their functions answer, and what comes of it. */
import { readdirSync, readFileSync } from 'node:fs';
import { GetExecutionHistoryCommand } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { BROKER } from '../harness.ts';
import type { Outcome } from '../../../../local/runtime/lambda/outcome.ts';
import type { FunctionError } from '../../../../local/runtime/lambda/outcome.ts';
import { asl, openWorld, START } from './world.ts';
import type { World } from './world.ts';

interface Case {
  readonly name: string;
  readonly states: Readonly<Record<string, object>>;
  /** Further members of the definition. */
  readonly top?: object;
  readonly input: unknown;
  /** What the function does, call by call. */
  readonly lambda?: readonly ({ readonly ok: unknown } | { readonly error: FunctionError } | 'never')[];
  readonly statements?: readonly object[];
  readonly expected: {
    readonly status: string;
    readonly output?: unknown;
    readonly error?: string;
    readonly cause?: string;
    /** How long it takes. */
    readonly seconds?: number;
    readonly invocations?: readonly unknown[];
    readonly trace?: readonly string[];
  };
}

const directory = new URL('./cases/', import.meta.url);
const files = readdirSync(directory).map((name) => {
  const cases = JSON.parse(readFileSync(new URL(name, directory), 'utf8')) as Case[];
  return [name, cases] as const;
});

describe.each(files)('%s', (_file, cases) => {
  it.each(cases.map((golden) => [golden.name, golden] as const))('%s', async (_name, golden) => {
    const { lambda = [], expected, statements } = golden;
    let answering = 0;
    const world = await openWorld({
      ...(statements && { statements }),
      lambda(_event, count): Outcome | Promise<Outcome> {
        const act = lambda[count - 1];
        if (act === undefined) throw new Error(`call ${count} was not expected`);
        if (act === 'never') return new Promise<never>(() => undefined);
        answering = count;
        return 'ok' in act ? { ok: true, payload: JSON.stringify(act.ok) } : { ok: false, error: act.error };
      },
    });
    await world.put('case', asl(golden.states, golden.top));
    const { arn } = await world.start('case', golden.input, 'run');
    const closed = await runOut(world, arn, () => answering === world.invocations.length);
    const { status, output, error, cause } = closed;
    expect({ status, error, ...(expected.cause !== undefined && { cause }) }).toEqual({
      status: expected.status,
      error: expected.error,
      ...(expected.cause !== undefined && { cause: expected.cause }),
    });
    if ('output' in expected) expect(JSON.parse(output ?? '')).toEqual(expected.output);
    if (expected.seconds !== undefined) expect((world.clock.now() - START) / 1_000).toBe(expected.seconds);
    if (expected.invocations) expect(world.invocations).toEqual(expected.invocations);
    if (expected.trace) expect(await traceOf(world, arn)).toEqual(expected.trace);
    expect(world.errors).toEqual([]);
    await world.stop();
  });
});

/** Moves the clock to whatever is waited for, until the execution is closed. */
async function runOut(world: World, arn: string, answered: () => boolean) {
  for (;;) {
    const execution = await world.seen(arn, ({ status, current: { activity } }) => {
      if (status !== 'RUNNING' || activity.kind === 'waiting' || activity.kind === 'retrying') return true;
      return activity.kind === 'task' && (activity.submitted || (world.invocations.length > 0 && !answered()));
    });
    if (execution.status !== 'RUNNING') return execution;
    await new Promise((resolve) => setTimeout(resolve, 5));
    const next = world.clock.next();
    if (next !== Number.POSITIVE_INFINITY) world.clock.advance(Math.max(0, next - world.clock.now()));
  }
}

async function traceOf(world: World, executionArn: string): Promise<string[]> {
  const client = world.client(world.aws.bootstrap.rootCredentials(BROKER));
  const { events = [] } = await client.send(new GetExecutionHistoryCommand({ executionArn }));
  return events.map((event) => {
    const details = Object.entries(event).find(([name]) => name.endsWith('EventDetails'))?.[1] as
      { name?: string; error?: string } | undefined;
    return [event.type, details?.name ?? details?.error].filter((part) => part !== undefined).join(' ');
  });
}
