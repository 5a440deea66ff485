import type { GrantView } from '../../contract/schemas.ts';
import type { Cli } from './cli.ts';
import { formatDuration, parseDuration } from './duration.ts';
import { EXIT } from './exit.ts';
import { CliFailure } from './failure.ts';
import { approvalText } from './question.ts';
import type { Watched } from './watch.ts';
import { watch } from './watch.ts';

/** What the command line said about waiting. */
export interface WaitOptions {
  /** `--wait`, `--no-wait`; a terminal waits unless told not to, a script does not unless told to. */
  readonly wait?: boolean | undefined;
  /** `--timeout`, which means `--wait` too. */
  readonly timeout?: string | undefined;
}

export const isToWait = (cli: Cli, { wait, timeout }: WaitOptions): boolean =>
  wait ?? (timeout !== undefined || (cli.host.interactive && !cli.options.json));

interface Waiting {
  readonly stop: AbortSignal;
  readonly forSeconds?: number | undefined;
  /** Also through the time before a scheduled start. */
  readonly untilStart: boolean;
}

/**
 * Waits for what people say to a request, showing who can approve it and how long it has been.
 *
 * @throws CliFailure `denied`, `lapsed`, `cancelled` or `not_granted`, each with its exit code; `still_pending` when
 * the time is up, `stopped_waiting` when asked to stop: then the request stays
 */
export async function untilActive(cli: Cli, first: GrantView, waiting: Waiting): Promise<GrantView> {
  const isOpen = ({ status }: GrantView): boolean =>
    status === 'pending' || (status === 'scheduled' && waiting.untilStart);
  const since = Date.parse(first.requestedAt);
  const { grant, why } = await watch(cli, first, { ...waiting, isOpen, since });
  if (why !== 'settled') throw unsettled(grant.id, why, waiting.forSeconds, `writ cancel ${grant.id}`);
  if (grant.status === 'active' || grant.status === 'scheduled') return grant;
  throw notGranted(grant);
}

/** The same for an extension of an active grant, which runs on meanwhile. */
export async function untilExtended(
  cli: Cli,
  first: GrantView,
  extensionId: string,
  waiting: Omit<Waiting, 'untilStart'>,
): Promise<GrantView> {
  const find = ({ extensions }: GrantView) => extensions.find(({ id }) => id === extensionId);
  const isOpen = (grant: GrantView): boolean => grant.status === 'active' && find(grant)?.status === 'pending';
  const since = Date.parse(find(first)?.requestedAt ?? first.requestedAt);
  const { grant, why } = await watch(cli, first, { ...waiting, isOpen, since });
  if (why !== 'settled') throw unsettled(grant.id, why, waiting.forSeconds);
  const extension = find(grant);
  if (extension?.status === 'allowed') return grant;
  const how = extension === undefined || extension.status === 'pending' ? 'void' : extension.status;
  const [exit, word] = EXTENSION_ENDS[how];
  const said = extension?.approvals.findLast(({ verdict }) => verdict === 'deny');
  throw new CliFailure(
    exit,
    `extension_${how}`,
    [`the extension ${word}`, said && approvalText(said)].filter(Boolean).join(': '),
    next(grant.id),
  );
}

const EXTENSION_ENDS = {
  denied: [EXIT.denied, 'was denied'],
  lapsed: [EXIT.lapsed, 'lapsed: nobody decided in time'],
  void: [EXIT.changed, 'is void: the grant ended, or what was asked changed'],
} as const;

const GRANT_ENDS: Readonly<Partial<Record<GrantView['status'], readonly [exit: number, code: string, word: string]>>> =
  {
    denied: [EXIT.denied, 'denied', 'was denied'],
    lapsed: [EXIT.lapsed, 'lapsed', 'lapsed: nobody decided in time'],
    cancelled: [EXIT.cancelled, 'cancelled', 'was cancelled'],
  };

function notGranted(grant: GrantView): CliFailure {
  const [exit, code, word] = GRANT_ENDS[grant.status] ?? [EXIT.conflict, 'not_granted', `is ${grant.status}`];
  const said = grant.approvals.findLast(({ verdict }) => verdict === 'deny');
  const why = said ? approvalText(said) : grant.endNote;
  const detail = why === undefined ? `${grant.id} ${word}` : `${grant.id} ${word}: ${why}`;
  return new CliFailure(exit, code, detail, next(grant.id), grant.id);
}

const next = (id: string): string => `writ requests ${id}`;

function unsettled(
  id: string,
  why: Exclude<Watched['why'], 'settled'>,
  forSeconds: number | undefined,
  orElse?: string,
): CliFailure {
  const goOn = `Wait on: writ requests ${id} --wait${orElse === undefined ? '' : `. Withdraw it: ${orElse}`}`;
  if (why === 'time_up') {
    const detail = `${id} still waits for people after ${formatDuration(forSeconds ?? 0)}`;
    return new CliFailure(EXIT.stillPending, 'still_pending', detail, goOn, id);
  }
  return new CliFailure(
    EXIT.stoppedWaiting,
    'stopped_waiting',
    `stopped waiting; ${id} still waits for people`,
    goOn,
    id,
  );
}

export const secondsOf = ({ timeout }: WaitOptions): number | undefined =>
  timeout === undefined ? undefined : parseDuration(timeout);

/** Runs something that Ctrl-C stops without ending the process at once. */
export async function stoppable<T>(cli: Cli, work: (stop: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const release = cli.host.onStop(() => {
    controller.abort();
  });
  try {
    return await work(controller.signal);
  } finally {
    release();
  }
}
