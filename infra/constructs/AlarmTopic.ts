import { Duration } from 'aws-cdk-lib';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';

export interface AlarmTopicProps {
  readonly account: string;
  readonly dataKey: IKey;
  /** @default - nobody is subscribed yet */
  readonly email?: string;
}

export interface WatchProps {
  /** What it means and what to do first: it is what the person on call reads. */
  readonly description: string;
  readonly metric: IMetric;
  /** Alarms at this value and above. @default 1 */
  readonly threshold?: number;
  /** Whether it also alarms while there is nothing to measure. @default false */
  readonly silenceIsBad?: boolean;
}

/** Where every alarm goes. Nothing in an alarm is secret; the topic is encrypted and takes TLS alone all the same. */
export class AlarmTopic extends Construct {
  private readonly topic: Topic;

  constructor(scope: Construct, id: string, { account, dataKey, email }: AlarmTopicProps) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', {
      topicName: 'writ-alarms',
      displayName: 'Writ alarms',
      masterKey: dataKey,
      enforceSSL: true,
    });
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsOfThisAccount',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': account } },
      }),
    );
    if (email !== undefined) this.topic.addSubscription(new EmailSubscription(email));
  }

  /** One alarm: one bad period is enough, and silence is good unless it is said to be bad. */
  watch(scope: Construct, id: string, { description, metric, threshold = 1, silenceIsBad = false }: WatchProps): void {
    const alarm = new Alarm(scope, id, {
      alarmDescription: description,
      metric,
      threshold,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: silenceIsBad ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(this.topic));
  }
}

/** How often alarms look. */
export const ALARM_PERIOD = Duration.minutes(1);
