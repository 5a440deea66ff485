import type { ApprovalBody, BriefView, GrantView, QuestionView } from '../../../contract/schemas.ts';
import { sha256Field } from '../../../contract/fields.ts';
import { WritApiError } from '../../../sdk/errors.ts';
import type { Cli } from '../cli.ts';
import { detailsText } from '../details.ts';
import { parseDuration } from '../duration.ts';
import { EXIT } from '../exit.ts';
import { CliFailure, usage } from '../failure.ts';
import { clockTime, commandLines, grantId } from '../grants.ts';
import { fullName, namesText, stageText } from '../question.ts';
import { facts } from '../text.ts';

export interface DecideOptions {
  readonly comment?: string | undefined;
  readonly yes: boolean;
  /** What a script has looked at before; nothing else is decided. */
  readonly requestSha256?: string | undefined;
  /** A subject's consent to the same again. */
  readonly remember?: string | undefined;
}

type Verdict = ApprovalBody['verdict'];

/**
 * Approves or denies what is asked: shows it, asks, and sends the hash of what was shown, so that nothing else can be
 * decided by it.
 *
 * @throws CliFailure `request_changed` (exit 12) when something else is asked now, which is shown
 */
export async function decide(cli: Cli, verdict: Verdict, given: string, options: DecideOptions): Promise<void> {
  const id = grantId(given);
  const rememberSeconds = options.remember === undefined ? undefined : parseDuration(options.remember);
  refuseMissing(cli, verdict, options);
  const client = await cli.client();
  const brief = await client.brief(id);
  const question = questionOf(brief);
  cli.out.show(detailsText(brief.grant, cli.now(), brief));
  const { requestSha256 } = question;
  if (options.requestSha256 !== undefined && options.requestSha256 !== requestSha256) {
    throw changed(verdict, id, 'something else is asked than the hash that you gave; it is shown above');
  }
  const comment = await commentOf(cli, verdict, options.comment);
  await confirm(cli, verdict, question, options.yes);
  const body = { verdict, comment, requestSha256, ...(rememberSeconds !== undefined && { rememberSeconds }) };
  const grant = await client.vote(id, body).catch(async (error: unknown) => {
    if (!(error instanceof WritApiError) || error.code !== 'request_changed') throw error;
    const now = await client.brief(id);
    cli.out.note('Something else is asked now. Nothing was decided. This is how it is:');
    cli.out.show(detailsText(now.grant, cli.now(), now));
    throw changed(verdict, id, error.detail);
  });
  cli.out.result(grant, () => outcomeText(verdict, grant, requestSha256));
}

/** All that a script must say, at once: nobody is there to be asked. */
function refuseMissing(cli: Cli, verdict: Verdict, { comment, yes, requestSha256 }: DecideOptions): void {
  if (requestSha256 !== undefined && !sha256Field.safeParse(requestSha256).success) {
    throw usage(
      `"${requestSha256}" is not a request's hash`,
      'It is 64 lower-case hex digits: question.requestSha256 of writ requests ID --json.',
    );
  }
  if (cli.host.interactive) return;
  const missing = [
    ...(verdict === 'deny' && comment === undefined ? ['--comment "…"'] : []),
    ...(yes || requestSha256 !== undefined ? [] : ['--request-sha256 HASH (what you looked at), or --yes']),
  ];
  if (missing.length > 0) throw usage(`nobody is at a terminal to ${verdict} this`, `Add: ${missing.join(' ')}`);
}

function questionOf({ grant }: BriefView): QuestionView {
  if (grant.question) return grant.question;
  throw new CliFailure(
    EXIT.conflict,
    'grant_not_pending',
    `nobody is asked any more: ${grant.id} is ${grant.status}`,
    `writ requests ${grant.id}`,
    grant.id,
  );
}

async function commentOf(cli: Cli, verdict: Verdict, given: string | undefined): Promise<string> {
  if (given !== undefined) return given;
  if (verdict === 'approve' && !cli.host.interactive) return SAID_NOTHING;
  const prompts = await cli.host.prompts();
  if (verdict === 'approve') {
    return (await prompts.text({ message: 'Comment? (kept as evidence; Enter for none)' })).trim() || SAID_NOTHING;
  }
  return prompts.text({
    message: 'Why not? (the requester reads it)',
    refuse: (text) => (text.trim() ? undefined : 'must not be empty'),
  });
}

/** The API keeps a comment with every decision. */
const SAID_NOTHING = 'Approved.';

async function confirm(cli: Cli, verdict: Verdict, question: QuestionView, yes: boolean): Promise<void> {
  if (yes || !cli.host.interactive) return;
  const what = question.about === 'extension' ? 'the extension' : 'the request';
  const prompts = await cli.host.prompts();
  if (await prompts.confirm(`${verdict === 'approve' ? 'Approve' : 'Deny'} ${what} shown above?`)) return;
  throw new CliFailure(EXIT.interrupted, 'cancelled', 'nothing was decided');
}

const changed = (verdict: Verdict, id: string, detail: string): CliFailure =>
  new CliFailure(EXIT.changed, 'request_changed', detail, `Look at it again, then decide: writ ${verdict} ${id}`, id);

function outcomeText(verdict: Verdict, grant: GrantView, requestSha256: string): string {
  const { id, status, question } = grant;
  if (verdict === 'deny') return `Denied ${id}.\n`;
  const isStillAsked = question?.requestSha256 === requestSha256;
  const state = isStillAsked
    ? facts([
        ['asked now', stageText(question)],
        ['of', namesText(question.approvers, fullName)],
        ['lapses', clockTime(question.lapsesAt)],
      ])
    : facts([
        ['status', status],
        ['starts', status === 'scheduled' ? clockTime(grant.startsAt) : undefined],
        ['expires', grant.expiresAt && clockTime(grant.expiresAt)],
      ]);
  return `Approved ${id}.\n${state}${isStillAsked ? commandLines([`writ requests ${id}`, `writ withdraw ${id}`]) : ''}`;
}
