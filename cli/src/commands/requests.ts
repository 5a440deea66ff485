import type { GrantView } from '../../../contract/schemas.ts';
import type { Cli } from '../cli.ts';
import { formatDuration } from '../duration.ts';
import { clockTime, grantId, nextText, timing } from '../grants.ts';
import { facts, parametersText, table } from '../text.ts';

export interface RequestsOptions {
  readonly view: 'mine' | 'active' | 'pending' | 'history';
  readonly limit: string;
  readonly cursor?: string;
}

/** Grants, or one of them in full. */
export async function requests(cli: Cli, id: string | undefined, options: RequestsOptions): Promise<void> {
  const client = await cli.client();
  if (id !== undefined) {
    const grant = await client.grant(grantId(id));
    cli.out.result(grant, () => details(cli, grant));
    return;
  }
  const { view, limit, cursor } = options;
  const page = await client.grants({ view, limit, ...(cursor !== undefined && { cursor }) });
  cli.out.result(page, () => list(cli, page.items, view) + more(view, limit, page.cursor));
}

function list(cli: Cli, grants: readonly GrantView[], view: RequestsOptions['view']): string {
  if (grants.length === 0) return view === 'mine' ? 'You have no grants.\nnext: writ request\n' : 'There are none.\n';
  const { green, yellow } = cli.out.paint;
  const rows = grants.map((grant) => [
    grant.id,
    { text: grant.status, ...(PAINTED.has(grant.status) && { paint: grant.status === 'active' ? green : yellow }) },
    grant.entitlement,
    parametersText(grant.parameters) || '-',
    ...(view === 'mine' ? [] : [`${grant.requester.domain}/${grant.requester.subject}`]),
    timing(grant, cli.host.now()),
  ]);
  const who = view === 'mine' ? [] : ['WHO'];
  const first = grants.find((grant) => grant.status === 'active');
  return (
    table(['GRANT', 'STATUS', 'ENTITLEMENT', 'PARAMETERS', ...who, 'TIME'], rows) +
    (view === 'mine' && first ? nextText(first) : '')
  );
}

const PAINTED = new Set<GrantView['status']>(['active', 'pending', 'scheduled']);

const more = (view: string, limit: string, cursor: string | undefined): string =>
  cursor === undefined ? '' : `more: writ requests --view ${view} --limit ${limit} --cursor ${cursor}\n`;

function details(cli: Cli, grant: GrantView): string {
  const text = facts([
    ['grant', grant.id],
    ['status', `${grant.status}, ${timing(grant, cli.host.now())}`],
    ['entitlement', grant.entitlement],
    ['parameters', parametersText(grant.parameters) || undefined],
    ['requester', `${grant.requester.domain}/${grant.requester.subject}`],
    ['asked for', `${formatDuration(grant.durationSeconds)}, at ${clockTime(grant.requestedAt)}`],
    ['purpose', grant.purpose],
    ['reason', grant.justification === grant.purpose ? undefined : grant.justification],
    ['ticket', grant.ticket],
    ['active', grant.activatedAt && clockTime(grant.activatedAt)],
    ['expires', grant.expiresAt && clockTime(grant.expiresAt)],
    ['ended', grant.endedAt && `${clockTime(grant.endedAt)}${grant.endReason ? ` (${grant.endReason})` : ''}`],
    ['ended by', grant.endedBy && `${grant.endedBy.domain}/${grant.endedBy.subject}`],
    ['note', grant.endNote],
    ['enforcement', enforcementText(grant)],
    ['decision', grant.decision.outcome],
    ...grant.decision.reasons.map((reason) => ['', reason] as const),
    ['approvers', grant.approvers.join(', ') || undefined],
    ...grant.scope.flatMap(({ actions, resources, leadingKeys }) => [
      ['actions', actions.join(' ')] as const,
      ['  on', resources.join(' ')] as const,
      ['  items of', leadingKeys?.join(' ')] as const,
    ]),
    ['sessions', `${grant.credentials.issued} issued`],
    ['request hash', grant.requestSha256],
  ]);
  return text + nextText(grant);
}

/** How far the grant's live sessions are dead, in words. */
export function enforcementText({ enforcement }: GrantView): string | undefined {
  if (!enforcement) return undefined;
  const sessions = `${enforcement.sessions} session${enforcement.sessions === 1 ? '' : 's'}`;
  if (enforcement.state === 'enforced') return `${sessions}: denied, proved by a probe`;
  if (enforcement.appliedAt === undefined) return `${sessions}: the deny is on its way to IAM`;
  return `${sessions}: the deny is in IAM since ${clockTime(enforcement.appliedAt)}`;
}
