import type { EntityUidJson, PolicyJson } from '@cedar-policy/cedar-wasm/web';
import type { PolicyAction } from '../../core/decision.ts';

/**
 * Whether a policy can have a say about an action. If not, it names other actions in its scope, so Cedar would find it not
 * satisfied, and evaluate no condition of it that could fail: without it the answer is the same, reasons and errors
 * included. There are no groups of actions (`loadBundle` refuses them), so an action is in nothing but itself. Whatever is
 * not plainly about other actions has a say.
 *
 * @param policy undefined for one that does not parse
 */
export function isAbout(policy: PolicyJson | undefined, asked: PolicyAction): boolean {
  const action = policy?.action;
  if (!action || action.op === 'All') return true;
  const named = 'entities' in action ? action.entities : 'entity' in action ? [action.entity] : [];
  const ids = named.map(actionId);
  return ids.length === 0 || ids.includes(undefined) || ids.includes(asked);
}

function actionId(uid: EntityUidJson): string | undefined {
  const { type, id } = '__entity' in uid ? uid.__entity : uid;
  return type === 'Writ::Action' ? id : undefined;
}
