import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { GRANTS_TABLE } from '../../adapters/aws/tables.ts';
import type { Place } from '../constructs/statements.ts';
import { allowItems, tableArn } from '../constructs/statements.ts';

/** Partition keys of what a grant's change may touch: the grant, its denies, its person's place, the caller's key. */
export const GRANT_ITEMS = ['GRANT#*', 'ROLE#*', 'PENDING#*', 'IDEMPOTENCY#*'] as const;

/** What ends a grant of tokens, or narrows it, also lists it for the snapshot. */
export const REVOKED_ITEMS = 'REVOKED#*';

/**
 * What moving grants needs, and more items that whoever moves them changes in the same ways. What is listed for the
 * snapshot is only put: nobody but its builder reads it, and nobody changes it.
 */
export function movesGrants(place: Place, ...more: readonly string[]): PolicyStatement[] {
  const grants = tableArn(place, GRANTS_TABLE.name);
  const items = [...GRANT_ITEMS, ...more];
  return [
    allowItems('Grants', ['dynamodb:GetItem', 'dynamodb:UpdateItem'], grants, ...items),
    allowItems('Writes', ['dynamodb:PutItem'], grants, ...items, REVOKED_ITEMS),
  ];
}

/**
 * What verifying a sealed key's signature needs: to read keys, never to write one, to spend a nonce, and to write down a
 * refusal once a minute.
 */
export const sealedCallers = (place: Place): PolicyStatement[] => [
  allowItems('SealedKeys', ['dynamodb:GetItem'], tableArn(place, GRANTS_TABLE.name), 'KEY#*'),
  allowItems('Nonces', ['dynamodb:PutItem'], tableArn(place, GRANTS_TABLE.name), 'ONCE#*'),
];
