import type { GrantView } from '../../contract/schemas.ts';
import type { Cli } from './cli.ts';
import { formatDuration } from './duration.ts';
import { CliFailure } from './failure.ts';
import { EXIT } from './exit.ts';
import { timing } from './grants.ts';
import { printable } from './text.ts';

const POLL_MS = 2_000;

/**
 * Waits until the grant is active, showing who can approve it and how long it has been.
 *
 * @throws CliFailure `denied` (exit 4) or `grant_ended` (exit 6) when it won't be; `cancelled` when asked to stop
 */
export async function untilActive(
  cli: Cli,
  grant: GrantView,
  stopped: () => boolean = () => false,
): Promise<GrantView> {
  const client = await cli.client();
  const since = cli.host.now();
  const live = cli.host.stderr.isTTY;
  let current = grant;
  let told = false;
  while (current.status === 'pending' || current.status === 'scheduled') {
    const line = waitingLine(current, cli.host.now());
    if (live) cli.host.stderr.write(`\r\u{1B}[K${line} · ${formatDuration((cli.host.now() - since) / 1_000)}`);
    else if (!told) cli.out.note(line);
    told = true;
    await cli.host.sleep(POLL_MS);
    if (stopped()) break;
    current = await client.grant(current.id);
  }
  if (live && told) cli.host.stderr.write('\r\u{1B}[K');
  if (current.status === 'active') return current;
  if (stopped()) throw new CliFailure(EXIT.interrupted, 'cancelled', 'stopped waiting');
  const exit = current.status === 'denied' ? EXIT.denied : EXIT.conflict;
  const reason = current.endNote === undefined ? '' : `: ${current.endNote}`;
  throw new CliFailure(
    exit,
    'not_granted',
    `${current.id} is ${current.status}${reason}`,
    `writ requests ${current.id}`,
  );
}

function waitingLine(grant: GrantView, now: number): string {
  if (grant.status === 'scheduled') return `${grant.id} ${timing(grant, now)}`;
  const who = grant.approvers.length > 0 ? ` by ${printable(grant.approvers.join(' or '))}` : '';
  return `${grant.id} waits for approval${who}`;
}
