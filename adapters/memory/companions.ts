import type { Companion } from '../../core/approvalPorts.ts';
import type { Grant } from '../../core/grant.ts';
import { isHeld } from './holds.ts';
import type { MemoryState } from './state.ts';

/** A companion's condition, as it is now, and what it does. */
interface GuardedChange {
  readonly by: Companion['type'];
  readonly allowed: boolean;
  readonly apply: () => void;
}

/** What is written together with a grant's change, each with its own condition. */
export const companionsOf = (
  state: MemoryState,
  grant: Grant,
  companions: readonly Companion[] | undefined,
): readonly GuardedChange[] =>
  (companions ?? []).map((companion) => ({ by: companion.type, ...changeOf(state, grant, companion) }));

const EMPTY: ReadonlySet<string> = new Set();

function changeOf(state: MemoryState, grant: Grant, companion: Companion): Omit<GuardedChange, 'by'> {
  switch (companion.type) {
    case 'pendingSlot':
      return pendingSlot(state, grant, companion);
    case 'breakGlassUse': {
      const { person, grantId } = companion;
      const used = state.uses.get(person);
      return companion.change === 'open'
        ? { allowed: used === undefined, apply: () => state.uses.set(person, grantId) }
        : { allowed: used === undefined || used === grantId, apply: () => state.uses.delete(person) };
    }
    case 'consent': {
      const { consent } = companion;
      return { allowed: true, apply: () => state.consents.set(consent.id, structuredClone(consent)) };
    }
    case 'consentHolds': {
      const stored = state.consents.get(companion.consent.id);
      return { allowed: stored !== undefined && stored.withdrawnAt === undefined, apply: () => undefined };
    }
    case 'consentUse': {
      const { consent, grantId } = companion;
      const ids = state.consentUses.get(consent.id) ?? EMPTY;
      return { allowed: true, apply: () => state.consentUses.set(consent.id, new Set([...ids, grantId])) };
    }
    case 'child': {
      const parent = companion.lineage.at(-1);
      if (!parent) throw new TypeError('a grant that was lent on has a parent');
      const ids = state.children.get(parent.grantId) ?? EMPTY;
      return {
        allowed: companion.lineage.every(({ grantId, narrowings }) => isHeld(state, { grantId, at: { narrowings } })),
        apply: () => state.children.set(parent.grantId, new Set([...ids, grant.id])),
      };
    }
    case 'ticket': {
      const { grantId } = companion;
      const ticket = companion.ticket.toUpperCase();
      const ids = state.tickets.get(ticket) ?? EMPTY;
      return { allowed: true, apply: () => state.tickets.set(ticket, new Set([...ids, grantId])) };
    }
  }
}

function pendingSlot(
  { pending }: MemoryState,
  grant: Grant,
  { person, change }: Extract<Companion, { type: 'pendingSlot' }>,
): Omit<GuardedChange, 'by'> {
  const holders = pending.get(person) ?? EMPTY;
  return change === 'release'
    ? { allowed: true, apply: () => pending.set(person, new Set([...holders].filter((id) => id !== grant.id))) }
    : { allowed: holders.size < change.takeUpTo, apply: () => pending.set(person, new Set([...holders, grant.id])) };
}
