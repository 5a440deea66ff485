/**
 * Topics and who is subscribed to them. Both come from the templates, which are deployed at each start, so they are kept
 * in memory only.
 */
import type { JsonObject } from '../../runtime/json.ts';
import { leafMatcher, PatternError } from '../events/pattern.ts';

export interface TopicSpecification {
  readonly accountId: string;
  readonly region: string;
  readonly name: string;
}

export interface Subscription {
  readonly arn: string;
  readonly topicArn: string;
  readonly protocol: 'email' | 'https';
  readonly endpoint: string;
  /** Conditions on message attributes, all of which must hold. Each is a list of values, one of which must. */
  readonly filter?: JsonObject;
}

export interface Topic extends TopicSpecification {
  readonly arn: string;
  /** JSON text. */
  readonly policy?: string;
}

/** Attributes as a filter sees them: a `String.Array` is a list. */
export type AttributeValues = JsonObject;

export interface Topics {
  put(specification: TopicSpecification): Topic;
  /** @throws {Error} if there is no such topic */
  putPolicy(topicArn: string, policy: string): void;
  /** @throws {PatternError} for a filter that is malformed or not built; {Error} if there is no such topic */
  subscribe(subscription: Subscription): void;
  byArn(arn: string): Topic | undefined;
  /** The subscriptions that a message with these attributes goes to. */
  recipients(topic: Topic, attributes: AttributeValues): readonly Subscription[];
}

export function openTopics(): Topics {
  const topics = new Map<string, Topic>();
  const subscriptions = new Map<string, Subscription & { readonly wants: (attributes: AttributeValues) => boolean }>();
  const found = (arn: string): Topic => {
    const topic = topics.get(arn);
    if (topic) return topic;
    throw new Error(`there is no topic \`${arn}\``);
  };

  return {
    put({ accountId, region, name }) {
      const topic = { accountId, region, name, arn: `arn:aws:sns:${region}:${accountId}:${name}` };
      topics.set(topic.arn, topic);
      return topic;
    },
    putPolicy(arn, policy) {
      topics.set(arn, { ...found(arn), policy });
    },
    subscribe(subscription) {
      found(subscription.topicArn);
      subscriptions.set(subscription.arn, { ...subscription, wants: wantsBy(subscription.filter) });
    },
    byArn: (arn) => topics.get(arn),
    recipients: (topic, attributes) =>
      [...subscriptions.values()].filter(({ topicArn, wants }) => topicArn === topic.arn && wants(attributes)),
  };
}

/**
 * The test of a filter policy on message attributes, which are flat.
 *
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
 */
function wantsBy(filter: JsonObject | undefined): (attributes: AttributeValues) => boolean {
  const tests = Object.entries(filter ?? {}).map(([name, condition]) => {
    if (!Array.isArray(condition)) throw new PatternError(`a filter policy's \`${name}\` must be a list of values`);
    return [name, leafMatcher(condition)] as const;
  });
  return (attributes) =>
    tests.every(([name, test]) => test(Object.hasOwn(attributes, name) ? attributes[name] : undefined));
}
