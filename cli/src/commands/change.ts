import type { GrantView } from '../../../contract/schemas.ts';
import { instant, question, scopeOf } from '../ask.ts';
import type { Cli } from '../cli.ts';
import { enforcementText } from '../details.ts';
import { formatDuration, parseDuration } from '../duration.ts';
import { EXIT } from '../exit.ts';
import { CliFailure, usage } from '../failure.ts';
import { clockTime, grantId, nextText, pickActive, timing } from '../grants.ts';
import { fullName, namesText, stageText } from '../question.ts';
import { facts } from '../text.ts';
import type { WaitOptions } from '../wait.ts';
import { isToWait, secondsOf, stoppable, untilExtended } from '../wait.ts';

export interface ExtendOptions extends WaitOptions {
  readonly for?: string | undefined;
  readonly reason?: string | undefined;
}

/** Asks for more time on a grant that is active. Where people decide, it runs on as it is meanwhile. */
export async function extend(cli: Cli, id: string | undefined, options: ExtendOptions): Promise<void> {
  const forSeconds = secondsOf(options);
  const grant = await pickActive(cli, { id });
  const duration =
    options.for ?? (await cli.ask('the time', 'Add: --for 30m', () => question(cli, 'How much longer?', '30m')));
  const reason =
    options.reason ??
    (await cli.ask('the reason', 'Add: --reason "…"', () => question(cli, 'Why? (kept as evidence)', 'not done yet')));
  const body = { durationSeconds: parseDuration(duration), justification: reason };
  const asked = await (await cli.client()).extend(grant.id, body);
  const extension = asked.extensions.at(-1);
  if (!extension)
    throw new CliFailure(EXIT.failure, 'not_extended', 'the API took the extension, and does not show it');
  const isPending = extension.status === 'pending';
  const extended =
    isPending && isToWait(cli, options)
      ? await stoppable(cli, (stop) => untilExtended(cli, asked, extension.id, { stop, forSeconds }))
      : asked;
  cli.out.result(extended, () => extendedText(cli, extended, extension.id));
}

function extendedText(cli: Cli, grant: GrantView, extensionId: string): string {
  const extension = grant.extensions.find(({ id }) => id === extensionId);
  const time =
    grant.expiresAt === undefined ? undefined : `${timing(grant, cli.now())}, until ${clockTime(grant.expiresAt)}`;
  if (extension?.status !== 'pending') return `Extended ${grant.id}.\n${facts([['time', time]])}${nextText(grant)}`;
  const { question: asked } = grant;
  const text = facts([
    ['asked for', `${formatDuration(extension.durationSeconds)} more`],
    ['time', time],
    ['waits for', asked && namesText(asked.approvers, fullName)],
    ['stage', asked && stageText(asked)],
  ]);
  return `The extension of ${grant.id} waits for people.\n${text}next: writ requests ${grant.id}\n`;
}

export interface NarrowOptions {
  readonly until?: string | undefined;
  readonly for?: string | undefined;
  readonly scopeFile?: string | undefined;
}

/** Makes a live grant smaller or shorter. */
export async function narrow(cli: Cli, given: string, options: NarrowOptions): Promise<void> {
  const id = grantId(given);
  const { until, for: duration, scopeFile } = options;
  if (until !== undefined && duration !== undefined) throw usage('give --until or --for, not both');
  if ([until, duration, scopeFile].every((value) => value === undefined)) {
    throw usage('nothing to narrow is given', 'Add: --for 5m, --until TIME or --scope-file PATH');
  }
  const seconds = duration === undefined ? undefined : parseDuration(duration);
  const scope = scopeFile === undefined ? undefined : await scopeOf(scopeFile);
  const client = await cli.client();
  // `--for` counts from now by the API's clock, which is known once it has answered.
  if (seconds !== undefined) await client.grant(id);
  const expiresAt =
    seconds === undefined ? until && instant(until) : new Date(cli.now() + seconds * 1_000).toISOString();
  const grant = await client.narrow(id, {
    ...(scope && { scope }),
    ...(expiresAt !== undefined && { expiresAt }),
  });
  cli.out.result(grant, () => {
    const text = facts([
      ['expires', grant.expiresAt && clockTime(grant.expiresAt)],
      ...grant.scope.flatMap(({ actions, resources }) => [
        ['actions', actions.join(' ')] as const,
        ['  on', resources.join(' ')] as const,
      ]),
      ['enforcement', enforcementText(grant)],
    ]);
    return `Narrowed ${grant.id}.\n${text}`;
  });
}

export interface ReviewOptions {
  readonly verdict?: 'justified' | 'unjustified' | undefined;
  readonly comment?: string | undefined;
}

/** Says whether a use of break-glass was right. */
export async function review(cli: Cli, given: string, options: ReviewOptions): Promise<void> {
  const id = grantId(given);
  const verdict =
    options.verdict ??
    (await cli.ask('the verdict', 'Add: --verdict justified or --verdict unjustified', async () =>
      (await cli.host.prompts()).select({
        message: 'Was it justified?',
        choices: [
          { value: 'justified', label: 'justified' },
          { value: 'unjustified', label: 'unjustified' },
        ],
      }),
    ));
  const comment =
    options.comment ??
    (await cli.ask('the comment', 'Add: --comment "…"', () =>
      question(cli, 'Why? (kept as evidence)', 'outage INC-42'),
    ));
  const isJustified = verdict === 'justified';
  const grant = await (await cli.client()).review(id, { verdict: isJustified ? 'justified' : 'unjustified', comment });
  cli.out.result(grant, () => `Reviewed ${grant.id}: ${verdict}.\n`);
}
