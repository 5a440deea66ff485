/** Fills the sample tables of a new laptop, as a client of the local AWS would. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Bootstrap } from '../aws/bootstrap.ts';
import type { DynamoDb } from '../aws/dynamodb/dynamodb.ts';
import type { StateStore } from '../aws/store.ts';
import type { SampleTable } from './tables.ts';

export interface SeedOptions {
  readonly tables: readonly SampleTable[];
  readonly region: string;
  readonly awsEndpointUrl: string;
  readonly dynamodb: Pick<DynamoDb, 'createTable'>;
  readonly bootstrap: Pick<Bootstrap, 'rootCredentials'>;
  /** Remembers which tables have been filled: what people do with them afterwards stays. */
  readonly store: StateStore;
}

const BATCH = 25;

export async function seedSamples(options: SeedOptions): Promise<void> {
  for (const table of options.tables) {
    await options.dynamodb.createTable(table.accountId, options.region, {
      TableName: table.name,
      KeySchema: [
        { AttributeName: table.partitionKey, KeyType: 'HASH' },
        { AttributeName: table.sortKey, KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: table.partitionKey, AttributeType: 'S' },
        { AttributeName: table.sortKey, AttributeType: 'S' },
      ],
    });
    const filled = `samples/${table.accountId}/${table.name}`;
    if (options.store.get(filled) === true) continue;
    await fill(table, options);
    await options.store.write({ [filled]: true });
  }
}

async function fill(table: SampleTable, { region, awsEndpointUrl, bootstrap }: SeedOptions): Promise<void> {
  const credentials = bootstrap.rootCredentials(table.accountId);
  const client = new DynamoDBClient({ endpoint: awsEndpointUrl, region, credentials });
  const documents = DynamoDBDocumentClient.from(client);
  try {
    for (let at = 0; at < table.items.length; at += BATCH) {
      const puts = table.items.slice(at, at + BATCH).map((item) => ({ PutRequest: { Item: item } }));
      const { UnprocessedItems } = await documents.send(
        new BatchWriteCommand({ RequestItems: { [table.name]: puts } }),
      );
      if (Object.keys(UnprocessedItems ?? {}).length > 0) throw new Error(`could not fill \`${table.name}\``);
    }
  } finally {
    client.destroy();
  }
}
