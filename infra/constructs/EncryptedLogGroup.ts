import { RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

/** Operational logs: no secrets, no evidence. The evidence is in the audit table, which keeps it. */
export class EncryptedLogGroup extends LogGroup {
  constructor(scope: Construct, id: string, { name, dataKey }: { readonly name: string; readonly dataKey: IKey }) {
    super(scope, id, {
      logGroupName: name,
      retention: RetentionDays.SIX_MONTHS,
      encryptionKey: dataKey,
      // Named log groups that stay behind would stop the next deployment.
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }
}
