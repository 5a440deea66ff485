import { approvalIdField, consentIdField } from '../../../contract/fields.ts';
import type { ConsentView, GrantView } from '../../../contract/schemas.ts';
import type { Cli } from '../cli.ts';
import { aboutDuration, secondsUntil } from '../duration.ts';
import { EXIT } from '../exit.ts';
import { CliFailure, usage } from '../failure.ts';
import { clockTime, grantId } from '../grants.ts';
import { table } from '../text.ts';
import { grantTable } from './requests.ts';

/** What a subject agreed to before. */
export async function listConsents(cli: Cli): Promise<void> {
  const items = await (await cli.client()).consents();
  cli.out.result({ items }, () => {
    if (items.length === 0) return 'You have no consent remembered.\n';
    const rows = items.map((consent) => [
      consent.actor,
      `${consent.entitlement}: ${consent.operations.join(' ')}`,
      consent.purpose,
      clockTime(consent.givenAt),
      untilText(consent, cli.now()),
      holds(consent, cli.now()) ? `writ consents withdraw ${consent.id}` : `writ requests ${consent.grantId}`,
    ]);
    return table(['WHO', 'MAY', 'PURPOSE', 'GIVEN', 'UNTIL', 'NEXT'], rows);
  });
}

const holds = ({ withdrawnAt, expiresAt }: ConsentView, now: number): boolean =>
  withdrawnAt === undefined && Date.parse(expiresAt) > now;

function untilText(consent: ConsentView, now: number): string {
  if (consent.withdrawnAt !== undefined) return `withdrawn at ${clockTime(consent.withdrawnAt)}`;
  return holds(consent, now) ? `${aboutDuration(secondsUntil(consent.expiresAt, now))} left` : 'expired';
}

export async function withdrawConsent(cli: Cli, id: string): Promise<void> {
  if (!consentIdField.safeParse(id).success) {
    throw usage(
      `"${id}" is not a consent's id`,
      'It looks like cns_01J9ZK3N8Q4T6V8X0Z2B4D6F8H. See yours: writ consents',
    );
  }
  const consent = await (await cli.client()).withdrawConsent(id);
  cli.out.result(
    consent,
    () => `Withdrew ${consent.id}: it counts no more, and what rested on it has ended.\nnext: writ impersonations\n`,
  );
}

export interface PageOptions {
  readonly limit: string;
  readonly cursor?: string;
}

/** Who acts, acted or asks to act for the caller. */
export async function impersonations(cli: Cli, { limit, cursor }: PageOptions): Promise<void> {
  const page = await (await cli.client()).impersonations({ limit, ...(cursor !== undefined && { cursor }) });
  cli.out.result(page, () => {
    if (page.items.length === 0) return 'Nobody acts, acted or asks to act for you.\n';
    const more =
      page.cursor === undefined ? '' : `more: writ impersonations --limit ${limit} --cursor ${page.cursor}\n`;
    return grantTable(cli, page.items, nextForSubject) + more;
  });
}

function nextForSubject({ id, status, subject, approvers }: GrantView): string {
  if (status === 'pending' && approvers.some((person) => person.id === subject)) return `writ approve ${id}`;
  if (status === 'active' || status === 'scheduled') return `writ revoke ${id}`;
  return `writ requests ${id}`;
}

/** Takes an approval back before it has taken effect, or a consent at any time. Without an id, one's own latest. */
export async function withdraw(cli: Cli, given: string, approval: string | undefined): Promise<void> {
  const id = grantId(given);
  if (approval !== undefined && !approvalIdField.safeParse(approval).success) {
    throw usage(
      `"${approval}" is not an approval's id`,
      `It looks like apr_01J9ZK3N8Q4T6V8X0Z2B4D6F8H. See: writ requests ${id} --json`,
    );
  }
  const grant = await (await cli.client()).withdrawApproval(id, approval ?? (await ownApproval(cli, id)));
  cli.out.result(
    grant,
    () => `Withdrew your word on ${grant.id}, which is ${grant.status} now.\nnext: writ requests ${grant.id}\n`,
  );
}

async function ownApproval(cli: Cli, id: string): Promise<string> {
  const client = await cli.client();
  const [grant, me] = await Promise.all([client.grant(id), client.me()]);
  const extensions = grant.extensions.filter(({ status }) => status === 'pending' || status === 'allowed');
  const said = [...grant.approvals, ...extensions.flatMap(({ approvals }) => approvals)];
  const own = said.findLast(({ by, withdrawnAt }) => by.id === me.id && withdrawnAt === undefined);
  if (own) return own.id;
  throw new CliFailure(
    EXIT.conflict,
    'no_approval',
    `you have said nothing on ${id} that stands`,
    `writ requests ${id}`,
    id,
  );
}
