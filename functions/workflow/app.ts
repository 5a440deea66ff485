import * as z from 'zod';
import { grantIdField } from '../../contract/fields.ts';
import type { WaitStore, WorkflowEngine } from '../../core/approvalPorts.ts';
import type { AdvanceDeps } from '../../core/usecases/advance.ts';
import { advance } from '../../core/usecases/advance.ts';
import type { Log } from '../shared/log.ts';

export interface WorkflowDeps extends AdvanceDeps {
  readonly waits: WaitStore;
  readonly workflows: WorkflowEngine;
  readonly log: Log;
}

/** From the state machine: what is next? */
const look = z.object({ step: z.literal('look'), grant: grantIdField });
/** From the state machine, which waits until the token comes back or `seconds` have passed. */
const wait = z.object({
  step: z.literal('wait'),
  grant: grantIdField,
  token: z.string().min(1).max(2_048),
  wakeAt: z.number().int(),
});
/** From the bus: something happened to a grant. Only the id is believed; the grant is read again. */
const happened = z.object({ 'detail-type': z.string(), detail: z.object({ grant: grantIdField }) });
const event = z.union([look, wait, happened]);

/** What the state machine reads. Seconds, because its waits are. */
export type LookAnswer =
  { readonly done: true } | { readonly done: false; readonly wakeAt: number; readonly seconds: number };

/**
 * The steps of the workflow that waits for people, and what wakes it. It decides nothing: a forged or lost call makes
 * the workflow look again, or later.
 *
 * @throws ZodError for an event that is none of these
 */
export function createHandler(deps: WorkflowDeps) {
  return async (given: unknown): Promise<LookAnswer | undefined> => {
    const call = event.parse(given);
    if (!('step' in call)) {
      await wake(call.detail.grant);
      return undefined;
    }
    if (call.step === 'look') return lookAt(call.grant);
    await deps.waits.putWait(call.grant, call.token, call.wakeAt);
    // Something may have happened between the look and now, when there was no token yet to wake with.
    const now = await lookAt(call.grant);
    if (now.done || now.wakeAt !== call.wakeAt) await wake(call.grant);
    return undefined;
  };

  async function lookAt(grant: string): Promise<LookAnswer> {
    const next = await advance(deps, grant);
    if (next.done) return next;
    const seconds = Math.max(1, Math.ceil((next.wakeAt - deps.clock()) / 1000));
    return { ...next, seconds };
  }

  async function wake(grant: string): Promise<void> {
    const token = await deps.waits.takeWait(grant);
    if (token === undefined) return;
    const result = await deps.workflows.wake(token);
    deps.log.worked('woken', { grant, result });
  }
}
