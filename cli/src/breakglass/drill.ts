import type { DrillView } from '../../../contract/schemas.ts';
import type { Cli } from '../cli.ts';
import { EXIT } from '../exit.ts';
import { CliFailure } from '../failure.ts';
import { fullName } from '../question.ts';
import { printable, table } from '../text.ts';
import type { UseOptions } from './use.ts';
import { bodyOf } from './use.ts';

interface Check {
  readonly check: string;
  readonly ok: boolean;
  readonly found: string;
}

interface Rehearsal {
  readonly entitlement: string;
  readonly works: boolean;
  readonly checks: readonly Check[];
}

/**
 * Rehearses break-glass with the real key and a real signature: of one entitlement, or of all that are held ready.
 *
 * @returns the exit code: 0 only when all would work now
 */
export async function drill(cli: Cli, given: string | undefined, options: UseOptions): Promise<number> {
  const client = await cli.client(); // finds the agent and the key, and reaches the API
  const reason = options.reason ?? 'drill';
  const rehearsals: Rehearsal[] = [];
  for (const entitlement of given === undefined ? await heldReady(cli) : [given]) {
    const { body } = await client.call('drill', { body: bodyOf(entitlement, options, reason) });
    rehearsals.push({ entitlement, works: body.works, checks: checksOf(body) });
  }
  const works = rehearsals.every((rehearsal) => rehearsal.works);
  cli.out.result({ works, drills: rehearsals }, () => rehearsals.map((one) => report(cli, one)).join('\n'));
  return works ? EXIT.ok : EXIT.failure;
}

async function heldReady(cli: Cli): Promise<readonly string[]> {
  const ready = (await (await cli.client()).entitlements()).filter(({ breakGlass }) => breakGlass);
  if (ready.length > 0) return ready.map(({ id }) => id);
  throw new CliFailure(
    EXIT.denied,
    'nothing_held_ready',
    'nothing is held ready for you to break glass',
    'Ask a security admin to put you into the break-glass group.',
  );
}

/** The answer itself proves the first ones. */
function checksOf({ decision, seconds, openReview }: DrillView): Check[] {
  const able = seconds.filter(({ hasKey }) => hasKey);
  const unable = seconds.filter(({ hasKey }) => !hasKey);
  const without = unable.length > 0 ? `; without a key: ${unable.map(fullName).join(', ')}` : '';
  return [
    { check: 'key', ok: true, found: 'the agent has it, and it signed' },
    { check: 'API', ok: true, found: 'it took the signature in place of a sign-in' },
    { check: 'policy', ok: decision.outcome !== 'denied', found: decisionText(decision) },
    ...(decision.outcome === 'needs_approval'
      ? [
          {
            check: 'second person',
            ok: able.length > 0,
            found: `${able.length > 0 ? able.map(fullName).join(', ') : 'nobody with a key'}${without}`,
          },
        ]
      : []),
    { check: 'last use', ok: openReview === undefined, found: reviewText(openReview) },
  ];
}

const OUTCOME: Readonly<Record<DrillView['decision']['outcome'], string>> = {
  allowed: 'you alone',
  needs_approval: 'you, and a second person',
  denied: 'refused',
};

const decisionText = ({ outcome, reasons }: DrillView['decision']): string =>
  outcome === 'denied' ? [OUTCOME[outcome], ...reasons].join(': ') : OUTCOME[outcome];

const reviewText = (openReview: string | undefined): string =>
  openReview === undefined
    ? 'none waits for its review'
    : `${openReview} waits for its review: writ review ${openReview}`;

function report(cli: Cli, { entitlement, works, checks }: Rehearsal): string {
  const { green, red } = cli.out.paint;
  const rows = checks.map(({ check, ok, found }) => [
    { text: ok ? 'ok' : 'fail', paint: ok ? green : red },
    check,
    found,
  ]);
  const verdict = works ? 'would work now' : 'would NOT work now';
  return `${table(['', 'CHECK', 'FOUND'], rows)}${printable(entitlement)} ${verdict}. Nothing was granted.\n`;
}
