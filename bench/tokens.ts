import { calls } from './tokens/calls.ts';
import { sideBySide } from './tokens/sideBySide.ts';

/** What tokens cost: beside another authorization server, and in calls of the AWS. */
export async function tokens(): Promise<string> {
  const beside = await sideBySide();
  return `${beside}\n\n${await calls()}`;
}
