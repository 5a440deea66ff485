import { callbackResult, chatForm, noQuery, ticketBody, ticketResult } from '../schemas.ts';
import type { Route } from './route.ts';
import { DECISION_ERRORS } from './shared.ts';

const signed = { method: 'POST', duty: 'callbacks', audience: ['signed'], query: noQuery } as const;

/** What other systems tell Writ. */
export const CALLBACK_ROUTES = {
  chatCallback: {
    ...signed,
    path: '/v1/callbacks/chat',
    summary: 'A button that was clicked in chat, signed by the workspace (`X-Slack-Signature`, `v0`)',
    form: chatForm,
    success: { 200: callbackResult },
    errors: ['not_found', ...DECISION_ERRORS, 'step_up_required', 'callback_replayed', 'version_conflict'],
  },
  ticketCallback: {
    ...signed,
    path: '/v1/callbacks/tickets',
    summary:
      'A ticket whose state changed, signed by the ticket system (`Writ-Signature`): when it is closed, its grants end',
    body: ticketBody,
    success: { 200: ticketResult },
    errors: ['callback_replayed', 'version_conflict'],
  },
} as const satisfies Record<string, Route>;
