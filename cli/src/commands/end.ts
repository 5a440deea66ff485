import type { Cli } from '../cli.ts';
import { enforcementText } from '../details.ts';
import { grantId } from '../grants.ts';

/** Takes a grant back from its holder. For admins. */
export async function revoke(cli: Cli, id: string, given: string | undefined): Promise<void> {
  const grant = grantId(id);
  const reason =
    given ??
    (await cli.ask('the reason', 'Add: --reason "…"', async () =>
      (await cli.host.prompts()).text({
        message: 'Why? (kept as evidence)',
        refuse: (text) => (text.trim() ? undefined : 'must not be empty'),
      }),
    ));
  const revoked = await (await cli.client()).revoke(grant, reason);
  cli.out.result(revoked, () => {
    const enforcement = enforcementText(revoked);
    return `Revoked ${revoked.id}.${enforcement === undefined ? '' : ` ${enforcement}.`}\nnext: writ requests ${revoked.id}\n`;
  });
}

/** Withdraws a request that is not active yet. */
export async function cancel(cli: Cli, id: string): Promise<void> {
  const cancelled = await (await cli.client()).cancel(grantId(id));
  cli.out.result(cancelled, () => `Cancelled ${cancelled.id}.\n`);
}
