import type { KeyRingView } from '../../../sdk/client.ts';
import type { Cli } from '../cli.ts';
import { clockTime } from '../grants.ts';
import { table } from '../text.ts';

/** Which keys sign delegation tokens. For admins. */
export async function listKeys(cli: Cli): Promise<void> {
  const ring = await (await cli.client()).keyRing();
  cli.out.result(ring, () => `${ringTable(ring)}next: writ keys rotate\n`);
}

/**
 * Has another generation sign from now on. Resource servers know the public halves of all already, so nothing breaks:
 * tokens of the one before stay good until they expire.
 */
export async function rotateKeys(cli: Cli, to: string | undefined): Promise<void> {
  const ring = await (await cli.client()).rotateKeys(to);
  cli.out.result(ring, () => `Generation ${ring.current} signs from now on.\n${ringTable(ring)}next: writ keys\n`);
}

function ringTable({ generations, current, since }: KeyRingView): string {
  const rows = generations.map((name) => {
    if (name !== current) return [name, 'published', ''];
    return [name, 'signs', since === undefined ? 'from the beginning' : `since ${clockTime(since)}`];
  });
  return table(['GENERATION', 'STATE', ''], rows);
}
