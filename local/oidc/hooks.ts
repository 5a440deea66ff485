/**
 * Where messages end on a laptop: receivers that stand for chat and webhooks, and the list of all that was sent.
 *
 * | | |
 * |---|---|
 * | `POST /dev/hooks/{name}` | Takes a message, and answers 200, or what it was told to. |
 * | `PUT /dev/hooks/{name}/answer` | Tells how to answer: `{"status": 500, "body": "no", "count": 2}`, the next `count` times, or from now on. |
 * | `GET /dev/outbox?since=&channel=` | All messages, the newest last. |
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { Outbox } from '../outbox.ts';
import { readBody } from '../http-body.ts';
import { queryOf, sendJson } from './http.ts';

const HOOK = /^\/dev\/hooks\/([\w-]{1,100})(\/answer)?$/;
const MAX_BODY_BYTES = 1_048_576;

const ANSWER = z.strictObject({
  status: z.int().min(200).max(599),
  body: z.string().max(10_000).default(''),
  /** How often; after that it answers 200 again. */
  count: z.int().min(1).optional(),
});

const FILTER = z.strictObject({
  since: z.coerce.number().int().min(0).optional(),
  channel: z.enum(['email', 'hook']).optional(),
});

interface Told {
  readonly status: number;
  readonly body: string;
  left: number;
}

/** Answers a request for one of the paths above; false for any other path. */
export type HookHandler = (path: string, request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

export function createHooks(outbox: Outbox): HookHandler {
  // Set by who tests retries: it need not outlive a restart.
  const told = new Map<string, Told>();

  function nextAnswer(name: string): { readonly status: number; readonly body: string } {
    const answer = told.get(name);
    if (!answer) return { status: 200, body: 'ok\n' };
    answer.left -= 1;
    if (answer.left <= 0) told.delete(name);
    return answer;
  }

  async function take(name: string, body: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, body: text } = nextAnswer(name);
    const headers = Object.fromEntries(
      Object.entries(request.headersDistinct).map(([header, values]) => [header, (values ?? []).join(',')]),
    );
    // On the disk before it is answered: whoever gets a 200 finds the message in the outbox.
    await outbox.add([{ channel: 'hook', to: name, body, headers, method: request.method ?? '', answered: status }]);
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text);
  }

  function tell(name: string, body: string, response: ServerResponse): void {
    const answer = ANSWER.safeParse(parsed(body));
    if (!answer.success) {
      sendJson(response, 400, { error: 'invalid_request', detail: z.prettifyError(answer.error) });
      return;
    }
    const { status, body: text, count = Number.POSITIVE_INFINITY } = answer.data;
    told.set(name, { status, body: text, left: count });
    response.writeHead(204).end();
  }

  return async (path, request, response) => {
    if (path === '/dev/outbox' && request.method === 'GET') {
      const filter = FILTER.safeParse(Object.fromEntries(queryOf(request)));
      if (filter.success) sendJson(response, 200, outbox.list(withoutUndefined(filter.data)));
      else sendJson(response, 400, { error: 'invalid_request', detail: z.prettifyError(filter.error) });
      return true;
    }
    const [, name, answer] = HOOK.exec(path) ?? [];
    if (name === undefined || request.method !== (answer === undefined ? 'POST' : 'PUT')) return false;
    const body = (await readBody(request, MAX_BODY_BYTES))?.toString('utf8');
    if (body === undefined)
      sendJson(response, 413, { error: 'payload_too_large', detail: 'a message is at most 1 MiB' });
    else if (answer === undefined) await take(name, body, request, response);
    else tell(name, body, response);
    return true;
  };
}

const withoutUndefined = ({ since, channel }: z.output<typeof FILTER>) => ({
  ...(since !== undefined && { since }),
  ...(channel !== undefined && { channel }),
});

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
