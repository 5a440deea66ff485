import type { APIGatewayProxyEvent } from 'aws-lambda';
import { parseStrictJson } from '../../adapters/json/strictJson.ts';
import { ticketBody } from '../../contract/schemas.ts';
import type { OnceStore } from '../../core/approvalPorts.ts';
import type { TicketDeps } from '../../core/usecases/completeTicket.ts';
import { completeTicket } from '../../core/usecases/completeTicket.ts';
import type { Answer } from '../../core/usecases/deps.ts';
import { ok } from '../shared/answers.ts';
import { Refusal } from './refusal.ts';
import { checkWritSignature, rawBody } from './signed.ts';

const MARK_MS = 24 * 3600 * 1000;

export interface TicketsDeps extends TicketDeps {
  readonly once: Pick<OnceStore, 'spend'>;
  /** The keys by which the ticket system may sign at present. */
  readonly ticketKeys: () => Promise<readonly string[]>;
}

/**
 * A ticket's state as its system tells it: a closed one ends its grants. The message's id is spent before anything is
 * done, so a copy of it does nothing. Whoever gets no 200 tells it again, under a new id.
 *
 * @throws Refusal
 */
export async function onTicket(deps: TicketsDeps, event: APIGatewayProxyEvent): Promise<Answer> {
  const body = rawBody(event, 'application/json');
  const now = deps.clock();
  checkWritSignature(event, body, await deps.ticketKeys(), now);
  const told = ticketBody.safeParse(parseStrictJson(body)).data;
  if (!told) throw new Refusal('malformed');
  if (!(await deps.once.spend(`ticket#${told.id}`, now + MARK_MS))) throw new Refusal('replayed');
  const ended = told.state === 'closed' ? await completeTicket(deps, told.ticket) : [];
  return ok({ ended });
}
