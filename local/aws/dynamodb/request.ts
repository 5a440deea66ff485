/** Requests as they are once validated: unknown members dropped, numbers normal, expressions parsed (`_…`). */
import type { AttributeValue, Item } from './attribute-value.ts';
import type { ParsedCondition, ParsedProjection } from './expression.ts';
import type { TableDefinition } from './table.ts';
import type { ParsedUpdate } from './update-expression.ts';

export type ReturnConsumedCapacity = 'INDEXES' | 'TOTAL' | 'NONE';
export type Select = 'ALL_ATTRIBUTES' | 'ALL_PROJECTED_ATTRIBUTES' | 'SPECIFIC_ATTRIBUTES' | 'COUNT';

interface Metered {
  readonly ReturnConsumedCapacity?: ReturnConsumedCapacity;
}

interface Projected {
  readonly AttributesToGet?: readonly string[];
  readonly _projection?: ParsedProjection;
}

interface Conditional {
  readonly _condition?: ParsedCondition;
  readonly ReturnValuesOnConditionCheckFailure?: 'ALL_OLD' | 'NONE';
}

export interface GetItemRequest extends Metered, Projected {
  readonly TableName: string;
  readonly Key: Item;
  readonly ConsistentRead?: boolean;
}

export interface PutItemRequest extends Metered, Conditional {
  readonly TableName: string;
  readonly Item: Item;
  readonly ReturnValues?: string;
}

export interface DeleteItemRequest extends Metered, Conditional {
  readonly TableName: string;
  readonly Key: Item;
  readonly ReturnValues?: string;
}

export interface UpdateItemRequest extends DeleteItemRequest {
  readonly _updates?: ParsedUpdate;
}

export interface KeyCondition {
  readonly ComparisonOperator: string;
  readonly AttributeValueList: readonly AttributeValue[];
}

interface PageRequest extends Metered, Projected {
  readonly TableName: string;
  readonly IndexName?: string;
  readonly Select?: Select;
  readonly Limit?: number;
  readonly ExclusiveStartKey?: Item;
  readonly ConsistentRead?: boolean;
  readonly _filter?: ParsedCondition;
}

export interface QueryRequest extends PageRequest {
  readonly KeyConditions: Readonly<Record<string, KeyCondition>>;
  readonly ScanIndexForward?: boolean;
}

export interface ScanRequest extends PageRequest {
  readonly Segment?: number;
  readonly TotalSegments?: number;
}

export interface BatchGetItemRequest extends Metered {
  readonly RequestItems: Readonly<Record<string, KeysAndAttributes>>;
}

export interface KeysAndAttributes extends Projected {
  readonly Keys: readonly Item[];
  readonly ConsistentRead?: boolean;
}

export interface BatchWriteItemRequest extends Metered {
  readonly RequestItems: Readonly<Record<string, readonly WriteRequest[]>>;
}

export interface WriteRequest {
  readonly PutRequest?: { readonly Item: Item };
  readonly DeleteRequest?: { readonly Key: Item };
}

export interface CreateTableRequest extends TableDefinition {
  readonly LocalSecondaryIndexes?: readonly unknown[];
  readonly BillingMode?: string;
}

export interface ListTablesRequest {
  readonly Limit?: number;
  readonly ExclusiveStartTableName?: string;
}
