/** dynalite's validators, with the types of what they let pass. */
import batchGet from 'dynalite/validations/batchGetItem.js';
import batchWrite from 'dynalite/validations/batchWriteItem.js';
import create from 'dynalite/validations/createTable.js';
import deletion from 'dynalite/validations/deleteItem.js';
import get from 'dynalite/validations/getItem.js';
import type { Validation } from 'dynalite/validations/index.js';
import list from 'dynalite/validations/listTables.js';
import putting from 'dynalite/validations/putItem.js';
import querying from 'dynalite/validations/query.js';
import scanning from 'dynalite/validations/scan.js';
import update from 'dynalite/validations/updateItem.js';
import type {
  BatchGetItemRequest,
  BatchWriteItemRequest,
  CreateTableRequest,
  DeleteItemRequest,
  GetItemRequest,
  ListTablesRequest,
  PutItemRequest,
  QueryRequest,
  ScanRequest,
  UpdateItemRequest,
} from './request.ts';

export type { Validation };

export const batchGetItem: Validation<BatchGetItemRequest> = batchGet;
export const batchWriteItem: Validation<BatchWriteItemRequest> = batchWrite;
export const getItem: Validation<GetItemRequest> = get;
export const listTables: Validation<ListTablesRequest> = list;
export const query: Validation<QueryRequest> = querying;

const onFailure = { ReturnValuesOnConditionCheckFailure: { type: 'String', enum: ['ALL_OLD', 'NONE'] } };

export const putItem: Validation<PutItemRequest> = extended(putting, onFailure);
export const updateItem: Validation<UpdateItemRequest> = extended(update, onFailure);
export const deleteItem: Validation<DeleteItemRequest> = extended(deletion, onFailure);
/** A transaction's condition check: a delete that must have a condition, and never deletes. */
export const conditionCheck: Validation<DeleteItemRequest> = extended(deletion, {
  ...onFailure,
  ConditionExpression: { type: 'String', notNull: true },
});
export const scan: Validation<ScanRequest> = extended(scanning, { ConsistentRead: 'Boolean' });

/** Other members that dynalite doesn't know, such as tags and encryption, change nothing here. */
export const createTable: Validation<CreateTableRequest> = extended(create, {
  StreamSpecification: {
    type: 'FieldStruct<StreamSpecification>',
    children: {
      StreamEnabled: 'Boolean',
      StreamViewType: { type: 'String', enum: ['KEYS_ONLY', 'NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES'] },
    },
  },
  DeletionProtectionEnabled: 'Boolean',
  TimeToLiveSpecification: {
    type: 'FieldStruct<TimeToLiveSpecification>',
    children: { AttributeName: 'String', Enabled: 'Boolean' },
  },
  PointInTimeRecoverySpecification: {
    type: 'FieldStruct<PointInTimeRecoverySpecification>',
    children: { PointInTimeRecoveryEnabled: 'Boolean' },
  },
});

/** With members that dynalite doesn't know. */
function extended(validation: Validation<never>, more: Readonly<Record<string, unknown>>): Validation<never> {
  return { ...validation, types: { ...validation.types, ...more } };
}
