import type { GrantView } from '../../../contract/schemas.ts';
import { fileCache } from '../aws/credentials.ts';
import type { Cli } from '../cli.ts';
import { enforcementText } from '../details.ts';
import { CliFailure, failureOf, usage } from '../failure.ts';
import { allActive, pickActive } from '../grants.ts';

/** Gives one grant back, or all that are active. */
export async function done(cli: Cli, id: string | undefined, all: boolean): Promise<void> {
  if (all && id !== undefined) throw usage('give a grant or --all, not both');
  if (!all) {
    const grant = await giveBack(cli, (await pickActive(cli, { id })).id);
    cli.out.result(grant, () => returnedText(grant));
    return;
  }
  const { returned, kept } = await giveAllBack(cli);
  const [first] = kept;
  if (first) {
    cli.out.note(returned.map(returnedText).join('').trimEnd());
    const { exit, detail } = failureOf(first.error);
    const ids = kept.map(({ id }) => id).join(', ');
    throw new CliFailure(exit, 'not_given_back', `not given back: ${ids}: ${detail}`, 'writ done --all');
  }
  cli.out.result({ items: returned }, () => returned.map(returnedText).join('') || 'You have no active grant.\n');
}

/** One that can't be given back must not keep the others lent. One that ended meanwhile is no failure. */
async function giveAllBack(cli: Cli) {
  const returned: GrantView[] = [];
  const kept: { readonly id: string; readonly error: unknown }[] = [];
  for (const { id } of await allActive(cli)) {
    try {
      returned.push(await giveBack(cli, id));
    } catch (error) {
      if (failureOf(error).code !== 'grant_ended') kept.push({ id, error });
    }
  }
  return { returned, kept };
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
