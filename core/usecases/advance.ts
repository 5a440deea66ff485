import type { OnceStore } from '../approvalPorts.ts';
import type { Question } from '../approval.ts';
import type { Stage } from '../chain.ts';
import { WritError } from '../errors.ts';
import type { Grant } from '../grant.ts';
import type { LeafType } from '../leaf.ts';
import { leafOf } from '../leafOf.ts';
import { SYSTEM } from '../principal.ts';
import type { Deps } from './deps.ts';
import { loadSettled } from './loadGrant.ts';
import { openQuestion, panelFor } from './panel.ts';
import { redecide } from './redecide.ts';

export interface AdvanceDeps extends Deps {
  readonly once: Pick<OnceStore, 'appendOnce'>;
}

/** What the workflow does next: end, or look again at `wakeAt` (epoch milliseconds) or when something happened. */
export type Advance = { readonly done: true } | { readonly done: false; readonly wakeAt: number };

/**
 * What time does to an open question, done by the workflow whenever it wakes: the lapse, a changed bundle, reminders and
 * the escalation, each told of once. It decides nothing: eligibility and deadlines are checked from the grant itself.
 */
export async function advance(deps: AdvanceDeps, grantId: string): Promise<Advance> {
  const grant = await settledUnderBundle(deps, grantId);
  const question = grant && openQuestion(grant);
  const stage = question && panelFor(deps.engine.bundle, grant)?.chain.stages[question.stage];
  if (!question || !stage) return { done: true };

  const now = deps.clock();
  for (const notice of noticesOf(stage, question)) {
    if (notice.at <= now) await tell(deps, grant, question, notice);
  }
  const next = noticesOf(stage, question).map(({ at }) => at);
  return { done: false, wakeAt: Math.min(question.lapsesAt, ...next.filter((at) => at > now)) };
}

async function settledUnderBundle(deps: AdvanceDeps, grantId: string): Promise<Grant | undefined> {
  const grant = await loadSettled(deps, grantId);
  if (!grant) return undefined;
  try {
    await redecide(deps, grant);
    return grant;
  } catch (error) {
    if (error instanceof WritError && error.code === 'request_changed') return loadSettled(deps, grantId);
    throw error;
  }
}

interface Notice {
  readonly type: Extract<LeafType, 'approval.reminded' | 'approval.escalated'>;
  readonly at: number;
}

function noticesOf(stage: Stage, { stageSince }: Question): Notice[] {
  const reminders = (stage.remindAfterSeconds ?? []).map((seconds) => ({
    type: 'approval.reminded' as const,
    at: stageSince + seconds * 1000,
  }));
  const { escalate } = stage;
  return escalate
    ? [...reminders, { type: 'approval.escalated', at: stageSince + escalate.afterSeconds * 1000 }]
    : reminders;
}

/** The leaf is the notice: whoever sends messages reads it from the log's stream. */
async function tell(deps: AdvanceDeps, grant: Grant, question: Question, { type, at }: Notice): Promise<void> {
  const mark = ['notice', grant.id, question.requestSha256, question.stage, question.stageSince, type, at].join('#');
  const facts = { stage: question.stage, question: question.requestSha256, due: at };
  const leaf = leafOf(deps, grant, { type, role: 'event', at: deps.clock(), by: SYSTEM, facts });
  await deps.once.appendOnce(mark, question.lapsesAt, leaf);
}
