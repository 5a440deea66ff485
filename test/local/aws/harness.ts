/**
 * A local AWS for tests: in memory, on a free port, with a clock the test moves. Signatures go by the real clock,
 * because the SDK's do.
 */
import type { AddressInfo } from 'node:net';
import { STSClient } from '@aws-sdk/client-sts';
import { createFaults } from '../../../local/aws/faults.ts';
import type { Faults } from '../../../local/aws/faults.ts';
import { openLocalAws } from '../../../local/aws/local-aws.ts';
import type { LocalAws } from '../../../local/aws/local-aws.ts';
import type { Access, Service } from '../../../local/aws/service.ts';
import { memoryStore } from '../../../local/aws/store.ts';
import type { StateStore } from '../../../local/aws/store.ts';

export const BROKER = '999988887777';
export const SHOP = '111122223333';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface Harness {
  readonly aws: LocalAws;
  readonly faults: Faults;
  readonly url: string;
  readonly port: number;
  readonly errors: unknown[];
  now: number;
  /** The options of an SDK client that signs with these keys. One attempt: a test wants to see the first answer. */
  client(credentials: Credentials): {
    endpoint: string;
    region: string;
    credentials: Credentials;
    maxAttempts: number;
  };
  stop(): Promise<void>;
}

export async function startLocalAws(
  options: { store?: StateStore; services?: readonly Service[]; now?: number; faultControl?: boolean } = {},
): Promise<Harness> {
  const faults = createFaults();
  const errors: unknown[] = [];
  const harness = { now: options.now ?? Date.UTC(2026, 10, 21, 9, 0, 0) };
  const aws = await openLocalAws({
    store: options.store ?? memoryStore(),
    accounts: [BROKER, SHOP],
    clock: () => harness.now,
    signatureClock: () => Date.now(),
    services: options.services ?? [],
    faults,
    faultControl: options.faultControl ?? false,
    report: (error) => errors.push(error),
  });
  await new Promise<void>((resolve) => aws.server.listen(0, '127.0.0.1', resolve));
  const { port } = aws.server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return Object.assign(harness, {
    aws,
    faults,
    url,
    port,
    errors,
    client: (credentials: Credentials) => ({ endpoint: url, region: 'us-east-1', credentials, maxAttempts: 1 }),
    async stop() {
      aws.server.closeAllConnections();
      await new Promise((resolve) => aws.server.close(resolve));
      await aws.close();
    },
  });
}

/** A policy of these statements, as text. */
export function policy(...statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

export const TRUST_LAMBDA = policy({
  Effect: 'Allow',
  Principal: { Service: 'lambda.amazonaws.com' },
  Action: 'sts:AssumeRole',
});

/** A role of the broker account that may do `statements`, and credentials of a function that runs as it. */
export async function functionCredentials(
  harness: Harness,
  name: string,
  ...statements: readonly object[]
): Promise<Credentials> {
  const role = await harness.aws.bootstrap.createRole({
    accountId: BROKER,
    name,
    path: '/writ/broker/',
    trustPolicy: TRUST_LAMBDA,
    inlinePolicies: statements.length === 0 ? {} : { Own: policy(...statements) },
  });
  return harness.aws.bootstrap.mintServiceCredentials({ roleArn: role.arn, sessionName: name, duration: 43_200 });
}

export function sts(harness: Harness, credentials: Credentials): STSClient {
  return new STSClient(harness.client(credentials));
}

/** A service whose one operation needs what the test says and answers who called. */
export function toyService(accesses: () => readonly Access[]): Service {
  return {
    signingName: 'dynamodb',
    protocol: 'json-1.0',
    namespace: 'DynamoDB_20120810',
    operations: {
      ListTables: { access: accesses, handle: async () => ({ TableNames: ['orders'] }) },
    },
  };
}

/** The `name` of the error that `promise` rejects with, and its message; fails if it resolves. */
export async function failure(promise: Promise<unknown>): Promise<{ name: string; message: string }> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error as Error,
  );
  if (outcome === undefined) throw new Error('expected a failure, got success');
  return { name: outcome.name, message: outcome.message };
}
