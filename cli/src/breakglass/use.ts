import type { AwsCredentialsView, CreateGrantBody, GrantView } from '../../../contract/schemas.ts';
import { credentialFile, fileCache } from '../aws/credentials.ts';
import { question } from '../ask.ts';
import type { Cli } from '../cli.ts';
import { detailsText, enforcementText } from '../details.ts';
import { parseDuration } from '../duration.ts';
import { clockTime, commandLines, grantId, timing } from '../grants.ts';
import { fullName, namesText } from '../question.ts';
import { withLock } from '../store/lock.ts';
import { facts } from '../text.ts';

export interface UseOptions {
  readonly param: Readonly<Record<string, string>>;
  readonly for: string;
  readonly reason?: string | undefined;
  readonly purpose: string;
  readonly ticket?: string | undefined;
}

/** Nothing is looked up first: each question to the API costs a touch. */
export function bodyOf(entitlement: string, options: UseOptions, reason: string): CreateGrantBody {
  return {
    entitlement,
    parameters: { ...options.param },
    durationSeconds: parseDuration(options.for),
    purpose: options.purpose,
    justification: reason,
    ...(options.ticket !== undefined && { ticket: options.ticket }),
  };
}

/** Asks for what is held ready for emergencies. */
export async function request(cli: Cli, entitlement: string, options: UseOptions): Promise<void> {
  const reason =
    options.reason ??
    (await cli.ask('the reason', 'Add: --reason "…"', () =>
      question(cli, 'Why? (kept as evidence, and reviewed)', 'INC-42: sign-in is down'),
    ));
  const grant = await (await cli.client()).createGrant(bodyOf(entitlement, options, reason));
  cli.out.result(grant, () => statusText(cli, grant));
}

/** How it stands, in short. */
function statusText(cli: Cli, grant: GrantView): string {
  const { id, status, question: asked } = grant;
  const text = facts([
    ['grant', id],
    ['what', grant.entitlement],
    ['time', timing(grant, cli.now())],
    ['waits for', asked && namesText(asked.approvers, fullName)],
    ['expires', grant.expiresAt && clockTime(grant.expiresAt)],
    ['alarms', 'have gone out, and repeat until the use is reviewed'],
  ]);
  const next =
    status === 'pending'
      ? [`writ breakglass approve ${id}   (one of them, with their own key)`, `writ breakglass status ${id}`]
      : [`writ breakglass creds ${id}`, `writ breakglass done ${id}`];
  return `${status}\n${text}${commandLines(next)}`;
}

export async function status(cli: Cli, given: string): Promise<void> {
  const id = grantId(given);
  const grant = await (await cli.client()).grant(id);
  cli.out.result(grant, () => detailsText(grant, cli.now()));
}

/** A key is touched for each session, so one is used for as long as it lasts. */
const WORTHWHILE_MS = 60_000;

/** The AWS `credential_process` document, and nothing else on stdout. */
export async function creds(cli: Cli, given: string): Promise<void> {
  const id = grantId(given);
  const profile = await cli.profile();
  const cache = fileCache(cli.host, profile);
  const credentials = await withLock(cli.host, credentialFile(cli.host, profile, id), async () => {
    const kept = await cache.get(id);
    if (kept && isGood(kept, cli.now())) return kept;
    const issued = await (await cli.client()).awsCredentials(id).catch(async (error: unknown) => {
      await cache.drop(id);
      throw error;
    });
    await cache.put(id, issued);
    return issued;
  });
  cli.host.stdout.write(`${JSON.stringify(credentials)}\n`);
}

const isGood = ({ Expiration }: AwsCredentialsView, now: number): boolean =>
  Date.parse(Expiration) - now > WORTHWHILE_MS;

export async function done(cli: Cli, given: string): Promise<void> {
  const id = grantId(given);
  const grant = await (await cli.client()).giveBack(id);
  await fileCache(cli.host, await cli.profile()).drop(id);
  cli.out.result(grant, () => {
    const enforcement = enforcementText(grant);
    const state = enforcement === undefined ? '' : ` ${enforcement}.`;
    return `Returned ${id}.${state}\nA security admin must review it: writ review ${id}\n`;
  });
}
