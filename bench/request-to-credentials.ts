import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { AwsCredentialsView, GrantView } from '../contract/schemas.ts';
import { post } from './http.ts';
import { median, quantile, timed } from './numbers.ts';
import { against, rounded, table } from './report.ts';
import { startSystem, tokenOf } from './system.ts';

const CLIENTS = 4;
const ROUNDS = 75;
/** Each worker of a function compiles its code for itself; speed is steady after about this many. */
const WARM_UP_ROUNDS = 150;
const GOAL = { p50: 60, p99: 250 } as const;

interface Round {
  readonly request: number;
  readonly issue: number;
}

/** Asks and is issued, as one person. */
interface Client {
  ask(): Promise<GrantView>;
  issue(grant: GrantView): Promise<AwsCredentialsView>;
}

const total = ({ request, issue }: Round): number => request + issue;

/**
 * From asking to holding credentials, by automatic approval: two calls over HTTP to the whole system, which
 * runs in processes of its own on the same machine.
 */
export async function requestToCredentials(): Promise<string> {
  const home = mkdtempSync(join(tmpdir(), 'writ-bench-'));
  const system = await startSystem(home);
  try {
    const token = await tokenOf(system, 'alice');
    const clients = Array.from({ length: CLIENTS }, () => clientOf(system.api, token));
    const first = (await Promise.all(clients.map((client) => rounds(client, 1)))).flat().map(total);
    await Promise.all(clients.map((client) => rounds(client, WARM_UP_ROUNDS)));
    if (clients[0]) await proveUsable(clients[0], system.aws);
    const before = system.processorMs();
    const { milliseconds, value } = await timed(() => Promise.all(clients.map((client) => rounds(client, ROUNDS))));
    const after = system.processorMs();
    const measured = value.flat();
    const spent = before === undefined || after === undefined ? undefined : (after - before) / measured.length;
    const both = measured.map(total);
    const row = (what: string, times: readonly number[]): (string | number)[] => [
      what,
      rounded(median(times)),
      rounded(quantile(times, 0.9)),
      rounded(quantile(times, 0.99)),
      rounded(Math.max(...times)),
    ];
    return [
      table(
        ['call', 'p50 ms', 'p90', 'p99', 'slowest'],
        [
          row(
            'POST /v1/grants',
            measured.map(({ request }) => request),
          ),
          row(
            'POST /v1/grants/{id}/aws-credentials',
            measured.map(({ issue }) => issue),
          ),
          row('both: request to credentials', both),
          row('both, the first time after the start', first),
        ],
      ),
      `Goal: p50 ≤ ${GOAL.p50} ms: ${against(median(both), GOAL.p50)}; p99 ≤ ${GOAL.p99} ms: ${against(quantile(both, 0.99), GOAL.p99)}.`,
      `${CLIENTS} concurrent clients, ${both.length} rounds after ${CLIENTS * WARM_UP_ROUNDS} to warm up; ` +
        `${rounded((both.length / milliseconds) * 1000)} rounds/s` +
        `${spent === undefined ? '' : `; ${rounded(spent)} ms of processor time a round, all of the system's processes`}. A session so issued was tried: IAM let it read its orders.`,
    ].join('\n');
  } finally {
    await system.stop();
    rmSync(home, { recursive: true });
  }
}

async function rounds(client: Client, count: number): Promise<Round[]> {
  const measured: Round[] = [];
  for (let round = 0; round < count; round++) {
    const requested = await timed(() => client.ask());
    const issued = await timed(() => client.issue(requested.value));
    measured.push({ request: requested.milliseconds, issue: issued.milliseconds });
  }
  return measured;
}

const ORDERS_OF_C42 = {
  entitlement: 'orders-read',
  parameters: { customer: 'C-42' },
  durationSeconds: 600,
  purpose: 'measuring',
  justification: 'npm run bench',
};

const clientOf = (api: string, token: string): Client => ({
  ask: async () => (await post(`${api}/v1/grants`, token, ORDERS_OF_C42, 201)) as GrantView,
  issue: async ({ id }) => (await post(`${api}/v1/grants/${id}/aws-credentials`, token, {}, 200)) as AwsCredentialsView,
});

/** @throws AWS's error, when what was issued is of no use */
async function proveUsable(client: Client, endpoint: string): Promise<void> {
  const { AccessKeyId, SecretAccessKey, SessionToken } = await client.issue(await client.ask());
  const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  const dynamodb = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials });
  const orders = new QueryCommand({
    TableName: 'orders',
    KeyConditionExpression: 'customer = :customer',
    ExpressionAttributeValues: { ':customer': { S: 'C-42' } },
  });
  const { Count: found = 0 } = await dynamodb.send(orders);
  dynamodb.destroy();
  if (found === 0) throw new Error('the credentials read no order of C-42');
}
