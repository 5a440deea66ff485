import { principalIdField } from '../../../contract/fields.ts';
import type { CreateGrantBody, GrantView } from '../../../contract/schemas.ts';
import { question } from '../ask.ts';
import type { Cli } from '../cli.ts';
import { detailText, lendsTokens, usesText } from '../delegation.ts';
import { who } from '../details.ts';
import { parseDuration, secondsUntil } from '../duration.ts';
import { usage } from '../failure.ts';
import { clockTime, grantId, timing } from '../grants.ts';
import { facts } from '../text.ts';
import { namesOf } from './token.ts';

export interface LendOptions {
  readonly to: string;
  readonly scope?: string | undefined;
  readonly for?: string | undefined;
  readonly uses?: string | undefined;
  readonly reason?: string | undefined;
  readonly purpose?: string | undefined;
}

const USUAL_SECONDS = 900;

/** Lends a live grant on to somebody, for less or as much as it has. What they get ends with it. */
export async function lend(cli: Cli, given: string, options: LendOptions): Promise<void> {
  const id = grantId(given);
  const { to: actor } = options;
  if (!principalIdField.safeParse(actor).success) {
    throw usage(`"${actor}" is not a principal's id`, 'It looks like workload:client:report-agent.');
  }
  const maxUses = options.uses === undefined ? undefined : countOf(options.uses);
  const seconds = options.for === undefined ? undefined : parseDuration(options.for);
  const client = await cli.client();
  const parent = await client.grant(id);
  if (!lendsTokens(parent))
    throw usage(`${parent.entitlement} is lent by AWS sessions, and not on`, 'writ entitlements');
  const scope = options.scope === undefined ? undefined : narrower(parent, namesOf(options.scope));
  const justification =
    options.reason ??
    (await cli.ask('the reason', 'Add: --reason "…"', () =>
      question(cli, 'Why? (kept as evidence)', 'the monthly report'),
    ));
  const body: CreateGrantBody = {
    entitlement: parent.entitlement,
    parameters: parent.parameters,
    parent: parent.id,
    actor,
    durationSeconds: seconds ?? usualSeconds(parent, cli.now()),
    purpose: options.purpose ?? parent.purpose,
    justification,
    ...(scope && { scope }),
    ...(maxUses !== undefined && { maxUses }),
  };
  const child = await client.createGrant(body);
  cli.out.result(child, () => lentText(cli, parent, child));
}

/** The parent's statements, of the named actions alone. */
function narrower({ id, scope }: GrantView, names: readonly string[]): NonNullable<CreateGrantBody['scope']> {
  const has = [...new Set(scope.flatMap(({ actions }) => actions))];
  const unknown = names.find((name) => !has.includes(name));
  if (unknown !== undefined) throw usage(`${id} has no "${unknown}"`, `It has: ${has.join(', ')}`);
  return scope
    .map(({ actions, resources }) => ({ actions: actions.filter((action) => names.includes(action)), resources }))
    .filter(({ actions }) => actions.length > 0);
}

/** What is left is the most that there can be; a second of it is gone before the API looks. */
function usualSeconds({ expiresAt }: GrantView, now: number): number {
  const left = expiresAt === undefined ? USUAL_SECONDS : secondsUntil(expiresAt, now) - 1;
  return Math.max(1, Math.min(USUAL_SECONDS, left));
}

function countOf(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw usage(`"${text}" is not a number of uses`, 'Give 1 or more.');
}

function lentText(cli: Cli, parent: GrantView, child: GrantView): string {
  const until = child.expiresAt === undefined ? '' : `, until ${clockTime(child.expiresAt)}`;
  const text = facts([
    ['grant', child.id],
    ['to', who(child.requester)],
    ...child.scope.flatMap(({ actions, resources }) => [
      ['may', actions.join(' ')] as const,
      ['  at', resources.join(' ')] as const,
    ]),
    ...(child.authorizationDetails ?? []).map((detail) => ['on', detailText(detail)] as const),
    ['time', `${timing(child, cli.now())}${until}`],
    ['uses', usesText(child.uses)],
  ]);
  return `Lent ${parent.id} on. It ends when yours does.\n${text}next: writ done ${parent.id}\n`;
}
