import { Duration } from 'aws-cdk-lib';
import { DeduplicationScope, FifoThroughputLimit, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { REVOCATION_DLQ_NAME, REVOCATION_QUEUE_NAME } from '../names.ts';
import { ALARM_PERIOD } from './AlarmTopic.ts';
import { DeadLetterQueue } from './DeadLetterQueue.ts';
import type { Surroundings } from './WritFunction.ts';

/**
 * The longest that one message may take to work on. A failed one is seen again after three times that, and holds up its
 * role until then; sooner, two writers could meet.
 */
export const ENFORCE_TIMEOUT = Duration.seconds(20);

/**
 * Which lent role the enforcer should look at. First in, first out per role, so each role has one writer at a time. No
 * deduplication by content: two revocations of one role within five minutes are the same text, and both count.
 */
export class RevocationQueue extends Construct {
  readonly queue: Queue;

  constructor(scope: Construct, id: string, { dataKey, alarms }: Surroundings) {
    super(scope, id);
    const dead = new DeadLetterQueue(this, 'Dead', {
      name: REVOCATION_DLQ_NAME,
      dataKey,
      alarms,
      lost: 'A revocation could not be put on its role, so sessions that should be dead may live until they expire',
    });
    this.queue = new Queue(this, 'Queue', {
      queueName: REVOCATION_QUEUE_NAME,
      fifo: true,
      contentBasedDeduplication: false,
      deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
      fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: dataKey,
      enforceSSL: true,
      retentionPeriod: Duration.days(1),
      visibilityTimeout: Duration.seconds(3 * ENFORCE_TIMEOUT.toSeconds()),
      deadLetterQueue: { queue: dead.queue, maxReceiveCount: 5 },
    });
    alarms.watch(this, 'Late', {
      description: 'Revocations wait longer than a minute. See the log group /aws/lambda/writ-enforcer.',
      metric: this.queue.metricApproximateAgeOfOldestMessage({ period: ALARM_PERIOD, statistic: 'Maximum' }),
      threshold: 60,
    });
  }
}
