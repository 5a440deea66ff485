/**
 * The local Amazon SNS: `Publish`. Topics and subscriptions come from the templates; what is published ends in the
 * outbox, once for each subscription that wants it.
 *
 * @see https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { NewOutboxEntry, Outbox } from '../../outbox.ts';
import type { Json } from '../../runtime/json.ts';
import { operationsWith } from '../operation.ts';
import { AwsError } from '../service.ts';
import type { Call, Service } from '../service.ts';
import type { AttributeValues, Subscription, Topic, Topics } from './topics.ts';

const operation = operationsWith('InvalidParameter');

const MAX_BYTES = 262_144;

/** `MessageAttributes.entry.1.Name=…&MessageAttributes.entry.1.Value.DataType=…`, as the query protocol has a map. */
const ATTRIBUTES = z
  .strictObject({
    entry: z.record(
      z.string().regex(/^[1-9]\d?$/),
      z.strictObject({
        Name: z.string().regex(/^(?!aws\.|amazon\.)[\w.-]{1,256}$/i),
        Value: z.strictObject({
          DataType: z.enum(['String', 'String.Array', 'Number'], { error: 'only texts, lists and numbers are built' }),
          StringValue: z.string().min(1),
        }),
      }),
    ),
  })
  .transform(({ entry }) => Object.values(entry));

/** What is not built (`MessageStructure`, `PhoneNumber`, FIFO topics) is refused by its name. */
const PUBLISH = z.strictObject({
  TopicArn: z.string(),
  Subject: z
    .string()
    .regex(/^[\x20-\x7e]{1,100}$/, 'a subject is 1 to 100 printable ASCII characters')
    .regex(/^[A-Za-z0-9!-/:-@[-`{-~]/, 'a subject begins with a letter, a digit or a punctuation mark')
    .optional(),
  Message: z.string().min(1, 'Empty message'),
  MessageAttributes: ATTRIBUTES.optional(),
});
type Publish = z.output<typeof PUBLISH>;

export function createSns(topics: Topics, outbox: Outbox): Service {
  const find = (arn: string): Topic => {
    const topic = topics.byArn(arn);
    if (topic) return topic;
    throw new AwsError('NotFound', 'Topic does not exist', 404);
  };
  return {
    signingName: 'sns',
    protocol: 'query',
    namespace: 'http://sns.amazonaws.com/doc/2010-03-31/',
    operations: {
      Publish: operation(PUBLISH, {
        access({ TopicArn }) {
          const { arn, policy } = find(TopicArn);
          return [
            { action: 'sns:Publish', resource: arn, ...(policy === undefined ? {} : { resourcePolicy: policy }) },
          ];
        },
        async handle(input, call) {
          checkSize(input);
          const MessageId = randomUUID();
          const attributes = valuesOf(input);
          const recipients = topics.recipients(find(input.TopicArn), attributes);
          await outbox.add(recipients.map((subscription) => entryFor(subscription, input, MessageId, call)));
          return { MessageId };
        },
      }),
    },
  };
}

function checkSize({ Message, MessageAttributes = [] }: Publish): void {
  const texts = MessageAttributes.flatMap(({ Name, Value }) => [Name, Value.DataType, Value.StringValue]);
  const size = [Message, ...texts].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (size > MAX_BYTES) throw new AwsError('InvalidParameter', 'Invalid parameter: Message too long');
}

/** @throws {AwsError} InvalidParameterValue for a list or number that is none */
function valuesOf({ MessageAttributes = [] }: Publish): AttributeValues {
  return Object.fromEntries(
    MessageAttributes.map(({ Name, Value }) => {
      if (Value.DataType === 'String') return [Name, Value.StringValue];
      try {
        const value = JSON.parse(Value.StringValue) as Json;
        if (Value.DataType === 'Number' ? typeof value === 'number' : Array.isArray(value)) return [Name, value];
      } catch {
        // No JSON: refused below, in the words for JSON of another type.
      }
      const message = `The message attribute '${Name}' is no valid ${Value.DataType}.`;
      throw new AwsError('InvalidParameterValue', message);
    }),
  );
}

/** An e-mail is its text; a URL would be POSTed the notification. It carries no signature: only AWS could sign it. */
function entryFor(subscription: Subscription, input: Publish, messageId: string, call: Call): NewOutboxEntry {
  const { protocol, endpoint, arn } = subscription;
  const { TopicArn, Subject, Message, MessageAttributes } = input;
  const subject = Subject === undefined ? {} : { subject: Subject };
  if (protocol === 'email') return { channel: 'email', to: endpoint, ...subject, body: Message };
  const notification = {
    Type: 'Notification',
    MessageId: messageId,
    TopicArn,
    ...(Subject !== undefined && { Subject }),
    Message,
    Timestamp: new Date(call.now).toISOString(),
    ...(MessageAttributes && {
      MessageAttributes: Object.fromEntries(
        MessageAttributes.map(({ Name, Value }) => [Name, { Type: Value.DataType, Value: Value.StringValue }]),
      ),
    }),
  };
  const headers = {
    'x-amz-sns-message-type': 'Notification',
    'x-amz-sns-message-id': messageId,
    'x-amz-sns-topic-arn': TopicArn,
    'x-amz-sns-subscription-arn': arn,
  };
  return { channel: 'hook', to: endpoint, ...subject, body: JSON.stringify(notification), headers };
}
