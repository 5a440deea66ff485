/** A table's definition, as CloudFormation states it and as it is kept, and what its key schema demands of items. */
import { attribute, bytes, itemSize, typeOf } from './attribute-value.ts';
import type { AttributeValue, Item, KeyType } from './attribute-value.ts';
import { validationError } from './errors.ts';
import { indexPrefix, itemKey, itemsPrefix } from './layout.ts';

export interface KeySchemaElement {
  readonly AttributeName: string;
  readonly KeyType: 'HASH' | 'RANGE';
}

export type StreamViewType = 'KEYS_ONLY' | 'NEW_IMAGE' | 'OLD_IMAGE' | 'NEW_AND_OLD_IMAGES';

/** The properties of `AWS::DynamoDB::Table` that have a meaning here; billing is always on demand. */
export interface TableDefinition {
  readonly TableName: string;
  readonly KeySchema: readonly KeySchemaElement[];
  readonly AttributeDefinitions: readonly { readonly AttributeName: string; readonly AttributeType: KeyType }[];
  readonly GlobalSecondaryIndexes?: readonly IndexDefinition[];
  readonly StreamSpecification?: { readonly StreamViewType: StreamViewType };
  readonly TimeToLiveSpecification?: { readonly AttributeName?: string; readonly Enabled: boolean };
  readonly DeletionProtectionEnabled?: boolean;
  readonly PointInTimeRecoverySpecification?: { readonly PointInTimeRecoveryEnabled?: boolean };
}

export interface IndexDefinition {
  readonly IndexName: string;
  readonly KeySchema: readonly KeySchemaElement[];
  readonly Projection: {
    readonly ProjectionType: 'ALL' | 'KEYS_ONLY' | 'INCLUDE';
    readonly NonKeyAttributes?: readonly string[];
  };
}

export interface KeyAttribute {
  readonly name: string;
  readonly type: KeyType;
}

export interface KeyPair {
  readonly hash: KeyAttribute;
  readonly range?: KeyAttribute;
}

export interface TableIndex extends KeyPair {
  /** Names its part of the key space; a changed index gets a new one. */
  readonly id: string;
  readonly definition: IndexDefinition;
}

export interface Table extends KeyPair {
  readonly id: string;
  readonly accountId: string;
  readonly region: string;
  readonly name: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly definition: TableDefinition;
  readonly indexes: readonly TableIndex[];
  readonly stream?: { readonly viewType: StreamViewType; readonly label: string };
  readonly ttl?: { readonly id: string; readonly attribute: string };
}

/** DynamoDB's limits in bytes. */
const LIMITS = { item: 400 * 1024, hash: 2048, range: 1024 } as const;

export function tableArn(table: {
  readonly accountId: string;
  readonly region: string;
  readonly name: string;
}): string {
  return `arn:aws:dynamodb:${table.region}:${table.accountId}:table/${table.name}`;
}

export function streamArn(table: Table): string | undefined {
  return table.stream && `${tableArn(table)}/stream/${table.stream.label}`;
}

export function newTable(
  place: { readonly accountId: string; readonly region: string; readonly now: number },
  definition: TableDefinition,
  nextId: () => string,
): Table {
  const { accountId, region, now } = place;
  return withSettings(
    {
      id: nextId(),
      accountId,
      region,
      name: definition.TableName,
      createdAt: now,
      definition,
      ...keyPair(definition, definition.KeySchema),
      indexes: (definition.GlobalSecondaryIndexes ?? []).map((index) => newIndex(definition, index, nextId())),
    },
    definition,
    { now, nextId },
  );
}

/** The same table with another definition's stream and time to live; unchanged ones keep their identity. */
export function withSettings(
  table: Table,
  definition: TableDefinition,
  given: { readonly now: number; readonly nextId: () => string },
): Table {
  const { stream, ttl, ...rest } = table;
  const viewType = definition.StreamSpecification?.StreamViewType;
  const expiry = ttlAttribute(definition);
  return {
    ...rest,
    definition,
    ...(viewType && { stream: { viewType, label: stream?.label ?? new Date(given.now).toISOString().slice(0, -1) } }),
    ...(expiry !== undefined && {
      ttl: ttl?.attribute === expiry ? ttl : { id: given.nextId(), attribute: expiry },
    }),
  };
}

function ttlAttribute(definition: TableDefinition): string | undefined {
  const specification = definition.TimeToLiveSpecification;
  return specification?.Enabled ? specification.AttributeName : undefined;
}

export function newIndex(table: TableDefinition, definition: IndexDefinition, id: string): TableIndex {
  return { id, definition, ...keyPair(table, definition.KeySchema) };
}

function keyPair(definition: TableDefinition, schema: readonly KeySchemaElement[]): KeyPair {
  const typed = schema.map(({ AttributeName }): KeyAttribute => {
    const found = definition.AttributeDefinitions.find((candidate) => candidate.AttributeName === AttributeName);
    if (!found) throw validationError(`Attribute definition of the key \`${AttributeName}\` is missing`);
    return { name: AttributeName, type: found.AttributeType };
  });
  const [hash, range] = typed;
  if (!hash) throw validationError('KeySchema must hold a partition key');
  return range ? { hash, range } : { hash };
}

/** Key attributes in order: partition key, then sort key. */
export function keyAttributes(keys: KeyPair): readonly KeyAttribute[] {
  return keys.range ? [keys.hash, keys.range] : [keys.hash];
}

/** What an `ExclusiveStartKey` of this table or index names. */
export function startKeyNames(table: Table, index: TableIndex | undefined): readonly string[] {
  const keys = [...(index ? keyAttributes(index) : []), ...keyAttributes(table)];
  return [...new Set(keys.map((key) => key.name))];
}

/** The store key of the item that `item` is, or (with its primary key alone) names. */
export function itemKeyOf(keys: KeyPair, item: Item): string {
  const hash = attribute(item, keys.hash.name);
  if (!hash) throw validationError(KEY_MISMATCH);
  return itemKey(hash, keys.range && attribute(item, keys.range.name));
}

export const storedItemKey = (table: Table, item: Item): string => itemsPrefix(table.id) + itemKeyOf(table, item);

export const storedIndexKey = (table: Table, index: TableIndex, item: Item): string =>
  indexPrefix(index.id) + itemKeyOf(index, item) + itemKeyOf(table, item);

/** What the index holds of `item`: nothing where the item lacks one of the index's keys. */
export function indexEntry(table: Table, index: TableIndex, item: Item): Item | undefined {
  const keys = keyAttributes(index).map((key) => key.name);
  if (!keys.every((name) => attribute(item, name))) return undefined;
  const { ProjectionType, NonKeyAttributes } = index.definition.Projection;
  if (ProjectionType === 'ALL') return item;
  const projected = new Set([...keys, ...keyAttributes(table).map((key) => key.name), ...(NonKeyAttributes ?? [])]);
  return Object.fromEntries(Object.entries(item).filter(([name]) => projected.has(name)));
}

const KEY_MISMATCH = 'The provided key element does not match the schema';

/** @throws ValidationException unless `key` is exactly a primary key of the table */
export function checkKey(table: KeyPair, key: Item): void {
  const keys = keyAttributes(table);
  if (Object.keys(key).length !== keys.length) throw validationError(KEY_MISMATCH);
  for (const { name, type } of keys) {
    const value = attribute(key, name);
    if (value?.[type] === undefined) throw validationError(KEY_MISMATCH);
  }
  checkKeyValues(table, key, '');
}

/** @throws ValidationException unless `item` may be stored: its keys, the keys of the indexes, its size */
export function checkItem(table: Table, item: Item): void {
  for (const { name, type } of keyAttributes(table)) {
    const value = attribute(item, name);
    const wrong = keyProblem(name, type, value);
    if (wrong) throw validationError(`One or more parameter values were invalid: ${wrong}`);
  }
  checkKeyValues(table, item, '');
  for (const index of table.indexes) {
    for (const { name, type } of keyAttributes(index)) {
      const value = attribute(item, name);
      if (value?.[type] === undefined && value) {
        throw validationError(
          `One or more parameter values were invalid: Type mismatch for Index Key ${name} ` +
            `Expected: ${type} Actual: ${typeOf(value)} IndexName: ${index.definition.IndexName}`,
        );
      }
    }
    checkKeyValues(index, item, ` IndexName: ${index.definition.IndexName}`);
  }
  if (itemSize(item) > LIMITS.item) throw validationError('Item size has exceeded the maximum allowed size');
}

function keyProblem(name: string, type: KeyType, value: AttributeValue | undefined): string | undefined {
  if (!value) return `Missing the key ${name} in the item`;
  if (value[type] !== undefined) return undefined;
  return `Type mismatch for key ${name} expected: ${type} actual: ${typeOf(value)}`;
}

function checkKeyValues(keys: KeyPair, item: Item, where: string): void {
  for (const { name, type } of keyAttributes(keys)) {
    const value = attribute(item, name)?.[type];
    if (value === undefined || type === 'N') continue;
    const size = type === 'B' ? bytes(value).length : Buffer.byteLength(value);
    if (size === 0) {
      const what = type === 'S' ? 'string' : 'binary';
      throw validationError(
        'One or more parameter values are not valid. The AttributeValue for a key attribute ' +
          `cannot contain an empty ${what} value. Key: ${name}${where}`,
      );
    }
    const limit = name === keys.hash.name ? LIMITS.hash : LIMITS.range;
    if (size > limit) {
      const which =
        limit === LIMITS.hash
          ? 'Size of hashkey has exceeded the maximum size limit of2048 bytes'
          : 'Aggregated size of all range keys has exceeded the size limit of 1024 bytes';
      throw validationError(`One or more parameter values were invalid: ${which}`);
    }
  }
}
