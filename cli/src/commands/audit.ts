import type { LeafView } from '../../../contract/schemas.ts';
import type { Cli } from '../cli.ts';
import { usage } from '../failure.ts';
import { clockTime, grantId } from '../grants.ts';
import { table } from '../text.ts';

export interface AuditOptions {
  readonly grant?: string;
  readonly day?: string;
  readonly limit: string;
  readonly cursor?: string;
}

/** Audit leaves: of a grant, or (for auditors) of a UTC day. */
export async function auditEvents(cli: Cli, options: AuditOptions): Promise<void> {
  const { grant, day, limit, cursor } = options;
  if ((grant === undefined) === (day === undefined)) {
    throw usage('say of what', 'Give exactly one: --grant ID or --day 2026-11-21');
  }
  const page = await (
    await cli.client()
  ).auditEvents({
    limit,
    ...(grant !== undefined && { grant: grantId(grant) }),
    ...(day !== undefined && { day }),
    ...(cursor !== undefined && { cursor }),
  });
  const which = grant === undefined ? `--day ${day ?? ''}` : `--grant ${grant}`;
  cli.out.result(page, () => {
    if (page.items.length === 0) return 'There are none.\n';
    const rest =
      page.cursor === undefined ? '' : `more: writ audit events ${which} --limit ${limit} --cursor ${page.cursor}\n`;
    return table(['TIME', 'EVENT', 'OF', 'BY', 'FACTS'], page.items.map(row)) + rest;
  });
}

function row(leaf: LeafView): string[] {
  const facts = Object.entries(leaf.facts).map(([name, value]) => `${name}=${String(value)}`);
  if (leaf.decision) facts.unshift(`outcome=${leaf.decision.outcome}`);
  // Who it was is a salted hash here: the log holds no names.
  return [
    clockTime(leaf.at),
    leaf.type,
    leaf.stream,
    `${leaf.actor.domain}:${leaf.actor.hash.slice(0, 12)}`,
    facts.join(' '),
  ];
}
