/** A local AWS with Writ's two tables in it, made by the layout that the Data stack uses. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { AUDIT_TABLE, GRANTS_TABLE } from '../../../adapters/aws/tables.ts';
import type { IndexLayout, TableLayout } from '../../../adapters/aws/tables.ts';
import { createDynamoDb } from '../../../local/aws/dynamodb/dynamodb.ts';
import type { DynamoDb, FaultHook, TableDefinition } from '../../../local/aws/dynamodb/dynamodb.ts';
import { BROKER, startLocalAws } from '../../local/aws/harness.ts';

export interface LocalTables {
  readonly client: DynamoDBClient;
  readonly dynamodb: DynamoDb;
  /** Makes a fresh pair of tables. */
  fresh(): Promise<{ readonly grantsTable: string; readonly auditTable: string }>;
  /** What happens to the calls from now on. @default nothing */
  fault: FaultHook;
  /** Calls since the last fresh pair, one entry per table that a call names: `Query writ-grants-1`. */
  readonly calls: string[];
  /** DynamoDB's clock alone goes on. */
  advance(milliseconds: number): void;
  stop(): Promise<void>;
}

/** Waits nowhere: retries follow at once. */
export const AT_ONCE = { random: () => 0, sleep: async () => undefined };

export async function startTables(): Promise<LocalTables> {
  let pairs = 0;
  const tables: { fault: FaultHook; calls: string[] } = { fault: () => 'none', calls: [] };
  const clock = { now: Date.UTC(2026, 10, 21, 9, 0, 0) };
  const dynamodb = await createDynamoDb({
    clock: () => clock.now,
    faults: (operation, table) => {
      tables.calls.push(`${operation} ${table}`);
      return tables.fault(operation, table);
    },
  });
  const harness = await startLocalAws({ services: [dynamodb] });
  const client = new DynamoDBClient(harness.client(harness.aws.bootstrap.rootCredentials(BROKER)));
  return Object.assign(tables, {
    client,
    dynamodb,
    async fresh() {
      pairs += 1;
      const names = { grantsTable: `writ-grants-${pairs}`, auditTable: `writ-audit-${pairs}` };
      await dynamodb.createTable(BROKER, 'us-east-1', definitionOf(GRANTS_TABLE, names.grantsTable));
      await dynamodb.createTable(BROKER, 'us-east-1', definitionOf(AUDIT_TABLE, names.auditTable));
      tables.calls.length = 0;
      tables.fault = () => 'none';
      return names;
    },
    advance(milliseconds: number) {
      clock.now += milliseconds;
    },
    async stop() {
      client.destroy();
      await harness.stop();
    },
  });
}

export function definitionOf(layout: TableLayout, name: string): TableDefinition {
  const indexes = Object.values(layout.indexes);
  const keys = [layout, ...indexes].flatMap(({ partitionKey, sortKey }) => [partitionKey, sortKey]);
  return {
    TableName: name,
    KeySchema: keySchemaOf(layout),
    AttributeDefinitions: [...new Map(keys.map((key) => [key.name, key.type]))].map(
      ([AttributeName, AttributeType]) => ({ AttributeName, AttributeType }),
    ),
    GlobalSecondaryIndexes: indexes.map((index) => ({
      IndexName: index.name,
      KeySchema: keySchemaOf(index),
      Projection:
        index.projection === 'ALL'
          ? { ProjectionType: 'ALL' }
          : { ProjectionType: 'INCLUDE', NonKeyAttributes: index.projection },
    })),
    ...(layout.stream && { StreamSpecification: { StreamViewType: layout.stream } }),
    ...(layout.ttlAttribute !== undefined && {
      TimeToLiveSpecification: { AttributeName: layout.ttlAttribute, Enabled: true },
    }),
  };
}

const keySchemaOf = ({ partitionKey, sortKey }: Pick<IndexLayout, 'partitionKey' | 'sortKey'>) =>
  [
    { AttributeName: partitionKey.name, KeyType: 'HASH' },
    { AttributeName: sortKey.name, KeyType: 'RANGE' },
  ] as const;
