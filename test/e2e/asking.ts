/** What tests of people's decisions have in common: asking, deciding, and seeing what comes of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeExecutionCommand, ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import type { GrantView, LeafView } from '../../contract/schemas.ts';
import { WORKFLOW_NAME } from '../../infra/names.ts';
import { BROKER_ACCOUNT } from '../../local/context.ts';
import type { LocalSystem } from '../../local/system.ts';
import { expectStatus, ORDERS_OF_C42, REGION } from './harness.ts';
import type { Answer, Caller } from './harness.ts';

/**
 * What comes by stream, bus and queue comes a little later: looks until it holds, and for three minutes at most. Soon
 * again at first, then each second: to look is work as well, and many look at once.
 */
export async function eventually<T>(look: () => Promise<T>): Promise<T> {
  const until = Date.now() + 180_000;
  for (let pause = 100; ; pause = Math.min(1_000, pause * 1.25)) {
    try {
      return await look();
    } catch (error) {
      if (Date.now() > until) throw error;
      await sleep(pause);
    }
  }
}

/** Asks for `orders-write`, which people decide, unless the changes say otherwise. */
export async function asked(who: Caller, changes: object = {}): Promise<GrantView> {
  const answer = await who.post<GrantView>('/v1/grants', {
    ...ORDERS_OF_C42,
    entitlement: 'orders-write',
    ...changes,
  });
  return expectStatus(answer, 201);
}

/** Answers the question that this view of the grant shows. */
export function decide(who: Caller, { id, question }: GrantView, changes: object = {}): Promise<Answer<GrantView>> {
  const vote = { verdict: 'approve', comment: 'seen', requestSha256: question?.requestSha256, ...changes };
  return who.post<GrantView>(`/v1/grants/${id}/approvals`, vote);
}

export const approved = async (who: Caller, grant: GrantView, changes: object = {}): Promise<GrantView> =>
  expectStatus(await decide(who, grant, changes), 200);

/** As it is now, for somebody who may see it. */
export const seen = async (who: Caller, { id }: Pick<GrantView, 'id'>): Promise<GrantView> =>
  expectStatus(await who.get<GrantView>(`/v1/grants/${id}`), 200);

/** All leaves of a grant, for an auditor. */
export async function leavesOf(auditor: Caller, { id }: Pick<GrantView, 'id'>): Promise<readonly LeafView[]> {
  const answer = await auditor.get<{ items: LeafView[] }>(`/v1/audit/events?grant=${id}&limit=100`);
  return expectStatus(answer, 200).items;
}

interface Message {
  readonly id: number;
  readonly to: string;
  readonly subject?: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Everything that was sent to anybody. */
export async function outbox({ issuer }: Pick<LocalSystem, 'issuer'>): Promise<readonly Message[]> {
  return (await (await fetch(`${issuer}/dev/outbox`)).json()) as readonly Message[];
}

/** The types of a grant's events, as the channel that gets all of them was told: one for each time it was. */
export async function toldOf(system: Pick<LocalSystem, 'issuer'>, grant: Pick<GrantView, 'id'>): Promise<string[]> {
  const events = (await outbox(system)).filter(({ to }) => to === 'siem').flatMap(({ body }) => eventsIn(body));
  return events.filter((event) => event.grant === grant.id).map(({ type }) => type);
}

const eventsIn = (body: string) => (JSON.parse(body) as { events: readonly { type: string; grant?: string }[] }).events;

/** The states of the executions that wait for the people of a grant. */
export async function executionsOf(
  system: Pick<LocalSystem, 'aws' | 'rootCredentials'>,
  { id }: Pick<GrantView, 'id'>,
): Promise<(string | undefined)[]> {
  const client = new SFNClient({
    endpoint: system.aws,
    region: REGION,
    credentials: system.rootCredentials(BROKER_ACCOUNT),
  });
  const stateMachineArn = `arn:aws:states:${REGION}:${BROKER_ACCOUNT}:stateMachine:${WORKFLOW_NAME}`;
  const { executions = [] } = await client.send(new ListExecutionsCommand({ stateMachineArn }));
  const described = await Promise.all(
    executions.map(({ executionArn }) => client.send(new DescribeExecutionCommand({ executionArn }))),
  );
  return described.filter(({ input = '' }) => input.includes(id)).map(({ status }) => status);
}
