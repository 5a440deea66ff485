import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Decoder } from './decode.ts';
import { Misshapen } from './decode.ts';

/** An item as DynamoDB speaks it. Writ's items are flat: strings, numbers, and JSON documents as strings. */
export type Item = Record<string, AttributeValue>;

export const text = (value: string): AttributeValue => ({ S: value });
export const whole = (value: number): AttributeValue => ({ N: String(value) });
export const json = (value: object): AttributeValue => ({ S: JSON.stringify(value) });

/** A stored item that Writ can't have written. Names item and place, shows no value. */
export class MalformedItem extends Error {
  constructor(what: string, key: string, problem: string) {
    super(`malformed ${what} \`${key}\`: ${problem}`);
    this.name = 'MalformedItem';
  }
}

/** Typed access to an item's attributes; each method throws `Misshapen` for what is absent or of another type. */
export interface ItemReader {
  text(name: string): string;
  number(name: string): number;
  optionalNumber(name: string): number | undefined;
  optionalText(name: string): string | undefined;
  oneOf<T>(name: string, decode: Decoder<T>): T;
  /** A JSON document. */
  json<T>(name: string, decode: Decoder<T>): T;
  optionalJson<T>(name: string, decode: Decoder<T>): T | undefined;
}

/**
 * Reads a domain object from an item.
 *
 * @param what the item type, for the error's text
 * @throws MalformedItem for anything that is not exactly such an item: nothing is guessed.
 */
export function reading<T>(what: string, item: Item, read: (reader: ItemReader) => T): T {
  try {
    return read(readerOf(item));
  } catch (error) {
    if (error instanceof Misshapen)
      throw new MalformedItem(what, `${item['pk']?.S ?? '?'} ${item['sk']?.S ?? '?'}`, error.message);
    throw error;
  }
}

const NUMBER = /^(0|[1-9]\d{0,15})$/;

function readerOf(item: Item): ItemReader {
  const reader: ItemReader = {
    text(name) {
      const value = item[name]?.S;
      if (value === undefined) throw new Misshapen(`\`${name}\``, 'a string attribute');
      return value;
    },
    number(name) {
      const value = item[name]?.N;
      if (value === undefined || !NUMBER.test(value)) throw new Misshapen(`\`${name}\``, 'a whole-number attribute');
      return Number(value);
    },
    optionalNumber: (name) => (item[name] === undefined ? undefined : reader.number(name)),
    optionalText: (name) => (item[name] === undefined ? undefined : reader.text(name)),
    oneOf: (name, decode) => decode(reader.text(name), `\`${name}\``),
    json: (name, decode) => decode(parsed(reader.text(name), name), `\`${name}\``),
    optionalJson: (name, decode) => (item[name] === undefined ? undefined : reader.json(name, decode)),
  };
  return reader;
}

function parsed(source: string, name: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    throw new Misshapen(`\`${name}\``, 'a JSON document'); // the parser's message would quote the text
  }
}

/** Epoch milliseconds as the TTL attribute has them, `keepSeconds` later. */
export const ttlAfter = (at: number, keepSeconds: number): AttributeValue => whole(Math.ceil(at / 1000) + keepSeconds);
