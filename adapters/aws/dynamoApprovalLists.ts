import type { ApprovalLists } from '../../core/approvalPorts.ts';
import { pageByPlace } from '../listing/places.ts';
import type { DynamoOptions } from './database.ts';
import { databaseOf } from './database.ts';
import { grantsAt, listGrants } from './grantPages.ts';
import { partitionOf } from './read.ts';
import { GRANTS_TABLE } from './tables.ts';
import { grantOfTicket, ticketKey } from './ticketItem.ts';

const { byQuestion, bySubject } = GRANTS_TABLE.indexes;

/**
 * Questions, impersonations and tickets in DynamoDB. One query a page; those by question and subject are eventually
 * consistent.
 *
 * @throws (every method) as the grant store does, and `invalid_request` for a foreign cursor.
 */
export function createDynamoApprovalLists(options: DynamoOptions & { readonly grantsTable: string }): ApprovalLists {
  const db = databaseOf(options);
  const { grantsTable } = options;
  return {
    listByQuestion: (places, page) =>
      pageByPlace(byQuestion.name, places, page, (place, limit, after) =>
        grantsAt(db, grantsTable, byQuestion, place, limit, after),
      ),
    listBySubject: (subject, page) => listGrants(db, grantsTable, bySubject, subject, page),
    async listByTicket(ticket) {
      const ids: string[] = [];
      for await (const items of partitionOf(db, grantsTable, ticketKey(ticket))) ids.push(...items.map(grantOfTicket));
      return ids;
    },
  };
}
