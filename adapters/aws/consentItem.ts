import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { Consent } from '../../core/consent.ts';
import { consentRecord } from '../../core/consent.ts';
import { canonicalJson } from '../../core/canonical.ts';
import type { Decoder } from './decode.ts';
import { list, number, object, oneOf, string } from './decode.ts';
import { principalId } from './grantDocuments.ts';
import type { Item } from './item.ts';
import { reading, text, ttlAfter, whole } from './item.ts';
import { ITEM_TYPE, KEEP_SECONDS } from './tables.ts';

/**
 * The consent item, under its subject: what was agreed as one document in canonical form, which is never rewritten, and
 * beside it when it was withdrawn. Whoever reads it checks its times.
 */

export const subjectKey = (subject: string): string => `SUBJECT#${subject}`;
export const consentsFor = (entitlement?: string): string =>
  entitlement === undefined ? 'CONSENT#' : `CONSENT#${entitlement}#`;

export const consentKey = ({ subject, entitlement, id }: Consent): Item => ({
  pk: text(subjectKey(subject)),
  sk: text(`${consentsFor(entitlement)}${id}`),
});

export const consentDocument = (consent: Consent): Item[string] => text(canonicalJson(consentRecord(consent)));

export const toConsentItem = (consent: Consent): Item => ({
  ...consentKey(consent),
  type: text(ITEM_TYPE.consent),
  consent: consentDocument(consent),
  ...(consent.withdrawnAt !== undefined && { withdrawnAt: whole(consent.withdrawnAt) }),
  ttl: ttlAfter(consent.expiresAt, KEEP_SECONDS.consent),
});

/** It is there, and nobody withdrew it. */
export const stillHolds = (table: string, consent: Consent): TransactWriteItem => ({
  ConditionCheck: {
    TableName: table,
    Key: consentKey(consent),
    ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(#withdrawnAt)',
    ExpressionAttributeNames: { '#withdrawnAt': 'withdrawnAt' },
  },
});

export const usesFor = ({ id }: Pick<Consent, 'id'>): string => `USE#${id}#`;

/** Beside its subject's consents: that a grant rests on one. */
export const toConsentUseItem = (consent: Consent, grantId: string): Item => ({
  pk: text(subjectKey(consent.subject)),
  sk: text(`${usesFor(consent)}${grantId}`),
  type: text(ITEM_TYPE.consentUse),
  grantId: text(grantId),
  ttl: ttlAfter(consent.expiresAt, KEEP_SECONDS.consent),
});

/** @throws MalformedItem */
export const grantOnConsent = (item: Item): string =>
  reading('consent use', item, (read) => {
    read.oneOf('type', oneOf(ITEM_TYPE.consentUse));
    return read.text('grantId');
  });

const document: Decoder<Omit<Consent, 'withdrawnAt'>> = object({
  id: string,
  subject: principalId,
  actor: principalId,
  entitlement: string,
  purpose: string,
  operations: list(string),
  durationSeconds: number,
  givenAt: number,
  expiresAt: number,
  requestSha256: string,
  grantId: string,
});

/** @throws MalformedItem */
export function fromConsentItem(item: Item): Consent {
  return reading('consent', item, (read) => {
    read.oneOf('type', oneOf(ITEM_TYPE.consent));
    const withdrawnAt = read.optionalNumber('withdrawnAt');
    return { ...read.json('consent', document), ...(withdrawnAt !== undefined && { withdrawnAt }) };
  });
}
