import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { Companion } from '../../core/approvalPorts.ts';
import type { Grant } from '../../core/grant.ts';
import { closeUse, openUse } from './breakGlassItem.ts';
import type { GuardedWrite } from './commit.ts';
import { put } from './commit.ts';
import { stillHolds, toConsentItem, toConsentUseItem } from './consentItem.ts';
import { releaseSlot, takeSlot } from './pendingItem.ts';
import { toTicketItem } from './ticketItem.ts';

/** What is written together with a grant's change, each with its own condition. */
export const companionsOf = (
  table: string,
  grant: Grant,
  companions: readonly Companion[] | undefined,
): readonly GuardedWrite[] =>
  (companions ?? []).map((companion) => ({ by: companion.type, write: writeOf(table, grant, companion) }));

function writeOf(table: string, grant: Grant, companion: Companion): TransactWriteItem {
  switch (companion.type) {
    case 'pendingSlot':
      return companion.change === 'release'
        ? releaseSlot(table, companion.person, grant)
        : takeSlot(table, companion.person, companion.change.takeUpTo, grant);
    case 'breakGlassUse':
      return companion.change === 'open' ? openUse(table, companion) : closeUse(table, companion);
    case 'consent':
      return put(table, toConsentItem(companion.consent));
    case 'consentHolds':
      return stillHolds(table, companion.consent);
    case 'consentUse':
      return put(table, toConsentUseItem(companion.consent, companion.grantId));
    case 'ticket':
      return put(table, toTicketItem(companion.ticket, companion.grantId, companion.keepUntil));
  }
}
