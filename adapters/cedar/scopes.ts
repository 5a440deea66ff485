import { policyToJson } from '@cedar-policy/cedar-wasm/web';
import type { EntityUidJson } from '@cedar-policy/cedar-wasm/web';
import type { PolicyAction } from '../../core/decision.ts';

/** The actions that a policy's scope names; undefined for one that is about any action, or can't be told. */
type Scope = ReadonlySet<string> | undefined;

/**
 * Tells which policies can have a say about an action. The others name other actions in their scopes, so Cedar would find
 * each of them not satisfied, and evaluate no condition of theirs that could fail: without them the answer is the same,
 * reasons and errors included. There are no groups of actions (`loadBundle` refuses them), so an action is in nothing but
 * itself. Whatever is not plainly about other actions stays.
 */
export function policiesByAction(
  policies: Readonly<Record<string, string>>,
): (action: PolicyAction) => Readonly<Record<string, string>> {
  const scopes = new Map<string, Scope>(Object.entries(policies).map(([id, text]) => [id, scopeOf(text)]));
  return (action) => Object.fromEntries(Object.entries(policies).filter(([id]) => scopes.get(id)?.has(action) ?? true));
}

function scopeOf(text: string): Scope {
  const answer = policyToJson(text);
  if (answer.type === 'failure') return undefined;
  const { action } = answer.json;
  if (action.op === 'All') return undefined;
  const named = 'entities' in action ? action.entities : 'entity' in action ? [action.entity] : [];
  const ids = named.map(actionId);
  if (ids.length === 0) return undefined;
  const known = ids.filter((id) => id !== undefined);
  return known.length === ids.length ? new Set(known) : undefined;
}

function actionId(uid: EntityUidJson): string | undefined {
  const { type, id } = '__entity' in uid ? uid.__entity : uid;
  return type === 'Writ::Action' ? id : undefined;
}
