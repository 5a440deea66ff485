import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { createGrantBody } from '../../contract/schemas.ts';
import type { CreateGrantBody, EntitlementView } from '../../contract/schemas.ts';
import type { Cli } from './cli.ts';
import { formatDuration, parseDuration } from './duration.ts';
import { CliFailure, usage } from './failure.ts';
import { principalIdField } from '../../contract/fields.ts';

/** What the command line said about a request; the rest is asked for, or has a default. */
export interface Ask {
  readonly entitlement?: string | undefined;
  readonly parameters: Readonly<Record<string, string>>;
  readonly for?: string | undefined;
  readonly reason?: string | undefined;
  readonly purpose?: string | undefined;
  readonly ticket?: string | undefined;
  readonly startsAt?: string | undefined;
  readonly scopeFile?: string | undefined;
  /** Whom an impersonation acts for. */
  readonly subject?: string | undefined;
}

const DEFAULT_SECONDS = 900;
const PURPOSE_LENGTH = 200;

export interface CompleteAsk {
  readonly body: CreateGrantBody;
  readonly entitlement: EntitlementView;
}

/** @throws CliFailure `usage` naming everything that is missing, when nobody can be asked */
export async function complete(cli: Cli, ask: Ask): Promise<CompleteAsk> {
  const entitlement = await entitlementOf(cli, ask.entitlement);
  refuseUnknown(ask.parameters, entitlement);
  if (!cli.host.interactive) refuseMissing(ask, entitlement);
  const parameters = { ...ask.parameters, ...(await missingParameters(cli, ask.parameters, entitlement)) };
  const subject = await subjectOf(cli, ask.subject, entitlement);
  const durationSeconds = await durationOf(cli, ask.for, entitlement);
  const justification =
    ask.reason ?? (await question(cli, 'Why? (kept as evidence)', 'INC-42: customer can’t see an order'));
  const body: CreateGrantBody = {
    entitlement: entitlement.id,
    parameters,
    durationSeconds,
    purpose: ask.purpose ?? justification.trim().slice(0, PURPOSE_LENGTH),
    justification,
    ...(ask.ticket !== undefined && { ticket: ask.ticket }),
    ...(ask.startsAt !== undefined && { startsAt: instant(ask.startsAt) }),
    ...(subject !== undefined && { subject }),
    ...(ask.scopeFile !== undefined && { scope: await scopeOf(ask.scopeFile) }),
  };
  return { body, entitlement };
}

async function entitlementOf(cli: Cli, id: string | undefined): Promise<EntitlementView> {
  if (id !== undefined) return cli.entitlement(id);
  if (!cli.host.interactive) throw usage('the entitlement is missing', 'See what there is: writ entitlements');
  const offers = await (await cli.client()).entitlements();
  if (offers.length === 0) throw new CliFailure(4, 'nothing_offered', 'nothing is offered to you', 'writ whoami');
  const chosen = await (
    await cli.host.prompts()
  ).select({
    message: 'What do you need?',
    choices: offers.map(({ id: value, title, risk, outcome }) => ({
      value,
      label: `${value}: ${title}`,
      hint: `${risk} risk, ${OUTCOME_WORDS[outcome]}`,
    })),
  });
  return offers.find((offer) => offer.id === chosen) ?? cli.entitlement(chosen);
}

export const OUTCOME_WORDS: Readonly<Record<EntitlementView['outcome'], string>> = {
  allowed: 'automatic',
  needs_approval: 'needs approval',
  denied: 'denied',
};

function refuseUnknown(parameters: Readonly<Record<string, string>>, { id, parameters: known }: EntitlementView): void {
  const unknown = Object.keys(parameters).find((name) => !Object.hasOwn(known, name));
  if (unknown === undefined) return;
  const names = Object.keys(known).join(', ');
  throw usage(`${id} has no parameter "${unknown}"`, names ? `It has: ${names}` : 'It has none.');
}

function refuseMissing(ask: Ask, { id, kind, subjectDomain, parameters }: EntitlementView): void {
  const missing = Object.entries(parameters)
    .filter(([name]) => !Object.hasOwn(ask.parameters, name))
    .map(([name, { example }]) => `--param ${name}=${example}`);
  if (kind === 'impersonation' && ask.subject === undefined) missing.push(`--subject ${subjectDomain ?? 'customer'}:…`);
  if (ask.reason === undefined) missing.push('--reason "…"');
  if (missing.length > 0) throw usage(`${id} needs more to be asked for`, `Add: ${missing.join(' ')}`);
}

async function missingParameters(
  cli: Cli,
  given: Readonly<Record<string, string>>,
  entitlement: EntitlementView,
): Promise<Record<string, string>> {
  const answers: Record<string, string> = {};
  for (const [name, { description, values, example }] of Object.entries(entitlement.parameters)) {
    if (Object.hasOwn(given, name)) continue;
    const message = `${name}: ${description}`;
    answers[name] = values
      ? await (await cli.host.prompts()).select({ message, choices: values.map((value) => ({ value, label: value })) })
      : await question(cli, message, example);
  }
  return answers;
}

async function subjectOf(
  cli: Cli,
  given: string | undefined,
  { id, kind, subjectDomain }: EntitlementView,
): Promise<string | undefined> {
  if (kind !== 'impersonation') {
    if (given !== undefined) throw usage(`${id} acts for nobody`, 'Leave --subject out.');
    return undefined;
  }
  const subject = given ?? (await question(cli, 'For whom?', `${subjectDomain ?? 'customer'}:shop:erin`));
  if (principalIdField.safeParse(subject).success) return subject;
  throw usage(`"${subject}" is not a principal's id`, 'It looks like customer:shop:erin.');
}

async function durationOf(cli: Cli, given: string | undefined, { limits }: EntitlementView): Promise<number> {
  if (given !== undefined) return parseDuration(given);
  const usual = Math.min(DEFAULT_SECONDS, limits.maxDurationSeconds);
  if (!cli.host.interactive) return usual;
  const answer = await (
    await cli.host.prompts()
  ).text({
    message: `For how long? (${formatDuration(limits.maxDurationSeconds)} at most)`,
    initial: formatDuration(usual),
    refuse: (text) => {
      try {
        parseDuration(text);
        return undefined;
      } catch (error) {
        return (error as Error).message;
      }
    },
  });
  return parseDuration(answer);
}

export async function question(cli: Cli, message: string, placeholder: string): Promise<string> {
  const prompts = await cli.host.prompts();
  return prompts.text({ message, placeholder, refuse: (text) => (text.trim() ? undefined : 'must not be empty') });
}

/** Any RFC 3339 time → UTC, as the API takes it. */
export function instant(text: string): string {
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text))) {
    return new Date(text).toISOString();
  }
  throw usage(`"${text}" is not a time`, 'Write it with its zone: 2026-11-21T09:00:00Z or 2026-11-21T10:00+01:00');
}

export async function scopeOf(path: string): Promise<NonNullable<CreateGrantBody['scope']>> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw usage(`can't read the scope in ${path}: ${(error as Error).message}`);
  }
  const scope = createGrantBody.shape.scope.unwrap().safeParse(content);
  if (scope.success) return scope.data;
  throw usage(
    `${path} is not a scope: ${z.prettifyError(scope.error)}`,
    'It is a list of {"actions": […], "resources": […]}.',
  );
}

/** `k=v` options, gathered. */
export function gatherParameter(text: string, gathered: Readonly<Record<string, string>>): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw usage(`"${text}" is not a parameter`, 'Write it as NAME=VALUE, such as customer=C-42.');
  const name = text.slice(0, at);
  if (Object.hasOwn(gathered, name)) throw usage(`the parameter "${name}" is given twice`);
  return { ...gathered, [name]: text.slice(at + 1) };
}
