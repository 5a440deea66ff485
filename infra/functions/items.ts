import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { GRANTS_TABLE } from '../../adapters/aws/tables.ts';
import type { Place } from '../constructs/statements.ts';
import { allowItems, tableArn } from '../constructs/statements.ts';

/** Partition keys of what a grant's change may touch: the grant, its denies, its person's place, the caller's key. */
export const GRANT_ITEMS = ['GRANT#*', 'ROLE#*', 'PENDING#*', 'IDEMPOTENCY#*'] as const;

/** What ends a grant of tokens, or narrows it, also lists it for the snapshot. */
export const REVOKED_ITEMS = 'REVOKED#*';

/**
 * What verifying a sealed key's signature needs: to read keys, never to write one, to spend a nonce, and to write down a
 * refusal once a minute.
 */
export const sealedCallers = (place: Place): PolicyStatement[] => [
  allowItems('SealedKeys', ['dynamodb:GetItem'], tableArn(place, GRANTS_TABLE.name), 'KEY#*'),
  allowItems('Nonces', ['dynamodb:PutItem'], tableArn(place, GRANTS_TABLE.name), 'ONCE#*'),
];
