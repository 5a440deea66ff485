import type { GrantView } from '../../contract/schemas.ts';
import { grantIdField } from '../../contract/fields.ts';
import type { Cli } from './cli.ts';
import { lendsTokens } from './delegation.ts';
import { aboutDuration, secondsUntil } from './duration.ts';
import { CliFailure, usage } from './failure.ts';
import { EXIT } from './exit.ts';
import { parametersText } from './text.ts';

/** Grants are picked among the latest hundred: one call. An older one can still be named by its id. */
const LATEST = '100';

export function grantId(text: string): string {
  if (grantIdField.safeParse(text).success) return text;
  throw usage(
    `"${text}" is not a grant's id`,
    'It looks like grt_01J9ZK3N8Q4T6V8X0Z2B4D6F8H. See yours: writ requests',
  );
}

const isActive = ({ status }: GrantView): boolean => status === 'active';

export async function latestActive(cli: Cli): Promise<{ items: GrantView[]; older: boolean }> {
  const page = await (await cli.client()).grants({ view: 'mine', limit: LATEST });
  return { items: page.items.filter(isActive), older: page.cursor !== undefined };
}

/** To the end of the list: what is left out stays lent. */
export async function allActive(cli: Cli): Promise<GrantView[]> {
  const client = await cli.client();
  const active: GrantView[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.grants({ view: 'mine', limit: LATEST, ...(cursor !== undefined && { cursor }) });
    active.push(...page.items.filter(isActive));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return active;
}

export interface Pick {
  readonly id?: string | undefined;
  readonly entitlement?: string | undefined;
  /** Which of the active ones can be meant. @default any */
  readonly fits?: (grant: GrantView) => boolean;
}

/**
 * The grant that is meant: the one named, or the only active one (of the entitlement), or the one that a person at the
 * terminal chooses.
 *
 * @throws CliFailure `no_active_grant` (exit 6), or `usage` when several fit and nobody can be asked
 */
export async function pickActive(cli: Cli, { id, entitlement, fits }: Pick): Promise<GrantView> {
  if (id !== undefined) return (await cli.client()).grant(grantId(id));
  const latest = await latestActive(cli);
  const active = latest.items.filter(
    (grant) => (entitlement === undefined || grant.entitlement === entitlement) && (fits?.(grant) ?? true),
  );
  const [first, ...others] = active;
  if (!first) {
    const of = entitlement === undefined ? '' : ` of ${entitlement}`;
    const among = latest.older ? ` among your latest ${LATEST}; name an older one by its id` : '';
    const what = `you have no active grant${of}${among}`;
    throw new CliFailure(EXIT.conflict, 'no_active_grant', what, `writ request ${entitlement ?? ''}`.trimEnd());
  }
  if (others.length === 0) return first;
  if (!cli.host.interactive) {
    const names = active.map((grant) => `${grant.id} (${summary(grant, cli.now())})`).join(', ');
    throw usage(`you have ${active.length} active grants: ${names}`, 'Name one by its id.');
  }
  const prompts = await cli.host.prompts();
  const chosen = await prompts.select({
    message: 'Which grant?',
    choices: active.map((grant) => ({ value: grant.id, label: summary(grant, cli.now()), hint: grant.id })),
  });
  return active.find((grant) => grant.id === chosen) ?? first;
}

/** `orders-read customer=C-42, 9m12s left` */
export function summary(grant: GrantView, now: number): string {
  const what = [grant.entitlement, parametersText(grant.parameters)].filter(Boolean).join(' ');
  return `${what}, ${timing(grant, now)}`;
}

/** What time does to it next, or did last. */
export function timing(grant: GrantView, now: number): string {
  switch (grant.status) {
    case 'active':
      return `${aboutDuration(secondsUntil(grant.expiresAt ?? grant.startsAt, now))} left`;
    case 'scheduled':
      return `starts in ${aboutDuration(secondsUntil(grant.startsAt, now))}`;
    case 'pending':
      return grant.lapsesAt === undefined
        ? 'waits for approval'
        : `waits for approval, ${aboutDuration(secondsUntil(grant.lapsesAt, now))} at most`;
    case 'denied':
    case 'cancelled':
    case 'lapsed':
    case 'returned':
    case 'revoked':
    case 'expired':
    case 'completed':
      return `over since ${clockTime(grant.endedAt ?? grant.requestedAt)}`;
  }
}

/** `2026-11-21 09:10:00 UTC` */
export const clockTime = (instant: string): string => `${instant.slice(0, 10)} ${instant.slice(11, 19)} UTC`;

/** What the reader of a grant may do about it, as far as the command line can know. */
export interface Reader {
  /** They are among those who can decide now. */
  readonly asked: boolean;
  readonly mine: boolean;
}

/** The commands that make sense next, exact. */
export function nextCommands(grant: GrantView, { asked, mine }: Reader = { asked: false, mine: true }): string[] {
  const { id, status } = grant;
  const decide = asked ? [`writ approve ${id}`, `writ deny ${id} --comment "…"`] : [];
  if (!mine) return decide.length > 0 ? decide : [`writ requests ${id}`];
  switch (status) {
    case 'active':
      return [...decide, ...usesOf(grant), `writ done ${id}`];
    case 'scheduled':
    case 'pending':
      return [...decide, `writ requests ${id} --wait`, `writ cancel ${id}`];
    case 'denied':
    case 'cancelled':
    case 'lapsed':
    case 'returned':
    case 'revoked':
    case 'expired':
    case 'completed':
      return [`writ request ${grant.entitlement}`];
  }
}

const usesOf = (grant: GrantView): string[] =>
  lendsTokens(grant)
    ? [`writ token ${grant.id}`]
    : [`writ sudo --grant ${grant.id} -- COMMAND`, `writ creds ${grant.id}`];

export const nextText = (grant: GrantView, reader?: Reader): string => commandLines(nextCommands(grant, reader));

export const commandLines = (commands: readonly string[]): string =>
  commands.map((command, index) => `${index === 0 ? 'next:' : '     '} ${command}\n`).join('');

/** The one command for a row of a list; it always names the grant. */
export function listCommand(grant: GrantView, reader: 'holder' | 'approver' | 'overseer'): string {
  const { id, status, breakGlass } = grant;
  if (reader === 'approver') return `writ approve ${id}`;
  if (reader === 'overseer' && breakGlass?.reviewed === false && grant.endedAt !== undefined)
    return `writ review ${id}`;
  if (reader === 'holder' && status === 'active') return `writ done ${id}`;
  if (reader === 'holder' && status === 'pending') return `writ requests ${id} --wait`;
  return `writ requests ${id}`;
}
