import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { AUDIT_TABLE, GRANTS_TABLE } from '../../adapters/aws/tables.ts';
import { DPOP_NONCE_SECRET } from '../../adapters/notify/secretNames.ts';
import { ENV } from '../../functions/shared/env.ts';
import {
  allow,
  allowItems,
  publicHalves,
  secretArn,
  signWith,
  tableArn,
  useDataKey,
} from '../constructs/statements.ts';
import type { Surroundings } from '../constructs/WritFunction.ts';
import { WritFunction } from '../constructs/WritFunction.ts';
import type { SigningKeys } from '../stacks/KeysStack.ts';
import { BUNDLE, STORES, tokenKeyList, tokenKeysOf } from './environment.ts';
import { REVOKED_ITEMS } from './items.ts';

export interface TokenFunctionProps extends Surroundings {
  readonly publicUrl: string;
  readonly signingKeys: SigningKeys;
}

/** The authorization server: the one function that signs delegation tokens. It moves no grant. */
export class TokenFunction extends WritFunction<'token'> {
  constructor(scope: Construct, id: string, { signingKeys, ...props }: TokenFunctionProps) {
    const grants = tableArn(props, GRANTS_TABLE.name);
    const keys = tokenKeyList(signingKeys);
    super(scope, id, {
      ...props,
      duty: 'token',
      description: 'Writ: delegation tokens, introspection, revocation',
      cedar: true,
      timeout: Duration.seconds(10),
      environment: { ...STORES, ...BUNDLE, [ENV.publicUrl]: props.publicUrl, ...tokenKeysOf(signingKeys) },
      statements: [
        allowItems('Reads', ['dynamodb:GetItem'], grants, 'GRANT#*', 'FAMILY#*', 'KEYRING'),
        allowItems('Lineage', ['dynamodb:BatchGetItem'], grants, 'GRANT#*', 'TOKENS#*'),
        allowItems('TokensOfGrants', ['dynamodb:Query'], grants, 'TOKENS#*'),
        allowItems('GuardsAndOrigins', ['dynamodb:ConditionCheckItem'], grants, 'GRANT#*', 'TOKENS#*'),
        allowItems(
          'IssueAndList',
          ['dynamodb:PutItem'],
          grants,
          'TOKENS#*',
          'STATUS#*',
          'FAMILY#*',
          'MARK#*',
          REVOKED_ITEMS,
        ),
        allowItems('RevokeAndCount', ['dynamodb:UpdateItem'], grants, 'TOKENS#*', 'RATE#*'),
        allow('Leaves', ['dynamodb:PutItem'], tableArn(props, AUDIT_TABLE.name)),
        useDataKey(props, 'writeTables'),
        signWith('Sign', 'ES256', keys),
        publicHalves('PublicKeys', keys),
        allow('Nonces', ['secretsmanager:GetSecretValue'], secretArn(props, DPOP_NONCE_SECRET)),
        useDataKey(props, 'readSecrets'),
      ],
    });
  }
}
