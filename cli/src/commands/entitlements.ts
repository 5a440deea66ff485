import type { EntitlementView } from '../../../contract/schemas.ts';
import { OUTCOME_WORDS } from '../ask.ts';
import type { Cli } from '../cli.ts';
import { detailText } from '../delegation.ts';
import { formatDuration } from '../duration.ts';
import type { Cell } from '../text.ts';
import { facts, table } from '../text.ts';

/** What there is to ask for, and what would happen. */
export async function entitlements(cli: Cli, id: string | undefined): Promise<void> {
  if (id !== undefined) {
    const entitlement = await cli.entitlement(id);
    cli.out.result(entitlement, () => details(entitlement));
    return;
  }
  const items = await (await cli.client()).entitlements();
  cli.out.result({ items }, () => {
    if (items.length === 0) return 'Nothing is offered to you. Who are you? writ whoami\n';
    const rows = items.map((item) => [
      item.id,
      item.risk,
      formatDuration(item.limits.maxDurationSeconds),
      outcomeCell(cli, item),
      Object.keys(item.parameters).join(' ') || '-',
      item.title,
    ]);
    const head = ['ENTITLEMENT', 'RISK', 'AT MOST', 'OUTCOME', 'PARAMETERS', 'WHAT'];
    return `${table(head, rows)}next: writ entitlements ${items[0]?.id ?? ''}\n`;
  });
}

function outcomeCell(cli: Cli, { outcome }: EntitlementView): Cell {
  const { green, yellow, red } = cli.out.paint;
  return { text: OUTCOME_WORDS[outcome], paint: { allowed: green, needs_approval: yellow, denied: red }[outcome] };
}

function details(item: EntitlementView): string {
  const text = facts([
    ['entitlement', item.id],
    ['what', item.title],
    ['', item.description],
    ...item.consequences.map((line, index) => [index === 0 ? 'consequences' : '', line] as const),
    ['risk', item.risk],
    ['outcome', OUTCOME_WORDS[item.outcome]],
    ...item.reasons.map((line) => ['reason', line] as const),
    ['what to do', item.remediation],
    ['approvers', item.approvers.join(', ') || undefined],
    ['data', item.dataClass],
    ['account', item.account && [item.account, item.region].filter(Boolean).join(', ')],
    ['acts at', item.tokens ? undefined : item.audience],
    ['acts for', item.subjectDomain && `one of the domain ${item.subjectDomain}: --subject ID`],
    ['break-glass', item.breakGlass ? 'yes: a stronger sign-in, loud alarms, a review afterwards' : undefined],
    ...(item.windows ?? []).map(
      ({ days, from, to, zone }) => ['lent', `${days.join(', ')} ${from} to ${to} ${zone}`] as const,
    ),
    [
      'duration',
      `${formatDuration(item.limits.minDurationSeconds)} to ${formatDuration(item.limits.maxDurationSeconds)}, ${formatDuration(item.limits.maxTotalSeconds)} with extensions`,
    ],
    ...(item.tokens ? tokenFacts(item.tokens, item.limits) : sessionFacts(item)),
    ['owner', `${item.owner}, to be reviewed by ${item.reviewBy}`],
    ...item.ceiling.flatMap(({ actions, resources }) => [
      ['actions', actions.join(' ')] as const,
      ['  on', resources.join(' ')] as const,
    ]),
    ...Object.entries(item.parameters).map(
      ([name, { description, values, example }]) =>
        ['parameter', `${name}: ${description} (${values ? values.join(' | ') : `such as ${example}`})`] as const,
    ),
  ]);
  const parameters = Object.entries(item.parameters).map(([name, { example }]) => ` --param ${name}=${example}`);
  const subject = item.kind === 'impersonation' ? ` --subject ${item.subjectDomain ?? 'customer'}:…` : '';
  return `${text}next: writ request ${item.id}${parameters.join('')}${subject} --for 10m --reason "…"\n`;
}

type Fact = readonly [name: string, value: string | undefined];

const sessionFacts = ({ limits, console }: EntitlementView): Fact[] => [
  ['sessions', `${limits.maxSessions} at most`],
  ['console', console ? 'yes' : 'no'],
];

/** How it is used, where it is lent by tokens. */
function tokenFacts(tokens: NonNullable<EntitlementView['tokens']>, limits: EntitlementView['limits']): Fact[] {
  const { audiences, scopes, authorizationDetails = [], lifetimeSeconds, maxUsesPerToken, lentOn, bind } = tokens;
  const binding = tokens.bearer ? 'none is needed: a token may work for whoever has it' : 'its key or certificate';
  const refreshed = tokens.refresh ? ', renewed by refresh tokens' : '';
  return [
    ['used at', audiences.join(', ')],
    ['scopes', scopes.join(' ')],
    ...authorizationDetails.map((detail): Fact => ['details', detailText(detail)]),
    ['tokens', `${formatDuration(lifetimeSeconds)} each${refreshed}; ${limits.maxSessions} at most`],
    ['bound to', [binding, ...bind.map((what) => BOUND_TO[what])].join(', ')],
    ['uses', usesFact(maxUsesPerToken, limits.maxUses)],
    ['lent on', lentOn === 0 ? 'no' : `${lentOn} deep at most: writ lend`],
  ];
}

const BOUND_TO = { address: 'the address that asked', region: 'a Region' } as const;

function usesFact(each: number | undefined, all: number | undefined): string | undefined {
  const parts = [each === undefined ? '' : `${each} for a token`, all === undefined ? '' : `${all} for a grant`];
  return parts.filter(Boolean).join(', ') || undefined;
}
