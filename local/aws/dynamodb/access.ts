/**
 * What a call needs of IAM, in DynamoDB's terms.
 *
 * Condition keys come from the parsed request alone and are there before any table is looked into. A key that can't be
 * known is absent, so that a policy with `Null: false` on it refuses the call.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
 */
import type { Access, Call } from '../service.ts';
import { attribute } from './attribute-value.ts';
import type { AttributeValue, Item } from './attribute-value.ts';
import { placeOf } from './engine.ts';
import type { Engine } from './engine.ts';
import type { ParsedCondition, ParsedProjection, Path } from './expression.ts';
import { tableArn } from './table.ts';
import type { TableName } from './validate.ts';

export interface AccessFacts {
  readonly action: string;
  readonly table: TableName;
  readonly index?: string | undefined;
  /** Full primary keys, or items that hold them, of all that is read or written. Absent where the call names none. */
  readonly keys?: readonly Item[] | undefined;
  /** The partition key values themselves, where they don't come from keys. */
  readonly leadingKeys?: readonly AttributeValue[] | undefined;
  /** Top-level attributes that the call names. */
  readonly attributes?: Iterable<string> | undefined;
  readonly select?: string | undefined;
  readonly returnValues?: string | undefined;
  readonly returnConsumedCapacity?: string | undefined;
  /** The operation that this one is a part of. */
  readonly enclosing?: 'TransactWriteItems' | 'TransactGetItems' | undefined;
}

export function itemAccess(engine: Engine, call: Call, facts: AccessFacts): Access {
  const place = placeOf(facts.table, call);
  const attributes = [...new Set(facts.attributes)];
  const hash = engine.find(place)?.hash.name;
  const leading =
    facts.leadingKeys ?? (hash === undefined ? undefined : facts.keys?.map((key) => attribute(key, hash)));
  const leadingKeys = leading && texts(leading);
  return {
    action: `dynamodb:${facts.action}`,
    resource: tableArn(place) + (facts.index === undefined ? '' : `/index/${facts.index}`),
    context: {
      ...(leadingKeys && { 'dynamodb:LeadingKeys': leadingKeys }),
      ...(attributes.length > 0 && { 'dynamodb:Attributes': attributes }),
      ...(facts.select !== undefined && { 'dynamodb:Select': facts.select }),
      ...(facts.returnValues !== undefined && { 'dynamodb:ReturnValues': facts.returnValues }),
      ...(facts.returnConsumedCapacity !== undefined && {
        'dynamodb:ReturnConsumedCapacity': facts.returnConsumedCapacity,
      }),
      ...(facts.enclosing && { 'dynamodb:EnclosingOperation': facts.enclosing }),
    },
  };
}

/** One value that isn't known makes the whole list unknown: a list that leaves it out would vouch for it. */
function texts(values: readonly (AttributeValue | undefined)[]): readonly string[] | undefined {
  const known = values.map((value) => value?.S ?? value?.N ?? value?.B);
  const texts = known.filter((value) => value !== undefined);
  return texts.length === known.length && texts.length > 0 ? [...new Set(texts)] : undefined;
}

/** Permission on a whole table, for operations that name no item. */
export function tableAccess(action: string, table: TableName, call: Call): Access {
  return { action: `dynamodb:${action}`, resource: tableArn(placeOf(table, call)) };
}

/** The top-level attributes that parsed expressions name. */
export function attributesIn(parsed: {
  readonly key?: Item | undefined;
  readonly condition?: ParsedCondition | undefined;
  readonly projection?: ParsedProjection | undefined;
  readonly attributesToGet?: readonly string[] | undefined;
  readonly updatePaths?: readonly Path[] | undefined;
}): readonly string[] {
  return [
    ...Object.keys(parsed.key ?? {}),
    ...Object.keys(parsed.condition?.pathHeads ?? {}),
    ...(parsed.attributesToGet ?? []),
    ...[...(parsed.projection?.paths ?? []), ...(parsed.updatePaths ?? [])].map((path) => String(path[0])),
  ];
}
