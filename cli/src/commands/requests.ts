import type { GrantView } from '../../../contract/schemas.ts';
import type { GrantPage } from '../../../sdk/client.ts';
import type { Cli } from '../cli.ts';
import { detailsText, who } from '../details.ts';
import { usage } from '../failure.ts';
import { grantId, listCommand, nextText, timing } from '../grants.ts';
import { parametersText, table } from '../text.ts';
import type { WaitOptions } from '../wait.ts';
import { secondsOf, stoppable, untilActive } from '../wait.ts';

type View = 'mine' | 'approvals' | 'active' | 'pending' | 'history';
const ALL_VIEWS = ['pending', 'active', 'history'] as const satisfies View[];

export interface RequestsOptions extends WaitOptions {
  readonly view?: View;
  readonly mine?: true;
  readonly waitingForMe?: true;
  readonly history?: true;
  readonly all?: true;
  readonly limit: string;
  readonly cursor?: string;
}

/** Grants, or one of them in full. */
export async function requests(cli: Cli, id: string | undefined, options: RequestsOptions): Promise<void> {
  const views = viewsOf(options);
  if (id !== undefined) return one(cli, grantId(id), options);
  if (options.wait || options.timeout !== undefined) throw usage('--wait goes with a grant', 'writ requests ID --wait');
  if (options.all) return everybodys(cli, options);
  const [view = 'mine'] = views;
  const { limit, cursor } = options;
  const [page, waiting] = await Promise.all([
    pageOf(cli, view, limit, cursor),
    view === 'mine' && cursor === undefined ? waitingForMe(cli) : undefined,
  ]);
  const value = waiting === undefined ? page : { ...page, waitingForMe: waiting };
  cli.out.result(value, () => list(cli, page.items, view) + more(view, limit, page.cursor) + waitingText(waiting));
}

function viewsOf({ view, mine, waitingForMe, history, all }: RequestsOptions): View[] {
  const said: View[] = [
    ...(view ? [view] : []),
    ...(mine ? ['mine' as const] : []),
    ...(waitingForMe ? ['approvals' as const] : []),
    ...(history ? ['history' as const] : []),
  ];
  if (said.length + (all ? 1 : 0) > 1)
    throw usage('say which list once', 'Give one of --mine, --waiting-for-me, --all, --history, --view.');
  return said;
}

async function one(cli: Cli, id: string, options: RequestsOptions): Promise<void> {
  const client = await cli.client();
  let grant = await client.grant(id);
  if (options.wait || options.timeout !== undefined) {
    const forSeconds = secondsOf(options);
    const first = grant;
    grant = await stoppable(cli, (stop) => untilActive(cli, first, { stop, forSeconds, untilStart: true }));
  }
  if (!grant.question) {
    cli.out.result(grant, () => detailsText(grant, cli.now()) + nextText(grant));
    return;
  }
  const [brief, me] = await Promise.all([client.brief(id), client.me()]);
  const { grant: latest, ...rest } = brief;
  const asked = latest.question?.approvers.some((person) => person.id === me.id) ?? false;
  cli.out.result(
    { ...latest, brief: rest },
    () => detailsText(latest, cli.now(), brief) + nextText(latest, { asked, mine: latest.requester.id === me.id }),
  );
}

/** One page. Of what waits for the caller's word the API may give short ones: those are gathered. */
async function pageOf(cli: Cli, view: View, limit: string, cursor: string | undefined): Promise<GrantPage> {
  const client = await cli.client();
  const page = await client.grants({ view, limit, ...(cursor !== undefined && { cursor }) });
  if (view !== 'approvals') return page;
  const items = [...page.items];
  let next = page.cursor;
  for (let pages = 1; next !== undefined && items.length < Number(limit) && pages < MOST_PAGES; pages += 1) {
    const more = await client.grants({ view, limit: String(Number(limit) - items.length), cursor: next });
    items.push(...more.items);
    next = more.cursor;
  }
  return { items, ...(next !== undefined && { cursor: next }) };
}

const MOST_PAGES = 20;

/** How many wait for the caller's word; a list of one's own is worth showing also when that can't be known. */
async function waitingForMe(cli: Cli): Promise<{ count: number; isMore: boolean } | undefined> {
  try {
    const page = await pageOf(cli, 'approvals', '100', undefined);
    return { count: page.items.length, isMore: page.cursor !== undefined };
  } catch {
    return undefined;
  }
}

function waitingText(waiting: { count: number; isMore: boolean } | undefined): string {
  if (waiting === undefined || (waiting.count === 0 && !waiting.isMore)) return '';
  const count = `${waiting.count}${waiting.isMore ? ' or more' : ''}`;
  return `${count} wait${waiting.count === 1 && !waiting.isMore ? 's' : ''} for your word: writ requests --waiting-for-me\n`;
}

async function everybodys(cli: Cli, { limit, cursor }: RequestsOptions): Promise<void> {
  if (cursor !== undefined) throw usage('--cursor goes with one list', 'writ requests --view VIEW --cursor …');
  const client = await cli.client();
  const pages: (GrantPage & { view: View })[] = [];
  for (const view of ALL_VIEWS) pages.push({ view, ...(await client.grants({ view, limit })) });
  const items = pages.flatMap((page) => page.items);
  const cursors = Object.fromEntries(
    pages.flatMap(({ view, cursor: next }) => (next === undefined ? [] : [[view, next]])),
  );
  cli.out.result(
    { items, cursors },
    () => list(cli, items, 'history') + pages.map((page) => more(page.view, limit, page.cursor)).join(''),
  );
}

const EMPTY: Readonly<Partial<Record<View, string>>> = {
  mine: 'You have no grants.\nnext: writ request\n',
  approvals: 'Nothing waits for your word.\n',
};

function list(cli: Cli, grants: readonly GrantView[], view: View): string {
  if (grants.length === 0) return EMPTY[view] ?? 'There are none.\n';
  return grantTable(cli, grants, (grant) =>
    listCommand(grant, view === 'mine' ? 'holder' : view === 'approvals' ? 'approver' : 'overseer'),
  );
}

/** One row each, with the exact command that makes sense next. */
export function grantTable(cli: Cli, grants: readonly GrantView[], next: (grant: GrantView) => string): string {
  const { green, yellow } = cli.out.paint;
  const rows = grants.map((grant) => [
    { text: grant.status, ...(PAINTED.has(grant.status) && { paint: grant.status === 'active' ? green : yellow }) },
    who(grant.requester),
    [grant.entitlement, parametersText(grant.parameters), grant.subject && `for ${grant.subject}`]
      .filter(Boolean)
      .join(' '),
    untilText(grant, cli.now()),
    next(grant),
  ]);
  return table(['STATUS', 'WHO', 'WHAT', 'UNTIL', 'NEXT'], rows);
}

function untilText(grant: GrantView, now: number): string {
  const time = timing(grant, now);
  return grant.question?.about === 'extension' ? `${time}, asks for more` : time;
}

const PAINTED = new Set<GrantView['status']>(['active', 'pending', 'scheduled']);

const more = (view: string, limit: string, cursor: string | undefined): string =>
  cursor === undefined ? '' : `more: writ requests --view ${view} --limit ${limit} --cursor ${cursor}\n`;
