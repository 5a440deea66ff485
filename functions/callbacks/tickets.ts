import type { APIGatewayProxyEvent } from 'aws-lambda';
import { parseStrictJson } from '../../tokens/strictJson.ts';
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
  readonly once: Pick<OnceStore, 'spend' | 'isSpent' | 'appendOnce'>;
  /** The keys by which the ticket system may sign at present. */
  readonly ticketKeys: () => Promise<readonly string[]>;
}

/**
 * A ticket's state as its system tells it: a closed one ends its grants. The message's id is spent once that is done:
 * whoever gets no answer, or one of 5xx, tells it again as it was, and a copy of what was answered does nothing. Two
 * copies at once end what one would.
 *
 * @throws Refusal
 */
export async function onTicket(deps: TicketsDeps, event: APIGatewayProxyEvent): Promise<Answer> {
  const body = rawBody(event, 'application/json');
  const now = deps.clock();
  checkWritSignature(event, body, await deps.ticketKeys(), now);
  const told = ticketBody.safeParse(parseStrictJson(body)).data;
  if (!told) throw new Refusal('malformed');
  const mark = `ticket#${told.id}`;
  if (await deps.once.isSpent(mark)) throw new Refusal('replayed');
  const ended = told.state === 'closed' ? await completeTicket(deps, told.ticket) : [];
  if (!(await deps.once.spend(mark, now + MARK_MS))) throw new Refusal('replayed');
  return ok({ ended });
}
