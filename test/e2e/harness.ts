/**
 * The whole system for a test file, and the two kinds of client that it has: HTTP clients of the API, and AWS SDK
 * clients with lent credentials.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DynamoDBClient,
  QueryCommand,
  type DynamoDBServiceException,
  type QueryCommandOutput,
} from '@aws-sdk/client-dynamodb';
import type { AwsCredentialsView, GrantView, ProblemView } from '../../contract/schemas.ts';
import type { Urls } from '../../local/context.ts';
import { freePorts } from '../../local/preflight.ts';
import { startLocal } from '../../local/system.ts';
import type { LocalOptions, LocalSystem } from '../../local/system.ts';
import { takePlace } from './place.ts';

export const REGION = 'us-east-1';

export function temporaryHome(): { readonly home: string; readonly remove: () => void } {
  const home = mkdtempSync(join(tmpdir(), 'writ-e2e-'));
  return {
    home,
    remove: () => {
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/**
 * A system of its own, in a directory of its own. Its assembly is the run's, unless the options say otherwise: what is
 * made for other ports or policies is made anew.
 */
export async function startSystem(options: Partial<LocalOptions> = {}): Promise<LocalSystem & Disposal> {
  const { home, remove } = temporaryHome();
  const { ports, assembly, policies } = options;
  const place = ports || assembly || policies ? undefined : await takePlace();
  try {
    const system = await startLocal({
      home,
      ports: place?.ports ?? (await freePorts(Math.random)),
      ...place,
      ...options,
    });
    return {
      ...system,
      async stop() {
        await system.close();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

interface Disposal {
  /** Closes the system and removes its directory. */
  stop(): Promise<void>;
}

export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  /** As it came. */
  readonly text: string;
  readonly body: T;
}

export type Token = { readonly access_token: string; readonly id_token: string };

export async function tokensOf({ issuer }: Urls, user: string, mfa = false): Promise<Token> {
  const response = await fetch(`${issuer}/dev/token?user=${user}${mfa ? '&mfa=true' : ''}`);
  return (await response.json()) as Token;
}

export interface Caller {
  get<T = unknown>(path: string): Promise<Answer<T>>;
  post<T = unknown>(path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer<T>>;
  delete<T = unknown>(path: string): Promise<Answer<T>>;
}

/** Calls the API with this bearer token, or with none. */
export function caller({ api }: Urls, token?: string): Caller {
  async function send<T>(method: string, path: string, body?: unknown, headers = {}): Promise<Answer<T>> {
    const response = await fetch(`${api}${path}`, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: JSON.parse(text) as T };
  }
  return {
    get: (path) => send('GET', path),
    post: (path, body = {}, headers) => send('POST', path, body, headers),
    delete: (path) => send('DELETE', path),
  };
}

export async function signedIn(urls: Urls, user: string, mfa = false): Promise<Caller> {
  return caller(urls, (await tokensOf(urls, user, mfa)).access_token);
}

/** The README's request. */
export const ORDERS_OF_C42 = {
  entitlement: 'orders-read',
  parameters: { customer: 'C-42' },
  durationSeconds: 600,
  purpose: 'look into a complaint',
  justification: 'the customer says that an order is missing',
  ticket: 'INC-42',
} as const;

/** @throws {Error} with the whole answer unless the status is this one */
export function expectStatus<T>(answer: Answer<T>, status: number): T {
  if (answer.status !== status) throw new Error(`expected ${status}, got ${answer.status}: ${answer.text}`);
  return answer.body;
}

export async function request(who: Caller, changes: Readonly<Record<string, unknown>> = {}): Promise<GrantView> {
  return expectStatus(await who.post<GrantView>('/v1/grants', { ...ORDERS_OF_C42, ...changes }), 201);
}

export interface Lent {
  /** Options for any AWS SDK client. One attempt: the first answer is what is wanted. */
  readonly options: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { accessKeyId: string; secretAccessKey: string; sessionToken: string };
    readonly maxAttempts: 1;
  };
}

export async function issue(urls: Urls, who: Caller, grant: { readonly id: string }): Promise<Lent> {
  const answer = await who.post<AwsCredentialsView>(`/v1/grants/${grant.id}/aws-credentials`);
  const { AccessKeyId, SecretAccessKey, SessionToken } = expectStatus(answer, 200);
  return {
    options: {
      endpoint: urls.aws,
      region: REGION,
      credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
      maxAttempts: 1,
    },
  };
}

export function query({ options }: Lent, customer: string, table = 'orders'): Promise<QueryCommandOutput> {
  return new DynamoDBClient(options).send(
    new QueryCommand({
      TableName: table,
      KeyConditionExpression: 'customer = :c',
      ExpressionAttributeValues: { ':c': { S: customer } },
    }),
  );
}

/** The `name` of the error that a call ends with, or `allowed`. */
export async function outcome(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'allowed';
  } catch (error) {
    return (error as DynamoDBServiceException).name;
  }
}

/** Milliseconds until IAM refuses; fails after five seconds, which is as long as it may take. */
export async function untilRefused(lent: Lent, customer: string, table?: string): Promise<number> {
  const began = performance.now();
  while ((await outcome(query(lent, customer, table))) !== 'AccessDeniedException') {
    if (performance.now() - began > 5_000) throw new Error('still allowed after five seconds');
    await sleep(25);
  }
  return performance.now() - began;
}

export const problemCode = (answer: Answer<unknown>): string =>
  `${answer.status} ${(answer.body as Partial<ProblemView>).code ?? ''}`;
