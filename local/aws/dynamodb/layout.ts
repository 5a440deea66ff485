/**
 * Where everything is in the one ordered key space. One space for all tables, indexes and streams is what makes any
 * transaction a single atomic batch.
 *
 *     t!<account>!<region>!<name>             a table's definition
 *     c!<table>                               its item count and size
 *     i!<table>!<item key>                    an item
 *     x!<index>!<index key><item key>         an index entry: the projected item
 *     l!<ttl>!<expiry second>!<item key>      what time to live will delete
 *     s!<table>!<sequence>                    a stream record
 *     k!<account>!<token>                     a transaction's idempotency token
 *     e!<expiry millisecond>!<token key>      when it ends
 *     m!<name>                                counters
 *
 * An item key is `<hash prefix><partition key>!<sort key>!`. The prefix spreads partitions as DynamoDB's hash does: a
 * scan has no useful order, and can be cut into segments.
 */
import { createHash } from 'node:crypto';
import type { AttributeValue } from './attribute-value.ts';
import { encodeKeyValue } from './key-codec.ts';

/** All keys that start with a prefix, or a part of them: `gte` (or `gt`) inclusive, `lt` exclusive. */
export interface KeyRange {
  readonly gte?: string;
  readonly gt?: string;
  readonly lt: string;
}

/** Above every character that a key holds. */
const HIGHEST = '~';
/** The separator and the character after it: `x!` to `x"` are the keys that continue `x!`. */
const SEPARATOR = '!';
const AFTER_SEPARATOR = '"';
/** Hash prefixes are four hexadecimal digits. */
export const HASH_SPACE = 0x10000;

export function everything(prefix: string): KeyRange {
  return { gte: prefix, lt: prefix + HIGHEST };
}

export const tableKey = (accountId: string, region: string, name: string): string => `t!${accountId}!${region}!${name}`;
export const countKey = (tableId: string): string => `c!${tableId}`;
export const itemsPrefix = (tableId: string): string => `i!${tableId}!`;
export const indexPrefix = (indexId: string): string => `x!${indexId}!`;
export const expiryPrefix = (ttlId: string): string => `l!${ttlId}!`;
export const streamPrefix = (tableId: string): string => `s!${tableId}!`;
export const tokenKey = (accountId: string, token: string): string => `k!${accountId}!${encodeKeyValue({ S: token })}`;
export const tokenExpiryKey = (expiresAt: number, key: string): string => `e!${padded(expiresAt)}!${key}`;
export const COUNTERS = { sequence: 'm!sequence', id: 'm!id' } as const;

/** A time as text in numerical order. */
export function padded(time: number): string {
  return String(Math.trunc(time)).padStart(16, '0');
}

export function partitionPrefix(hash: AttributeValue): string {
  const encoded = encodeKeyValue(hash);
  const known = prefixes.get(encoded);
  if (known !== undefined) return known;
  const prefix = `${createHash('md5').update(encoded).digest('hex').slice(0, 4)}${encoded}${SEPARATOR}`;
  if (prefixes.size >= PREFIXES_LIMIT) prefixes.clear();
  prefixes.set(encoded, prefix);
  return prefix;
}

/** One write asks for the same few again and again. */
const PREFIXES_LIMIT = 1_000;
const prefixes = new Map<string, string>();

export function itemKey(hash: AttributeValue, range: AttributeValue | undefined): string {
  return `${partitionPrefix(hash)}${range ? encodeKeyValue(range) : ''}${SEPARATOR}`;
}

/** What a key condition says about the sort key. */
export type SortCondition =
  | { readonly operator: 'EQ' | 'LT' | 'LE' | 'GT' | 'GE' | 'BEGINS_WITH'; readonly value: AttributeValue }
  | { readonly operator: 'BETWEEN'; readonly low: AttributeValue; readonly high: AttributeValue };

/** The keys below `partition` whose sort key meets `condition`. */
export function sortRange(partition: string, condition: SortCondition | undefined): KeyRange {
  if (!condition) return everything(partition);
  if (condition.operator === 'BETWEEN') {
    return { gte: before(partition, condition.low), lt: after(partition, condition.high) };
  }
  const { operator, value } = condition;
  switch (operator) {
    case 'EQ':
      return { gte: before(partition, value), lt: after(partition, value) };
    case 'LT':
      return { gte: partition, lt: before(partition, value) };
    case 'LE':
      return { gte: partition, lt: after(partition, value) };
    case 'GT':
      return { gte: after(partition, value), lt: partition + HIGHEST };
    case 'GE':
      return { gte: before(partition, value), lt: partition + HIGHEST };
    case 'BEGINS_WITH':
      return everything(partition + encodeKeyValue(value));
  }
}

function before(partition: string, value: AttributeValue): string {
  return partition + encodeKeyValue(value) + SEPARATOR;
}

function after(partition: string, value: AttributeValue): string {
  return partition + encodeKeyValue(value) + AFTER_SEPARATOR;
}
