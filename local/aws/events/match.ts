/** Which targets an event goes to, and what each is given. Pure: rules and an event in, deliveries out. */
import { createHash } from 'node:crypto';
import type { JsonObject } from '../../runtime/json.ts';
import { inputFor } from './input.ts';
import type { TargetInput } from './input.ts';
import { matcherOf } from './pattern.ts';

export interface RuleTarget extends TargetInput {
  readonly id: string;
  /** A function, a queue or a state machine. */
  readonly arn: string;
  /** The role that EventBridge takes to reach it, where the target's own policy is not what allows it. */
  readonly roleArn?: string;
  /** Of a FIFO queue. */
  readonly messageGroupId?: string;
  readonly deadLetterArn?: string;
  /** Retries, not attempts. */
  readonly maxRetries: number;
  readonly maxAgeMs: number;
}

/** A rule as its template states it. */
export interface Rule {
  readonly arn: string;
  readonly name: string;
  readonly busArn: string;
  /** What `matcherOf` understands; absent where the rule has a schedule only. */
  readonly pattern?: JsonObject;
  /** Of a schedule: how often it makes an event of its own. */
  readonly rateMs?: number;
  readonly enabled: boolean;
  readonly targets: readonly RuleTarget[];
}

/** What is to be brought to one target. */
export interface Delivery {
  /** Of this event at this target: the same at each try. */
  readonly id: string;
  readonly ruleArn: string;
  readonly target: Pick<RuleTarget, 'arn' | 'roleArn' | 'messageGroupId' | 'deadLetterArn' | 'maxRetries' | 'maxAgeMs'>;
  /** What the target gets. */
  readonly input: string;
}

/** @param ingestedAt epoch milliseconds */
export function deliveriesFor(rules: readonly Rule[], event: JsonObject, ingestedAt: number): Delivery[] {
  const wanted = rules.filter(({ enabled, pattern }) => enabled && pattern !== undefined && testOf(pattern)(event));
  return wanted.flatMap((rule) => deliveriesOf(rule, event, ingestedAt));
}

const tests = new WeakMap<JsonObject, ReturnType<typeof matcherOf>>();

/** A rule's pattern is compiled once. */
function testOf(pattern: JsonObject): ReturnType<typeof matcherOf> {
  const test = tests.get(pattern) ?? matcherOf(pattern);
  tests.set(pattern, test);
  return test;
}

/** To every target of one rule, whatever its pattern: for its schedule. */
export function deliveriesOf(rule: Rule, event: JsonObject, ingestedAt: number): Delivery[] {
  const ingestionTime = new Date(ingestedAt).toISOString().replace(/\.\d+Z$/, 'Z');
  return rule.targets.map((target) => {
    const { id, input: _input, inputPath: _path, transformer: _transformer, ...reached } = target;
    const input = inputFor(target, event, { ruleArn: rule.arn, ruleName: rule.name, ingestionTime });
    const deliveryId = createHash('sha256')
      .update(JSON.stringify([event['id'], rule.arn, id]))
      .digest('hex');
    return { id: deliveryId, ruleArn: rule.arn, target: reached, input };
  });
}
