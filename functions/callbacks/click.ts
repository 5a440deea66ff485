import * as z from 'zod';
import { parseStrictJson } from '../../tokens/strictJson.ts';
import { grantIdField, sha256Field } from '../../contract/fields.ts';
import { CHAT_ACTIONS } from '../../core/messages/chat.ts';
import { Refusal } from './refusal.ts';

/** Of the many members that Slack sends, those that count. */
const PAYLOAD = z.object({
  type: z.literal('block_actions'),
  user: z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{2,64}$/) }),
  actions: z.array(z.object({ action_id: z.string().max(255), value: z.string().max(2_000).optional() })).length(1),
});

const VALUE = z.strictObject({
  grant: grantIdField,
  requestSha256: sha256Field,
  nonce: z.string().regex(/^[A-Za-z0-9_-]{22}$/),
});

/** One click of one member of the chat workspace. */
export type Click =
  | { readonly button: 'open' }
  | ({
      readonly button: 'approve' | 'deny';
      /** Member id in the workspace. */
      readonly member: string;
    } & z.infer<typeof VALUE>);

/**
 * Reads a click out of a body whose signature holds.
 *
 * @throws Refusal `malformed`, `unknown_button`
 * @see https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
 */
export function parseClick(body: Buffer): Click {
  const fields = [...new URLSearchParams(body.toString('utf8'))];
  const [field, ...more] = fields;
  if (field?.[0] !== 'payload' || more.length > 0) throw new Refusal('malformed');
  const payload = PAYLOAD.safeParse(jsonOf(field[1])).data;
  const [action] = payload?.actions ?? [];
  if (!payload || !action) throw new Refusal('malformed');
  if (action.action_id === CHAT_ACTIONS.open) return { button: 'open' };
  const button = (['approve', 'deny'] as const).find((name) => CHAT_ACTIONS[name] === action.action_id);
  if (!button) throw new Refusal('unknown_button');
  const value = VALUE.safeParse(parseStrictJson(Buffer.from(action.value ?? '', 'utf8'))).data;
  if (!value) throw new Refusal('malformed');
  return { button, member: payload.user.id, ...value };
}

/** Slack's own document: its names may repeat at any depth, and its size was checked. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
