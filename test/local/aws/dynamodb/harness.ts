/**
 * The local DynamoDB alone behind HTTP, for the real SDK client: no signatures, no IAM. A client's access key id is its
 * account id.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createDynamoDb, DroppedResponse } from '../../../../local/aws/dynamodb/dynamodb.ts';
import type { DynamoDb, DynamoDbOptions, TableDefinition } from '../../../../local/aws/dynamodb/dynamodb.ts';
import { AwsError } from '../../../../local/aws/service.ts';
import type { Access, Call } from '../../../../local/aws/service.ts';

export const BROKER = '999988887777';
export const SHOP = '111122223333';
export const REGION = 'us-east-1';
export const START = Date.UTC(2026, 10, 21, 9, 0, 0);

export interface Harness {
  readonly db: DynamoDb;
  readonly client: DynamoDBClient;
  readonly url: string;
  /** What `access` said of the calls so far. */
  readonly accesses: Access[];
  readonly streams: string[];
  now: number;
  clientOf(accountId: string): DynamoDBClient;
  stop(): Promise<void>;
}

export async function startDynamoDb(
  options: Partial<Omit<DynamoDbOptions, 'clock' | 'onStreamRecords'>> & { readonly port?: number } = {},
): Promise<Harness> {
  const time = { now: START };
  const streams: string[] = [];
  const accesses: Access[] = [];
  const db = await createDynamoDb({ ...options, clock: () => time.now, onStreamRecords: (arn) => streams.push(arn) });
  const server = createServer((request, response) => {
    answer(db, request, time.now, accesses).then(
      ({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
        response.end(JSON.stringify(body));
      },
      () => {
        request.socket.destroy();
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clients: DynamoDBClient[] = [];
  const clientOf = (accountId: string): DynamoDBClient => {
    const credentials = { accessKeyId: accountId, secretAccessKey: 'unchecked' };
    const client = new DynamoDBClient({ endpoint: url, region: REGION, credentials, maxAttempts: 1 });
    clients.push(client);
    return client;
  };
  return Object.assign(time, {
    db,
    client: clientOf(BROKER),
    url,
    accesses,
    streams,
    clientOf,
    async stop() {
      for (const client of clients) client.destroy();
      await new Promise((resolve) => server.close(resolve));
      await db.close();
    },
  });
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

async function answer(db: DynamoDb, request: IncomingMessage, now: number, accesses: Access[]): Promise<Answer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const name = String(request.headers['x-amz-target']).replace('DynamoDB_20120810.', '');
  const [, accountId = BROKER] = /Credential=(\d+)\//.exec(request.headers.authorization ?? '') ?? [];
  try {
    const input = JSON.parse(Buffer.concat(chunks).toString()) as object;
    return { status: 200, body: await perform(db, name, input, callOf(accountId, now), accesses) };
  } catch (error) {
    if (error instanceof DroppedResponse) throw error;
    if (!(error instanceof AwsError)) return { status: 500, body: { __type: 'Bug', message: String(error) } };
    return { status: error.status, body: { __type: error.code, message: error.message, ...error.members } };
  }
}

async function perform(db: DynamoDb, name: string, input: object, call: Call, accesses: Access[]): Promise<unknown> {
  const operation = Object.hasOwn(db.operations, name) ? db.operations[name] : undefined;
  if (!operation) throw new AwsError('UnknownOperationException', name);
  // As in the endpoint: the table of operations can't know its inputs' types.
  accesses.push(...(await operation.access(input as never, call)));
  return operation.handle(input as never, call);
}

export function callOf(accountId: string, now = START): Call {
  const arn = `arn:aws:iam::${accountId}:root`;
  return { caller: { kind: 'root', accountId, arn }, region: REGION, now, requestId: 'r', sourceIp: '127.0.0.1' };
}

/** `orders` as in the sample account, with an index by status. */
export const ORDERS: TableDefinition = {
  TableName: 'orders',
  KeySchema: [
    { AttributeName: 'customer', KeyType: 'HASH' },
    { AttributeName: 'order', KeyType: 'RANGE' },
  ],
  AttributeDefinitions: [
    { AttributeName: 'customer', AttributeType: 'S' },
    { AttributeName: 'order', AttributeType: 'S' },
    { AttributeName: 'status', AttributeType: 'S' },
    { AttributeName: 'total', AttributeType: 'N' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'byStatus',
      KeySchema: [
        { AttributeName: 'status', KeyType: 'HASH' },
        { AttributeName: 'total', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['note'] },
    },
  ],
  StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
  TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
};

export async function temporaryDirectory(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'writ-dynamodb-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
