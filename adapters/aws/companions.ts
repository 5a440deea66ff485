import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { Companion } from '../../core/approvalPorts.ts';
import type { Ancestor } from '../../core/delegation.ts';
import type { Grant } from '../../core/grant.ts';
import { closeUse, openUse } from './breakGlassItem.ts';
import { toChildItem } from './childItem.ts';
import type { GuardedWrite } from './commit.ts';
import { put } from './commit.ts';
import { stillHolds, toConsentItem, toConsentUseItem } from './consentItem.ts';
import { checkHold } from './guardItem.ts';
import { releaseSlot, takeSlot } from './pendingItem.ts';
import { toTicketItem } from './ticketItem.ts';

/** What is written together with a grant's change, each with its own condition. */
export const companionsOf = (
  { grantsTable, random }: Writer,
  grant: Grant,
  companions: readonly Companion[] | undefined,
): readonly GuardedWrite[] =>
  (companions ?? []).flatMap((companion) => {
    const writes =
      companion.type === 'child'
        ? lentOn(grantsTable, grant, companion.lineage, random)
        : [writeOf(grantsTable, grant, companion)];
    return writes.map((write) => ({ by: companion.type, write }));
  });

interface Writer {
  readonly grantsTable: string;
  readonly random: () => number;
}

/** A grant that hangs on others comes into being only while all of them are as it says. */
function lentOn(table: string, grant: Grant, lineage: readonly Ancestor[], random: () => number): TransactWriteItem[] {
  const parent = lineage.at(-1);
  if (!parent) throw new TypeError('a grant that was lent on has a parent');
  return [
    put(table, toChildItem(parent.grantId, grant)),
    ...lineage.map(({ grantId, narrowings }) => checkHold(table, { grantId, at: { narrowings } }, random)),
  ];
}

function writeOf(table: string, grant: Grant, companion: Exclude<Companion, { type: 'child' }>): TransactWriteItem {
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
