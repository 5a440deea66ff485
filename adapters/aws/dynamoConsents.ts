import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { ConsentStore } from '../../core/approvalPorts.ts';
import type { Consent } from '../../core/consent.ts';
import type { TableNames } from './commit.ts';
import { commit } from './commit.ts';
import {
  consentDocument,
  consentKey,
  consentsFor,
  fromConsentItem,
  grantOnConsent,
  subjectKey,
  usesFor,
} from './consentItem.ts';
import type { DynamoOptions } from './database.ts';
import { databaseOf } from './database.ts';
import { whole } from './item.ts';
import { partitionOf } from './read.ts';

/** Remembered consents in DynamoDB; new ones are companions of grants. @throws as the grant store does */
export function createDynamoConsents(options: DynamoOptions & TableNames): ConsentStore {
  const { grantsTable, auditTable } = options;
  const db = { ...databaseOf(options), grantsTable, auditTable };
  return {
    async consentsOf(subject, entitlement) {
      const found: Consent[] = [];
      for await (const items of partitionOf(db, grantsTable, subjectKey(subject), consentsFor(entitlement))) {
        found.push(...items.map(fromConsentItem));
      }
      return found;
    },
    async grantsOn(consent) {
      const ids: string[] = [];
      for await (const items of partitionOf(db, grantsTable, subjectKey(consent.subject), usesFor(consent))) {
        ids.push(...items.map(grantOnConsent));
      }
      return ids;
    },
    async withdrawConsent(consent, leaf) {
      const outcome = await commit(db, { leaves: [leaf], changes: [withdrawal(grantsTable, consent)] });
      return outcome.result === 'committed' ? 'withdrawn' : 'conflict';
    },
  };
}

function withdrawal(table: string, consent: Consent): TransactWriteItem {
  if (consent.withdrawnAt === undefined) throw new TypeError('a withdrawal has its time');
  return {
    Update: {
      TableName: table,
      Key: consentKey(consent),
      UpdateExpression: 'SET #withdrawnAt = :at',
      ConditionExpression: '#consent = :consent AND attribute_not_exists(#withdrawnAt)',
      ExpressionAttributeNames: { '#withdrawnAt': 'withdrawnAt', '#consent': 'consent' },
      ExpressionAttributeValues: { ':at': whole(consent.withdrawnAt), ':consent': consentDocument(consent) },
    },
  };
}
