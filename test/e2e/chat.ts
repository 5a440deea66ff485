/** Chat as Slack speaks: what a message's buttons carry, and clicks on them. */
import { createHmac } from 'node:crypto';
import type { GrantView } from '../../contract/schemas.ts';
import { CHAT_ACTIONS } from '../../core/messages/chat.ts';
import type { ChatValue } from '../../core/messages/chat.ts';
import type { Urls } from '../../local/context.ts';
import { outbox } from './asking.ts';
import type { Answer } from './harness.ts';

/** What a laptop's workspace signs with. */
const SIGNING_SECRET = 'local-chat-signing-secret';

interface Block {
  readonly elements?: readonly { readonly action_id?: string; readonly value?: string; readonly url?: string }[];
}

/** The buttons that messages in chat had for a grant, the newest last. */
export async function buttonsFor(urls: Urls, { id }: Pick<GrantView, 'id'>) {
  const messages = (await outbox(urls)).filter(({ to }) => to === 'ops-chat');
  const blocks = messages.flatMap(({ body }) => (JSON.parse(body) as { blocks: readonly Block[] }).blocks);
  return blocks.flatMap(({ elements = [] }) => elements).filter(({ value, url }) => (value ?? url ?? '').includes(id));
}

interface ClickChanges {
  readonly button?: keyof typeof CHAT_ACTIONS;
  readonly secret?: string;
  /** How old the signature is, in seconds of the system's clock. */
  readonly age?: number;
  /** The body that is sent, where it is not the one that was signed. */
  readonly sent?: (body: string) => string;
}

/** A click by a member of the workspace on a button with this value. */
export async function click(
  { api }: Urls,
  member: string,
  value: ChatValue | string,
  { button = 'approve', secret = SIGNING_SECRET, age = 0, sent = (body) => body }: ClickChanges = {},
): Promise<Answer<Record<string, unknown>>> {
  const actions = [
    { action_id: CHAT_ACTIONS[button], value: typeof value === 'string' ? value : JSON.stringify(value) },
  ];
  const payload = JSON.stringify({ type: 'block_actions', user: { id: member }, actions });
  const body = new URLSearchParams({ payload }).toString();
  const t = Math.floor((await timeOf(api)) / 1000) - age;
  const signature = createHmac('sha256', secret).update(`v0:${t}:${body}`).digest('hex');
  const response = await fetch(`${api}/v1/callbacks/chat`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': String(t),
      'x-slack-signature': `v0=${signature}`,
    },
    body: sent(body),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: JSON.parse(text) as Record<string, unknown>,
  };
}

/** What time the API says it is: epoch milliseconds. */
export const timeOf = async (api: string): Promise<number> =>
  Date.parse((await fetch(`${api}/v1/health`)).headers.get('date') ?? '');
