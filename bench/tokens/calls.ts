import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createDynamoGrantStore } from '../../adapters/aws/dynamoGrantStore.ts';
import { createDynamoKeyRing } from '../../adapters/aws/dynamoKeyRing.ts';
import { createDynamoTokens } from '../../adapters/aws/dynamoTokens.ts';
import { OAUTH_PATHS } from '../../contract/metadata.ts';
import type { Grant } from '../../core/grant.ts';
import type { LeafType } from '../../core/leaf.ts';
import { leafOf } from '../../core/leafOf.ts';
import { clientAsPrincipal } from '../../core/oauth/client.ts';
import { SYSTEM } from '../../core/principal.ts';
import { consumeUse } from '../../core/usecases/tokens/consumeUse.ts';
import type { Cost } from '../metered.ts';
import { noCost } from '../metered.ts';
import { median, timed } from '../numbers.ts';
import { rounded, table } from '../report.ts';
import type { MeasuredTables } from '../tables.ts';
import { startTables } from '../tables.ts';
import type { FormRequest, Server } from './requests.ts';
import { createRequests } from './requests.ts';
import { API, benchBundle, CLIENTS, grantOf, people } from './sample.ts';
import { createWrit, eventOf, WRIT_ISSUER } from './writ.ts';

const RUNS = 7;
const PARALLEL = 50;
/** Added to each call, in milliseconds: about what DynamoDB takes. */
const LATENCY = 3;

const SERVER: Server = {
  issuer: WRIT_ISSUER,
  tokenEndpoint: `${WRIT_ISSUER}${OAUTH_PATHS.token}`,
  port: 0,
  paths: { token: OAUTH_PATHS.token, introspect: OAUTH_PATHS.introspect },
  introspectedApi: API,
};

/** What the AWS is asked for, as the SDK's client and the signer see it. */
interface Meter extends Cost {
  kms: number;
  latency: number;
}

/** Of one piece of work: how often it asked DynamoDB while no call of its own was under way. Calls at once are a round. */
interface Rounds {
  rounds: number;
  underWay: number;
}

type Measured = Cost & Pick<Meter, 'kms'> & Pick<Rounds, 'rounds'>;

const roundsOf = new AsyncLocalStorage<Rounds>();

async function inRounds(work: () => Promise<unknown>): Promise<number> {
  const own = { rounds: 0, underWay: 0 };
  await roundsOf.run(own, work);
  return own.rounds;
}

/** The calls of an exchange and what follows it, and fifty exchanges of one grant at the same time. */
export async function calls(): Promise<string> {
  const tables = await startTables();
  try {
    const system = await createSystem(tables);
    const rows = await system.costs();
    const parallel = await system.parallel();
    return [
      table(['', 'KMS', 'DynamoDB calls', 'rounds', 'items read', 'read units', 'write units'], rows),
      'Medians of the second time and later: the first one also reads the key ring, which is kept for 30 s.',
      '',
      parallel,
    ].join('\n');
  } finally {
    await tables.stop();
  }
}

async function createSystem(tables: MeasuredTables) {
  const requests = createRequests();
  const meter: Meter = Object.assign(tables.cost, { kms: 0, latency: 0 });
  watch(tables.client, meter);
  const names = await tables.create('tokens');
  const options = { client: tables.client, random: Math.random, sleep, ...names };
  const store = createDynamoGrantStore(options);
  const tokens = createDynamoTokens(options);
  // Counted, but never too many: fifty at once and their repeats are more than a holder may have in a minute.
  const patient = {
    ...tokens,
    countRequest: async (key: string, now: number) => Math.min(1, await tokens.countRequest(key, now)),
  };
  const bundle = benchBundle(requests.known);
  const { deps, handler } = createWrit({
    bundle,
    known: requests.known,
    store,
    tokens: patient,
    ring: createDynamoKeyRing(options),
    onKms: () => (meter.kms += 1),
  });
  const [plain, counting] = people();
  for (const [person, uses] of [
    [plain, { spent: 0 }],
    [counting, { spent: 0, max: 1_000 }],
  ] as const) {
    const grant: Grant = { ...grantOf(bundle, person ?? '', Date.now()), uses };
    const leaf = (type: LeafType, version: number) =>
      leafOf(deps, grant, { type, role: 'transition', at: Date.now(), by: SYSTEM, version });
    await store.create({ grant, leaves: [leaf('grant.requested', 1), leaf('grant.activated', 2)] });
  }

  async function ask({ path, headers, body }: FormRequest): Promise<Record<string, unknown>> {
    const answer = await handler(eventOf({ url: path, headers }, body));
    const told = JSON.parse(answer.body) as Record<string, unknown>;
    if (answer.statusCode !== 200) throw new Error(`${path} answers ${answer.statusCode}: ${String(told['error'])}`);
    return told;
  }

  async function exchange(client: 'publicOne' | 'withKey', person: number): Promise<string> {
    const { current: nonce } = await deps.nonces();
    const answer = await ask(requests.exchange(SERVER, { client, person, nonce, resource: API }));
    return String(answer['access_token']);
  }

  async function consume(token: string): Promise<void> {
    const claims = await deps.ownTokens.read(token);
    const client = bundle.clients.find(({ id }) => id === CLIENTS.server);
    if (!claims || !client) throw new Error('the sample bundle has no server for the token');
    await consumeUse(deps, { client, principal: clientAsPrincipal(client) }, claims, randomUUID());
  }

  async function measured(work: () => Promise<unknown>): Promise<Measured> {
    Object.assign(meter, noCost(), { kms: 0 });
    const rounds = await inRounds(work);
    return { ...meter, rounds };
  }

  return {
    async costs(): Promise<(string | number)[][]> {
      const token = await exchange('publicOne', 0);
      const counted = await exchange('publicOne', 1);
      const works: Readonly<Record<string, () => Promise<unknown>>> = {
        'exchange, public client, DPoP': () => exchange('publicOne', 0),
        'exchange, private_key_jwt, DPoP': () => exchange('withKey', 0),
        introspection: () => ask(requests.introspection(SERVER, token)),
        'consume, of a token that is not counted': () => consume(token),
        'consume, of a grant with so many uses': () => consume(counted),
      };
      const rows: (string | number)[][] = [];
      for (const [name, work] of Object.entries(works)) {
        const runs: Measured[] = [];
        for (let run = 0; run < RUNS; run++) runs.push(await measured(work));
        const of = (what: keyof Measured): number => median(runs.map((run) => run[what]));
        rows.push([name, of('kms'), of('calls'), of('rounds'), of('items'), of('readUnits'), of('writeUnits')]);
      }
      return rows;
    },

    async parallel(): Promise<string> {
      meter.latency = LATENCY;
      const rows: (string | number)[][] = [];
      for (const count of [1, PARALLEL]) {
        const times: number[] = [];
        const rounds: number[] = [];
        Object.assign(meter, noCost());
        for (let run = 0; run < RUNS; run++) {
          const all = () => Promise.all(Array.from({ length: count }, () => inRounds(() => exchange('publicOne', 0))));
          const { milliseconds, value } = await timed(all);
          times.push(milliseconds);
          rounds.push(...value);
        }
        const each = meter.calls / (RUNS * count);
        rows.push([count, rounded(median(times)), rounded(each), median(rounds), Math.max(...rounds)]);
      }
      meter.latency = 0;
      return [
        table(['exchanges of one grant at once', 'ms for all', 'DynamoDB calls each', 'rounds, median', 'most'], rows),
        `${LATENCY} ms are added to each call. The milliseconds are those of one thread, which also is the local DynamoDB; the`,
        `rounds say what waits for what: would each exchange wait for the one before, the last would take ${PARALLEL} times as many.`,
      ].join('\n');
    },
  };
}

/** Counts rounds, and makes each call slower. */
function watch(client: DynamoDBClient, meter: Meter): void {
  client.middlewareStack.add(
    (next) => async (call) => {
      const own = roundsOf.getStore() ?? { rounds: 0, underWay: 0 };
      if (own.underWay === 0) own.rounds += 1;
      own.underWay += 1;
      try {
        if (meter.latency > 0) await sleep(meter.latency);
        return await next(call);
      } finally {
        own.underWay -= 1;
      }
    },
    { step: 'finalizeRequest', priority: 'low', name: 'watch' },
  );
}
