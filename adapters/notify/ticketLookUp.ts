import * as z from 'zod';
import type { TicketSystem } from '../../core/approvalPorts.ts';
import { plain } from '../../core/messages/text.ts';
import type { CallHttp } from './httpCall.ts';
import { TICKETS_SECRET } from './secretNames.ts';
import type { Secrets } from './secrets.ts';
import { endpointSecret, signingKeysOf } from './secrets.ts';
import { SIGNATURE_HEADER, signatureHeader } from './signature.ts';

const TIMEOUT_MS = 2_000;

/** What a ticket system answers. Other members are not looked at. */
const ANSWER = z.object({
  state: z.enum(['open', 'closed', 'unknown']),
  title: z
    .string()
    .transform((title) => plain(title, 200))
    .exactOptional(),
  url: z
    .url({ protocol: /^https?$/ })
    .max(500)
    .exactOptional(),
});

export interface TicketLookUpOptions {
  readonly secrets: Secrets;
  readonly call: CallHttp;
  /** Epoch milliseconds. */
  readonly clock: () => number;
}

/**
 * Asks a ticket system: `GET <url>/<ticket>`, signed as webhooks are, with the ticket's id for a body. 404 means that it
 * knows no such ticket. Whatever else is no proper answer within two seconds is `unavailable`: it informs, it decides
 * nothing.
 */
export const createTicketLookUp = ({ secrets, call, clock }: TicketLookUpOptions): TicketSystem => ({
  async lookUp(ticket) {
    try {
      const versions = await secrets.read(TICKETS_SECRET, endpointSecret);
      const { url } = versions.current;
      if (url === '') return undefined;
      const { status, body } = await call({
        method: 'GET',
        url: `${url.replace(/\/$/, '')}/${encodeURIComponent(ticket)}`,
        headers: {
          accept: 'application/json',
          'user-agent': 'writ',
          [SIGNATURE_HEADER]: signatureHeader(signingKeysOf(versions), ticket, clock()),
        },
        timeoutMs: TIMEOUT_MS,
      });
      if (status === 404) return { state: 'unknown' };
      if (status !== 200) return 'unavailable';
      return ANSWER.safeParse(JSON.parse(body)).data ?? 'unavailable';
    } catch {
      return 'unavailable';
    }
  },
});
