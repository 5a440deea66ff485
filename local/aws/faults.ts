/**
 * What AWS does now and then and emulators don't: throttles, conflicts, answers that get lost, and IAM that lags.
 *
 * Off until a plan is set. Each rule draws from its own random stream, so that with one seed the nth matching call
 * meets the same fate in every run, whatever other calls come between.
 */
import { z } from 'zod';

const RULE = z.strictObject({
  /** Signing name of the service, such as `dynamodb`. */
  service: z.string(),
  /** An operation, such as `PutItem`; all if left out. */
  operation: z.string().optional(),
  /** A DynamoDB table, for conflicts only. */
  table: z.string().optional(),
  /** `conflict` is DynamoDB's TransactionConflict; the time-outs cut the connection without and with the effect. */
  kind: z.enum(['throttle', 'conflict', 'timeoutBefore', 'timeoutAfter']),
  /** Probability per matching call. */
  rate: z.number().min(0).max(1),
  /** How often at most. */
  times: z.int().min(1).optional(),
});

export const FAULT_PLAN = z.strictObject({
  seed: z.int().min(0).default(0),
  /** How long a change to a role's policies takes to count, in milliseconds. */
  iamLagMs: z.int().min(0).max(600_000).default(0),
  rules: z.array(RULE).max(100).default([]),
});
export type FaultPlan = z.input<typeof FAULT_PLAN>;

export type Fate = 'none' | z.infer<typeof RULE>['kind'];

export interface Faults {
  /** Replaces the plan and starts its random streams anew. @throws {z.ZodError} */
  set(plan: unknown): void;
  iamLagMs(): number;
  /** What happens to a call, whatever the service. Never `conflict`. */
  ofCall(service: string, operation: string): Exclude<Fate, 'conflict'>;
  /** DynamoDB's own hook: whether a write meets a conflicting transaction. */
  ofDynamodb(operation: string, table: string): 'none' | 'conflict';
}

interface LiveRule extends z.infer<typeof RULE> {
  readonly random: () => number;
  left: number;
}

export function createFaults(initial: FaultPlan = {}): Faults {
  let lag = 0;
  let rules: LiveRule[] = [];

  function set(input: unknown): void {
    const plan = FAULT_PLAN.parse(input);
    lag = plan.iamLagMs;
    rules = plan.rules.map((rule, index) => ({
      ...rule,
      random: randomStream(plan.seed + index * 0x9e3779b9),
      left: rule.times ?? Number.POSITIVE_INFINITY,
    }));
  }
  set(initial);

  /** Every matching rule draws, so that one rule's luck doesn't shift another's stream; the first hit counts. */
  function draw(matching: readonly LiveRule[]): Fate {
    let fate: Fate = 'none';
    for (const rule of matching) {
      const hit = rule.random() < rule.rate && rule.left > 0;
      if (!hit || fate !== 'none') continue;
      rule.left -= 1;
      fate = rule.kind;
    }
    return fate;
  }

  const applies = (rule: LiveRule, service: string, operation: string): boolean =>
    rule.service === service && (rule.operation === undefined || rule.operation === operation);

  return {
    set,
    iamLagMs: () => lag,
    ofCall(service, operation) {
      const fate = draw(rules.filter((rule) => rule.kind !== 'conflict' && applies(rule, service, operation)));
      return fate === 'conflict' ? 'none' : fate;
    },
    ofDynamodb(operation, table) {
      const matching = rules.filter(
        (rule) =>
          rule.kind === 'conflict' &&
          applies(rule, 'dynamodb', operation) &&
          (rule.table === undefined || rule.table === table),
      );
      return draw(matching) === 'conflict' ? 'conflict' : 'none';
    },
  };
}

/** Mulberry32: small, and good enough to pick victims. Uniform in [0, 1). */
function randomStream(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
