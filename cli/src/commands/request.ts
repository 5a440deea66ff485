import type { GrantView } from '../../../contract/schemas.ts';
import type { DecisionView } from '../../../sdk/client.ts';
import type { Ask } from '../ask.ts';
import { complete, OUTCOME_WORDS } from '../ask.ts';
import type { Cli } from '../cli.ts';
import { CliFailure } from '../failure.ts';
import { EXIT } from '../exit.ts';
import { clockTime, nextText, timing } from '../grants.ts';
import { fullName, namesText, stageText } from '../question.ts';
import { facts, parametersText } from '../text.ts';
import type { WaitOptions } from '../wait.ts';
import { isToWait, secondsOf, stoppable, untilActive } from '../wait.ts';

export interface RequestOptions extends Ask, WaitOptions {
  readonly dryRun: boolean;
}

/** Asks for a grant; prompts for what is missing. */
export async function request(cli: Cli, options: RequestOptions): Promise<void> {
  const forSeconds = secondsOf(options);
  const { body } = await complete(cli, options);
  const client = await cli.client();
  if (options.dryRun) {
    const decision = await client.decide(body);
    cli.out.result(decision, () => decisionText(decision));
    if (decision.outcome === 'denied') throw deniedDryRun(decision);
    return;
  }
  const made = await client.createGrant(body);
  // Unless told to, a terminal waits for people, and not for a start that may be tomorrow.
  const untilStart = options.wait === true || forSeconds !== undefined;
  const grant = isToWait(cli, options)
    ? await stoppable(cli, (stop) => untilActive(cli, made, { stop, forSeconds, untilStart }))
    : made;
  cli.out.result(grant, () => grantText(cli, grant));
}

function decisionText(decision: DecisionView): string {
  return facts([
    ['would be', OUTCOME_WORDS[decision.outcome]],
    ...decision.reasons.map((reason) => ['reason', reason] as const),
    ['policies', decision.policies.map(({ id, effect }) => `${id} (${effect})`).join(', ') || undefined],
    ['bundle', decision.bundleSha256],
  ]);
}

const deniedDryRun = (decision: DecisionView): CliFailure =>
  new CliFailure(EXIT.denied, 'request_denied', 'policy would deny the request', decision.remediation);

export function grantText(cli: Cli, grant: GrantView): string {
  const { green, yellow, dim } = cli.out.paint;
  const paint = grant.status === 'active' ? green : grant.status === 'pending' ? yellow : dim;
  const until =
    grant.status === 'active' && grant.expiresAt !== undefined ? `, until ${clockTime(grant.expiresAt)}` : '';
  const what = [grant.entitlement, parametersText(grant.parameters)].filter(Boolean).join(' ');
  const text = facts([
    ['grant', grant.id],
    ['what', what],
    ['time', `${timing(grant, cli.now())}${until}`],
    ['waits for', grant.question && namesText(grant.question.approvers, fullName)],
    ['stage', grant.question && stageText(grant.question)],
  ]);
  return `${paint(grant.status)}\n${text}${nextText(grant)}`;
}
