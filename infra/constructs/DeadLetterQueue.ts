import { Duration, Validations } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { AlarmTopic } from './AlarmTopic.ts';
import { ALARM_PERIOD } from './AlarmTopic.ts';

export interface DeadLetterQueueProps {
  readonly name: string;
  readonly dataKey: IKey;
  readonly alarms: AlarmTopic;
  /** What did not happen, for the alarm's text. */
  readonly lost: string;
}

/** Keeps what could not be done, for two weeks, and calls somebody at the first of it. */
export class DeadLetterQueue extends Construct {
  readonly queue: Queue;

  constructor(scope: Construct, id: string, { name, dataKey, alarms, lost }: DeadLetterQueueProps) {
    super(scope, id);
    this.queue = new Queue(this, 'Queue', {
      queueName: name,
      ...(name.endsWith('.fifo') && { fifo: true }),
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: dataKey,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    Validations.of(this.queue).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'It is a dead-letter queue itself, which the rule sees only where a queue or function says so.',
    });
    alarms.watch(this, 'NotEmpty', {
      description: `${lost}. Look at the messages in ${name}, mend the cause, then redrive them.`,
      metric: this.queue.metricApproximateNumberOfMessagesVisible({ period: ALARM_PERIOD, statistic: 'Maximum' }),
    });
  }
}
