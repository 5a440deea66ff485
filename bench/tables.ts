import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Item } from '../adapters/aws/item.ts';
import { AUDIT_TABLE, GRANTS_TABLE } from '../adapters/aws/tables.ts';
import { createDynamoDb } from '../local/aws/dynamodb/dynamodb.ts';
import { definitionOf } from '../test/adapters/aws/tables.ts';
import { BROKER, startLocalAws } from '../test/local/aws/harness.ts';
import type { Cost } from './metered.ts';
import { meteredClient, noCost } from './metered.ts';

const BATCH = 25;

/** A local DynamoDB on disk behind the local AWS, and a client that counts what its calls cost. */
export interface MeasuredTables {
  readonly client: DynamoDBClient;
  readonly cost: Cost;
  /** A fresh pair, without streams, which nothing here reads: they would double the loading. */
  create(suffix: string): Promise<{ readonly grantsTable: string; readonly auditTable: string }>;
  /** Straight into the engine, in AWS's own batches: signed calls would take minutes. Costs nothing. */
  load(table: string, items: Iterable<Item>): Promise<void>;
  stop(): Promise<void>;
}

export async function startTables(): Promise<MeasuredTables> {
  const directory = mkdtempSync(join(tmpdir(), 'writ-bench-'));
  const dynamodb = await createDynamoDb({ directory, clock: Date.now });
  const harness = await startLocalAws({ services: [dynamodb], now: Date.now() });
  const cost = noCost();
  const client = meteredClient(harness.client(harness.aws.bootstrap.rootCredentials(BROKER)), cost);
  const write = dynamodb.operations['BatchWriteItem'];
  if (!write) throw new Error('the local DynamoDB has no BatchWriteItem');
  const arn = `arn:aws:iam::${BROKER}:root`;
  const caller = { kind: 'root', accountId: BROKER, arn } as const;
  const call = { caller, region: 'us-east-1', requestId: '', sourceIp: '' } as const;
  return {
    client,
    cost,
    async create(suffix) {
      const names = { grantsTable: `${GRANTS_TABLE.name}-${suffix}`, auditTable: `${AUDIT_TABLE.name}-${suffix}` };
      for (const [layout, name] of [
        [GRANTS_TABLE, names.grantsTable],
        [AUDIT_TABLE, names.auditTable],
      ] as const) {
        const { StreamSpecification: _, ...definition } = definitionOf(layout, name);
        await dynamodb.createTable(BROKER, 'us-east-1', definition);
      }
      return names;
    },
    async load(table, items) {
      for (const batch of batches(items)) {
        const puts = batch.map((Item) => ({ PutRequest: { Item } }));
        await write.handle({ RequestItems: { [table]: puts } } as never, { ...call, now: Date.now() });
      }
    },
    async stop() {
      client.destroy();
      await harness.stop();
      rmSync(directory, { recursive: true });
    },
  };
}

function* batches(items: Iterable<Item>): Generator<Item[]> {
  let batch: Item[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
