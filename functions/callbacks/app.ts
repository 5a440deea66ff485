import type { APIGatewayProxyEvent } from 'aws-lambda';
import { ROUTES } from '../../contract/routes.ts';
import { WritError } from '../../core/errors.ts';
import type { Answer } from '../../core/usecases/deps.ts';
import type { ApiHandler } from '../shared/api.ts';
import { respond } from '../shared/api.ts';
import { beginInvocation } from '../shared/deadline.ts';
import type { Log } from '../shared/log.ts';
import { problemOf } from '../shared/problem.ts';
import { withTrace } from '../shared/trace.ts';
import type { ChatDeps } from './chat.ts';
import { onChat } from './chat.ts';
import type { Known } from './refusal.ts';
import { recordRefused } from './refusal.ts';
import type { TicketsDeps } from './tickets.ts';
import { onTicket } from './tickets.ts';

export type CallbacksDeps = ChatDeps & TicketsDeps & { readonly log: Log };

/**
 * What other systems tell Writ. There is no bearer token: each message is signed, timely, and counts once. What is
 * refused changes nothing and is on record, whatever was wrong with it.
 */
export function createHandler(deps: CallbacksDeps): ApiHandler {
  return async (event, context) => {
    beginInvocation(context);
    const traceId = event.requestContext.requestId;
    const route = routeOf(event);
    const answer = await withTrace(traceId, () => answerOf(deps, route, event, traceId));
    deps.log.answered({ route: route === undefined ? 'none' : `${route}Callback`, status: answer.status, traceId });
    return respond(answer);
  };
}

type Callback = 'chat' | 'tickets';

function routeOf({ httpMethod, resource }: APIGatewayProxyEvent): Callback | undefined {
  if (httpMethod !== 'POST') return undefined;
  if (resource === ROUTES.chatCallback.path) return 'chat';
  return resource === ROUTES.ticketCallback.path ? 'tickets' : undefined;
}

async function answerOf(
  deps: CallbacksDeps,
  route: Callback | undefined,
  event: APIGatewayProxyEvent,
  traceId: string,
): Promise<Answer> {
  const known: Known = {};
  try {
    if (route === undefined) throw new WritError('method_not_allowed', 'there is no such operation');
    return await (route === 'chat' ? onChat(deps, event, known) : onTicket(deps, event));
  } catch (error) {
    if (!(error instanceof WritError)) deps.log.failed(error, traceId);
    else if (route !== undefined) {
      try {
        await recordRefused(deps, route, error, known);
      } catch (failure) {
        // It is refused all the same, but not as if that were on record.
        deps.log.failed(failure, traceId);
        return problemOf(failure, traceId);
      }
    }
    return problemOf(error, traceId);
  }
}
