import { decisionToActive } from './decision-to-active.ts';
import { pending } from './pending.ts';

/** What people's decisions cost with many pending, and how soon they take effect. */
export async function approvals(): Promise<string> {
  const costs = await pending();
  return `${costs}\n\n${await decisionToActive()}`;
}
