import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { MESSAGES_DLQ_NAME, MESSAGES_NAME } from '../names.ts';
import { ALARM_PERIOD } from './AlarmTopic.ts';
import { DeadLetterQueue } from './DeadLetterQueue.ts';
import type { Events } from './Events.ts';
import type { Surroundings } from './WritFunction.ts';

/** The longest that one batch of messages may take to send. */
export const NOTIFY_TIMEOUT = Duration.seconds(60);

export interface MessageQueueProps extends Surroundings {
  readonly events: Events;
}

/** Events on their way to people and systems. One that can't be told in eight attempts waits for somebody. */
export class MessageQueue extends Construct {
  readonly queue: Queue;

  constructor(scope: Construct, id: string, { dataKey, alarms, events }: MessageQueueProps) {
    super(scope, id);
    const dead = new DeadLetterQueue(this, 'Dead', {
      name: MESSAGES_DLQ_NAME,
      dataKey,
      alarms,
      lost: 'People or systems were not told of something; what was decided is decided all the same',
    });
    this.queue = new Queue(this, 'Queue', {
      queueName: MESSAGES_NAME,
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: dataKey,
      enforceSSL: true,
      retentionPeriod: Duration.days(1),
      // Six times the function's time-out and the batch window, as Lambda advises.
      visibilityTimeout: Duration.seconds(6 * NOTIFY_TIMEOUT.toSeconds() + 5),
      deadLetterQueue: { queue: dead.queue, maxReceiveCount: 8 },
    });
    events.toQueue(this, MESSAGES_NAME, { queue: this.queue, dead: dead.queue });
    alarms.watch(this, 'Late', {
      description: 'Messages wait longer than ten minutes. See the log group /aws/lambda/writ-notifier.',
      metric: this.queue.metricApproximateAgeOfOldestMessage({ period: ALARM_PERIOD, statistic: 'Maximum' }),
      threshold: 600,
    });
  }
}
