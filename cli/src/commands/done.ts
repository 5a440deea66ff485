import type { GrantView } from '../../../contract/schemas.ts';
import { fileCache } from '../aws/credentials.ts';
import type { Cli } from '../cli.ts';
import { usage } from '../failure.ts';
import { myGrants, pickActive } from '../grants.ts';
import { enforcementText } from './requests.ts';

/** Gives one grant back, or all that are active. */
export async function done(cli: Cli, id: string | undefined, all: boolean): Promise<void> {
  if (all && id !== undefined) throw usage('give a grant or --all, not both');
  if (!all) {
    const grant = await giveBack(cli, (await pickActive(cli, { id })).id);
    cli.out.result(grant, () => returnedText(grant));
    return;
  }
  const returned: GrantView[] = [];
  for (const grant of await myGrants(cli, ({ status }) => status === 'active')) {
    returned.push(await giveBack(cli, grant.id));
  }
  cli.out.result({ items: returned }, () => returned.map(returnedText).join('') || 'You have no active grant.\n');
}

/** Also forgets the AWS session that `writ creds` kept. */
export async function giveBack(cli: Cli, id: string): Promise<GrantView> {
  await fileCache(cli.host, await cli.profile()).drop(id);
  return (await cli.client()).giveBack(id);
}

export function returnedText(grant: GrantView): string {
  const enforcement = enforcementText(grant);
  return `Returned ${grant.id} (${grant.entitlement}).${enforcement === undefined ? '' : ` ${enforcement}.`}\n`;
}
