/** DynamoDB's errors, with the texts that AWS uses. */
import { AwsError } from '../service.ts';
import type { Item } from './attribute-value.ts';

const CONDITION_FAILED = 'The conditional request failed';

export function validationError(message: string): AwsError {
  return new AwsError('ValidationException', message);
}

export function tableNotFound(name?: string): AwsError {
  const where = name === undefined ? '' : `: Table: ${name} not found`;
  return new AwsError('ResourceNotFoundException', `Requested resource not found${where}`);
}

export function conditionFailed(item: Item | undefined): AwsError {
  return new AwsError('ConditionalCheckFailedException', CONDITION_FAILED, 400, item ? { Item: item } : {});
}

/** Why one action of a transaction stopped it; `None` for those that would have gone through. */
export interface CancellationReason {
  readonly Code: 'None' | 'ConditionalCheckFailed' | 'ValidationError' | 'TransactionConflict';
  readonly Message?: string;
  readonly Item?: Item;
}

export function transactionCanceled(reasons: readonly CancellationReason[]): AwsError {
  const codes = reasons.map((reason) => reason.Code).join(', ');
  return new AwsError(
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    400,
    { CancellationReasons: reasons },
  );
}

export function transactionConflict(): AwsError {
  return new AwsError('TransactionConflictException', 'Transaction is ongoing for the item');
}

export function transactionConflicts(actions: number): AwsError {
  const reason: CancellationReason = { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' };
  return transactionCanceled(Array.from({ length: actions }, () => reason));
}

export function throttled(): AwsError {
  return new AwsError(
    'ProvisionedThroughputExceededException',
    'The level of configured provisioned throughput for the table was exceeded. ' +
      'Consider increasing your provisioning level with the UpdateTable API.',
  );
}
