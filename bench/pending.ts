import { setTimeout as sleep } from 'node:timers/promises';
import { createDynamoApprovalLists } from '../adapters/aws/dynamoApprovalLists.ts';
import { createDynamoConsents } from '../adapters/aws/dynamoConsents.ts';
import { createDynamoGrantStore } from '../adapters/aws/dynamoGrantStore.ts';
import { toGrantItem } from '../adapters/aws/grantItem.ts';
import { createIds } from '../adapters/aws/ids.ts';
import type { Item } from '../adapters/aws/item.ts';
import { text } from '../adapters/aws/item.ts';
import { sha256 } from '../adapters/aws/sha256.ts';
import { ITEM_TYPE } from '../adapters/aws/tables.ts';
import { loadBundle } from '../adapters/bundle/load.ts';
import { createCedarEngine } from '../adapters/cedar/engine.ts';
import { loadInstalledWasm } from '../adapters/cedar/wasm.ts';
import { ceilingOf, lentRoleArn, targetOf } from '../core/entitlement.ts';
import type { Grant, GrantRequest } from '../core/grant.ts';
import { openGrant } from '../core/openGrant.ts';
import type { PolicyEngine } from '../core/ports.ts';
import type { PrincipalRef } from '../core/principal.ts';
import { principalId } from '../core/principal.ts';
import type { BriefDeps } from '../core/usecases/approverBrief.ts';
import { approverBrief } from '../core/usecases/approverBrief.ts';
import type { DecideDeps } from '../core/usecases/decideGrant.ts';
import { decideGrant } from '../core/usecases/decideGrant.ts';
import type { Caller } from '../core/usecases/deps.ts';
import type { ListApprovalsDeps } from '../core/usecases/listApprovals.ts';
import { listApprovals } from '../core/usecases/listApprovals.ts';
import { requestSha256Of } from '../core/usecases/requestHash.ts';
import type { Cost } from './metered.ts';
import { noCost } from './metered.ts';
import { median, timed } from './numbers.ts';
import { against, rounded, table } from './report.ts';
import type { MeasuredTables } from './tables.ts';
import { startTables } from './tables.ts';

const SIZES = [10, 1_000, 10_000] as const;
/** Below the 20 that one person may have. */
const EACH = 10;
/** As many as there are in the smallest table, so that all pages show as much. */
const PAGE = 10;
const RUNS = 40;
const WARM_UP_RUNS = 10;

type Deps = DecideDeps & BriefDeps & ListApprovalsDeps;

/** A table with so many pending requests, and what was measured on it. */
interface Place {
  readonly size: number;
  readonly deps: Deps;
  /** In it now. A decided one is replaced before the next is decided. */
  readonly pending: Grant[];
  replace(at: number): Promise<void>;
  readonly measured: Map<What, { readonly cost: Cost; readonly milliseconds: number }[]>;
}

type What = 'decide' | 'brief' | 'first page' | 'later page';

/** What an approver's work costs when few and when many requests wait. */
export async function pending(): Promise<string> {
  const tables = await startTables();
  try {
    const engine = createCedarEngine(loadBundle('policies'), loadInstalledWasm);
    const places: Place[] = [];
    for (const size of SIZES) places.push(await fill(tables, engine, size));
    for (let run = -WARM_UP_RUNS; run < RUNS; run++) {
      // In turns, so that whatever else the machine does falls on all sizes alike.
      for (const place of places) await measure(place, tables.cost, run);
    }
    return report(places);
  } finally {
    await tables.stop();
  }
}

async function measure(place: Place, cost: Cost, run: number): Promise<void> {
  const { deps, size, measured } = place;
  const at = Math.floor(Math.random() * size);
  const grant = place.pending[at];
  if (!grant) throw new Error('the table holds too few');
  const meter = async <T>(what: What, work: () => Promise<T>): Promise<T> => {
    Object.assign(cost, noCost());
    const { milliseconds, value } = await timed(work);
    const figures = measured.get(what) ?? [];
    measured.set(what, figures);
    if (run >= 0) figures.push({ cost: { ...cost }, milliseconds });
    return value;
  };
  const { cursor } = await meter('first page', () => listApprovals(deps, BOB, { limit: PAGE }));
  if (size > PAGE && cursor !== undefined) {
    await meter('later page', () => listApprovals(deps, BOB, { limit: PAGE, cursor }));
  }
  await meter('brief', () => approverBrief(deps, BOB, grant.id));
  const { requestSha256 } = grant;
  const vote = { verdict: 'approve', comment: 'seen', requestSha256, via: 'api' } as const;
  const answer = await meter('decide', () =>
    decideGrant(deps, BOB, grant.id, vote, undefined, ({ state }) => ({ status: 200, body: state.status })),
  );
  if (answer.body !== 'active') throw new Error('the approval did not make it active');
  await place.replace(at);
}

const TITLES: Readonly<Record<What, string>> = {
  decide: 'decision of one, to active',
  brief: 'brief of one',
  'first page': 'view=approvals, first page',
  'later page': 'view=approvals, later page',
};

function report(places: readonly Place[]): string {
  const lines = Object.keys(TITLES) as What[];
  const rows = lines.flatMap((what) =>
    places.flatMap(({ size, measured }) => {
      const all = measured.get(what) ?? [];
      if (all.length === 0) return [];
      const most = (of: keyof Cost): number => Math.max(...all.map(({ cost }) => cost[of]));
      const time = median(all.map(({ milliseconds }) => milliseconds));
      const counts = [most('calls'), most('items'), most('readUnits'), most('writeUnits')];
      return [[TITLES[what], size.toLocaleString('en'), ...counts, rounded(time)]];
    }),
  );
  const few = places[0];
  const many = places.at(-1);
  if (!few || !many) throw new Error('nothing was measured');
  const spent = (place: Place, of: keyof Cost): number =>
    (place.measured.get('decide') ?? []).reduce((sum, { cost }) => sum + cost[of], 0) / RUNS;
  const goals = (['calls', 'items', 'readUnits', 'writeUnits'] as const).map((of) => {
    const [least, most] = [spent(few, of), spent(many, of)];
    return `${GOAL_WORDS[of]} ${rounded(most)} (${rounded(least)}): ${against(most, least)}`;
  });
  return [
    table(['what', 'pending', 'DynamoDB calls', 'items read', 'read units', 'write units', 'ms'], rows),
    `Goal: a decision among ${many.size.toLocaleString('en')} costs no more than among ${few.size}: ${goals.join('; ')}.`,
    `Costs are the most of ${RUNS} runs, times the median; the sizes take turns. ${EACH} requests of each person to begin with, all of orders-write; pages of ${PAGE}.`,
  ].join('\n');
}

const GOAL_WORDS: Readonly<Record<keyof Cost, string>> = {
  calls: 'calls',
  items: 'items read',
  readUnits: 'read units',
  writeUnits: 'write units',
};

async function fill(tables: MeasuredTables, engine: PolicyEngine, size: number): Promise<Place> {
  const names = await tables.create(String(size));
  const options = { client: tables.client, random: Math.random, sleep, ...names };
  const deps: Deps = {
    clock: Date.now,
    ids: IDS,
    sha256,
    engine,
    store: createDynamoGrantStore(options),
    lists: createDynamoApprovalLists(options),
    consents: createDynamoConsents(options),
    tickets: { lookUp: () => Promise.resolve(undefined) },
  };
  const grants = Array.from({ length: size }, (_, index) => pendingGrant(engine, requesterOf(index)));
  await tables.load(names.grantsTable, grants.map(toGrantItem));
  for (let first = 0; first < size; first += EACH) {
    await tables.load(names.grantsTable, [slotsOf(requesterOf(first), grants.slice(first, first + EACH))]);
  }
  let persons = size / EACH;
  return {
    size,
    deps,
    pending: grants,
    measured: new Map(),
    async replace(at) {
      // Of somebody new, so that nobody's history grows.
      const requester = requesterOf(persons++ * EACH);
      const fresh = pendingGrant(engine, requester);
      grants[at] = fresh;
      await tables.load(names.grantsTable, [toGrantItem(fresh), slotsOf(requester, [fresh])]);
    },
  };
}

const IDS = createIds(Date.now, (bytes) => crypto.getRandomValues(new Uint8Array(bytes)));

const BOB: Caller = {
  sourceIp: '192.0.2.7',
  principal: {
    id: principalId('admin', 'local-admin', 'bob'),
    domain: 'admin',
    issuer: 'local-admin',
    subject: 'bob',
    person: 'bob',
    groups: ['engineers', 'team-leads'],
    project: 'shop',
    authentication: { mfa: true, methods: ['pwd', 'otp', 'mfa'], at: Date.now() },
  },
};

function requesterOf(index: number): PrincipalRef {
  const subject = `engineer-${Math.floor(index / EACH)}`;
  return { id: principalId('admin', 'local-admin', subject), domain: 'admin', subject, person: subject };
}

function pendingGrant(engine: PolicyEngine, requester: PrincipalRef): Grant {
  const { bundle } = engine;
  const entitlement = bundle.catalogue.find(({ id }) => id === 'orders-write');
  const target = entitlement && targetOf(entitlement, bundle.targets);
  if (!target) throw new Error('the sample bundle does not lend orders-write');
  const parameters = { customer: 'C-42' };
  const request: GrantRequest = {
    entitlement: entitlement.id,
    requester,
    parameters,
    scope: ceilingOf(entitlement, target, parameters),
    durationSeconds: 600,
    purpose: 'incident',
    justification: 'the customer’s order has a wrong address',
    ticket: 'INC-42',
  };
  const now = Date.now();
  const { grant } = openGrant(
    {
      id: IDS.grant(),
      request,
      requestSha256: requestSha256Of({ sha256 }, request, bundle.sha256),
      decision: { outcome: 'needs_approval', policies: [], reasons: [], bundleSha256: bundle.sha256 },
      approvals: [],
      roleArn: lentRoleArn(entitlement, target),
      sourceIdentity: IDS.sourceIdentity(),
      salt: IDS.salt(),
    },
    { to: 'wait', standing: { stage: 0, stageSince: now, lapsesAt: now + 4 * 3600 * 1000 } },
    now,
  );
  return grant;
}

/** The places that a person's pending requests take, as `takeSlot` leaves them. */
const slotsOf = ({ person }: PrincipalRef, grants: readonly Grant[]): Item => ({
  pk: text(`PENDING#${person}`),
  sk: text('PENDING'),
  type: text(ITEM_TYPE.pending),
  holders: { SS: grants.map(({ id }) => id) },
});
