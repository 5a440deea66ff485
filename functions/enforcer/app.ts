import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { Target } from '../../core/entitlement.ts';
import { LENT_ROLE_PATH } from '../../core/entitlement.ts';
import type { EnforceDeps } from '../../core/usecases/enforce.ts';
import { enforce } from '../../core/usecases/enforce.ts';
import type { Log } from '../shared/log.ts';

export interface EnforcerDeps extends EnforceDeps {
  readonly log: Log;
  readonly targets: readonly Target[];
}

/**
 * The one writer of revocation policies. A message only says which role to look at: what is denied is read from the
 * table, so a forged or repeated message changes nothing. Messages of one role come one at a time (FIFO group).
 */
export function createHandler(deps: EnforcerDeps) {
  return async (event: SQSEvent): Promise<SQSBatchResponse> => {
    for (const [index, record] of event.Records.entries()) {
      try {
        const roleArn = lentRole(deps.targets, record.body);
        const result = await enforce(deps, roleArn);
        deps.log.worked('enforced', { roleArn, result });
      } catch (error) {
        deps.log.failed(error, record.messageId);
        // Order within a group: what follows a failure waits for it.
        return {
          batchItemFailures: event.Records.slice(index).map(({ messageId }) => ({ itemIdentifier: messageId })),
        };
      }
    }
    return { batchItemFailures: [] };
  };
}

/** @throws TypeError for anything but a lent role in an account that the bundle knows. */
function lentRole(targets: readonly Target[], body: string): string {
  const message: unknown = JSON.parse(body);
  const roleArn = typeof message === 'object' && message !== null && 'roleArn' in message ? message.roleArn : undefined;
  const known =
    typeof roleArn === 'string' &&
    targets.some(({ account }) => roleArn.startsWith(`arn:aws:iam::${account}:role${LENT_ROLE_PATH}`));
  if (!known) throw new TypeError('the message names no role that Writ lends');
  return roleArn;
}
