/**
 * Attributes that the sender of a message adds, on the wire and in the digest by which the client checks them.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { MessageAttributes } from './queues.ts';

const MAX_ATTRIBUTES = 10;
const NAME = z.string().regex(/^(?!aws\.|amazon\.)[\w.-]{1,256}$/i);
const ATTRIBUTE = z
  .strictObject({
    DataType: z.string().regex(/^(String|Number|Binary)(\..+)?$/),
    StringValue: z.string().min(1).exactOptional(),
    BinaryValue: z.base64().min(1).exactOptional(),
  })
  .refine(
    ({ DataType, StringValue, BinaryValue }) =>
      DataType.startsWith('Binary')
        ? BinaryValue !== undefined && StringValue === undefined
        : StringValue !== undefined && BinaryValue === undefined,
    'the value must be of the data type',
  );

export const MESSAGE_ATTRIBUTES = z
  .record(NAME, ATTRIBUTE)
  .refine((attributes) => Object.keys(attributes).length <= MAX_ATTRIBUTES, 'at most 10 attributes');

/** Those of the wanted names: `All`, `.*`, a name, or a prefix that ends with `.*`. */
export function wantedAttributes(attributes: MessageAttributes, names: readonly string[]): MessageAttributes {
  const isWanted = (name: string): boolean =>
    names.some((wanted) =>
      wanted.endsWith('.*') ? name.startsWith(wanted.slice(0, -2)) : wanted === 'All' || wanted === name,
    );
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => isWanted(name)));
}

/** Hex, as SQS computes it over the attributes in the order of their names. */
export function digestOf(attributes: MessageAttributes): string {
  const hash = createHash('md5');
  const add = (bytes: Uint8Array): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const [name, { DataType, StringValue, BinaryValue }] of Object.entries(attributes).sort(byName)) {
    add(Buffer.from(name));
    add(Buffer.from(DataType));
    hash.update(Buffer.from([BinaryValue === undefined ? 1 : 2]));
    add(BinaryValue === undefined ? Buffer.from(StringValue ?? '') : Buffer.from(BinaryValue, 'base64'));
  }
  return hash.digest('hex');
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);
