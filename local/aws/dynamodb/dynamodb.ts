/**
 * The local DynamoDB: the operations that Writ and its users need, on tables of any number of accounts, in one durable
 * store. It validates and parses with dynalite's code, so that requests are refused as on AWS, and stores by its own.
 */
import { DroppedResponse } from '../service.ts';
import type { Service } from '../service.ts';
import { batchOperations } from './batches.ts';
import { Engine } from './engine.ts';
import type { FaultHook } from './faults.ts';
import { sweepTokens } from './idempotency.ts';
import { itemOperations } from './items.ts';
import { partiqlOperations } from './partiql.ts';
import { queryOperation } from './query.ts';
import { scanOperation } from './scan.ts';
import { openStore } from './store.ts';
import type { StreamRecord } from './stream-record.ts';
import { readStream, trimStream } from './streams.ts';
import { streamArn, tableArn } from './table.ts';
import type { TableDefinition } from './table.ts';
import { addTable, changeTable, parseDefinition } from './table-lifecycle.ts';
import { tableOperations } from './tables.ts';
import { sweepExpired } from './time-to-live.ts';
import { transactGetOperation } from './transaction-reads.ts';
import { transactWriteOperation } from './transaction-writes.ts';

export { DroppedResponse };
export type { FaultHook, StreamRecord, TableDefinition };

export interface DynamoDbOptions {
  /** Where LevelDB keeps its files. @default in memory, for tests */
  readonly directory?: string;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly faults?: FaultHook;
  /** Told after each commit that wrote records to a stream; the records are then there to read. */
  readonly onStreamRecords?: (streamArn: string) => void;
}

export interface CreatedTable {
  readonly tableArn: string;
  readonly streamArn?: string;
}

export interface DynamoDb extends Service {
  /**
   * Makes the table, or brings the existing one to the definition; does nothing where they agree.
   *
   * @throws {AwsError} ValidationException for a definition that can't be, or one with other keys than the table's
   */
  createTable(accountId: string, region: string, definition: TableDefinition): Promise<CreatedTable>;
  /**
   * The next records of a stream, oldest first. Start without `afterSequence` for all that is left (TRIM_HORIZON), or
   * with `lastSequence()` for what comes from now on (LATEST).
   *
   * @throws {AwsError} ResourceNotFoundException
   */
  readStream(streamArn: string, afterSequence: string | undefined, limit: number): Promise<readonly StreamRecord[]>;
  lastSequence(): string;
  /** Forgets records up to and including `upToSequence`, once all readers are past it. */
  trimStream(streamArn: string, upToSequence: string): Promise<void>;
  /** Deletes items whose time to live is over and forgets old idempotency tokens. Returns the number of items. */
  sweepTtl(): Promise<number>;
  close(): Promise<void>;
}

/** @throws where the directory can't be opened, for example because another process holds it */
export async function createDynamoDb(options: DynamoDbOptions): Promise<DynamoDb> {
  const { clock, faults, onStreamRecords } = options;
  const store = await openStore(options.directory);
  const engine = await Engine.load({ store, clock, onStreamRecords });
  return {
    signingName: 'dynamodb',
    protocol: 'json-1.0',
    namespace: 'DynamoDB_20120810',
    operations: {
      ...tableOperations(engine),
      ...itemOperations(engine, faults),
      ...batchOperations(engine, faults),
      ...partiqlOperations(engine, faults),
      Query: queryOperation(engine, faults),
      Scan: scanOperation(engine, faults),
      TransactWriteItems: transactWriteOperation(engine, faults),
      TransactGetItems: transactGetOperation(engine, faults),
    },
    createTable: (accountId, region, input) =>
      store.exclusively(async () => {
        const definition = parseDefinition({ ...input, BillingMode: 'PAY_PER_REQUEST' });
        const place = { accountId, region, name: definition.TableName };
        const known = engine.find(place);
        const table = known ? await changeTable(engine, known, definition) : await addTable(engine, place, definition);
        const stream = streamArn(table);
        return { tableArn: tableArn(table), ...(stream !== undefined && { streamArn: stream }) };
      }),
    readStream: (arn, afterSequence, limit) => readStream(engine, arn, afterSequence, limit),
    lastSequence: () => engine.lastSequence(),
    trimStream: (arn, upToSequence) => trimStream(engine, arn, upToSequence),
    async sweepTtl() {
      await sweepTokens(engine);
      return sweepExpired(engine);
    },
    close: () => store.close(),
  };
}
