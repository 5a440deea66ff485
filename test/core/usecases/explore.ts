/**
 * Runs actors over one store in every order in which their calls of it can fall, or in so many of them. An actor stops
 * before each call until it is its turn; between two calls nothing else happens, as with transactions.
 */

/** Stops before each call. */
export type Turn = () => Promise<void>;

export type Actor = (turn: Turn) => Promise<void>;

export interface Scenario {
  readonly actors: readonly Actor[];
  /** Looks at what came of it. */
  check(order: readonly number[]): Promise<void> | void;
}

/** @returns how many orders there were; stops at `limit` of them, taken from both ends of the tree */
export async function explore(begin: () => Promise<Scenario>, limit = 20_000): Promise<number> {
  let count = 0;
  const pending: number[][] = [[]];
  while (pending.length > 0 && count < limit) {
    // By turns the deepest and the shallowest choice: a limited search sees late and early differences.
    const prefix = (count % 2 === 0 ? pending.pop() : pending.shift()) ?? [];
    const { order, options } = await run(await begin(), prefix);
    count += 1;
    for (let depth = order.length - 1; depth >= prefix.length; depth--) {
      for (const other of options[depth] ?? []) {
        if (other !== order[depth]) pending.push([...order.slice(0, depth), other]);
      }
    }
  }
  return count;
}

async function run(scenario: Scenario, prefix: readonly number[]) {
  const { actors } = scenario;
  const waiting = new Map<number, () => void>();
  const running = new Set(actors.keys());
  const failures: unknown[] = [];
  actors.forEach((actor, index) => {
    const turn: Turn = () => new Promise((resolve) => waiting.set(index, resolve));
    actor(turn)
      .catch((error: unknown) => failures.push(error))
      .finally(() => running.delete(index));
  });
  const order: number[] = [];
  const options: number[][] = [];
  for (;;) {
    await quiet();
    const ready = [...waiting.keys()].sort();
    if (ready.length === 0) {
      if (running.size === 0) break;
      continue;
    }
    const chosen = prefix[order.length] ?? ready[0] ?? 0;
    options.push(ready);
    order.push(chosen);
    const go = waiting.get(chosen);
    waiting.delete(chosen);
    go?.();
  }
  if (failures.length > 0) throw new AggregateError(failures, `in the order ${order.join('')}`);
  await scenario.check(order);
  return { order, options };
}

/** Lets everything that can go on go on to its next call. */
async function quiet(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** The store, asking for its turn before each call. */
export function taking<S extends object>(store: S, turn: Turn): S {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return async (...given: unknown[]) => {
        await turn();
        return (member as (...args: unknown[]) => unknown).apply(target, given);
      };
    },
  });
}
