import type { Duty } from '../functions/shared/env.ts';
import { LENT_ROLE_PATH, lentRoleName } from '../core/entitlement.ts';

/**
 * Physical names that cross stacks or accounts. A name that is written down can be trusted, pinned and denied exactly,
 * before the thing itself exists; so these are part of the contract between the stacks.
 */

/** Path of the broker's own roles. */
export const BROKER_ROLE_PATH = '/writ/broker/';
/** Path of what Writ needs in a target account besides the lent roles. */
export const TARGET_ROLE_PATH = '/writ/';
export const ENFORCER_ROLE_NAME = 'writ-enforcer';

/** Roles that hold a signing key each, besides the duties `token` and `snapshot`. Their functions are yet to come. */
export type Signer = 'publish' | 'log';

/** AWS services that act for Writ under a role of their own. */
export type Service = 'schedule' | 'snapshot-schedule' | 'state-machine' | 'events';

export const functionName = (duty: Duty): string => `writ-${duty}`;
export const brokerRoleName = (duty: Duty | Signer | Service): string => `writ-${duty}`;

const roleArn = (account: string, path: string, name: string): string => `arn:aws:iam::${account}:role${path}${name}`;

export const brokerRoleArn = (brokerAccount: string, duty: Duty | Signer | Service): string =>
  roleArn(brokerAccount, BROKER_ROLE_PATH, brokerRoleName(duty));

export const enforcerRoleArn = (targetAccount: string): string =>
  roleArn(targetAccount, TARGET_ROLE_PATH, ENFORCER_ROLE_NAME);

/** The permissions boundary of a lent role is a managed policy of the role's own name and path. */
export const boundaryArn = (targetAccount: string, entitlementId: string): string =>
  `arn:aws:iam::${targetAccount}:policy${LENT_ROLE_PATH}${lentRoleName(entitlementId)}`;

export const REVOCATION_QUEUE_NAME = 'writ-revocations.fifo';
export const REVOCATION_DLQ_NAME = 'writ-revocations-dead.fifo';
export const RELAY_DLQ_NAME = 'writ-relay-dead';
export const SWEEPER_DLQ_NAME = 'writ-sweeper-dead';
export const SNAPSHOT_DLQ_NAME = 'writ-snapshot-dead';

/** The state machine that waits for people, and the role it runs under. */
export const WORKFLOW_NAME = 'writ-approvals';
export const WORKFLOW_DLQ_NAME = 'writ-workflow-dead';

/** Where events are published, and the queue and topic that messages go through. */
export const EVENT_BUS_NAME = 'writ';
export const HERALD_DLQ_NAME = 'writ-herald-dead';
export const MESSAGES_NAME = 'writ-messages';
export const MESSAGES_DLQ_NAME = 'writ-messages-dead';

export const STACK_NAMES = {
  keys: 'WritKeys',
  data: 'WritData',
  broker: 'WritBroker',
  /** One per account, since the roles in it are global. */
  target: (account: string): string => `WritTarget-${account}`,
} as const;
