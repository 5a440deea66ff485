import { Duration, Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { ArnPrincipal, CompositePrincipal, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { Entitlement, Target } from '../../core/entitlement.ts';
import { ceilingPolicy } from './ceilingPolicy.ts';

export const BREAK_GLASS_ROLE_PATH = '/writ/break-glass/';
/** Apart from the lent role's: names of roles are unique in an account, whatever their paths. */
const directName = (id: string): string => `writ-direct-${id}`;

/** Who may take the role while Writ is down, and who is told. */
export interface BreakGlassPeople {
  /** ARNs of users or roles, exact, of an account that needs nothing of Writ's. */
  readonly principals: readonly [string, ...string[]];
  /** @default - nobody is subscribed yet */
  readonly email?: string;
}

export interface BreakGlassRoleProps {
  readonly entitlement: Entitlement;
  readonly target: Target;
  readonly brokerAccount: string;
  readonly people: BreakGlassPeople;
}

/**
 * The way in when Writ itself is down: a role that named people take by themselves, with a second factor. It may do
 * what its entitlement's ceiling says, for an hour. No function of Writ's has a part in it, so nothing but AWS
 * remembers its use; and each is told at once.
 */
export class BreakGlassRole extends Construct {
  constructor(scope: Construct, id: string, { entitlement, target, brokerAccount, people }: BreakGlassRoleProps) {
    super(scope, id);
    const name = directName(entitlement.id);
    const ceiling = ceilingPolicy(this, {
      path: BREAK_GLASS_ROLE_PATH,
      name,
      description: `Writ: the most that ${name} may do`,
      entitlement,
      target,
      brokerAccount,
    });
    const principals = people.principals.map((arn) => new ArnPrincipal(arn));
    const identity = { StringLike: { 'sts:SourceIdentity': '?*' } };
    const role = new Role(this, 'Role', {
      path: BREAK_GLASS_ROLE_PATH,
      roleName: name,
      description: `Writ: ${entitlement.id} while Writ is down`,
      assumedBy: new CompositePrincipal(...principals).withConditions({
        ...identity,
        Bool: { 'aws:MultiFactorAuthPresent': 'true' },
        // A rule sees the calls of its own Region only: elsewhere nobody would be told.
        StringEquals: { 'aws:RequestedRegion': target.region },
      }),
      managedPolicies: [ceiling],
      permissionsBoundary: ceiling,
      maxSessionDuration: Duration.hours(1),
    });
    role.assumeRolePolicy?.addStatements(
      new PolicyStatement({ principals, actions: ['sts:SetSourceIdentity'], conditions: identity }),
    );
    this.tell(`arn:aws:iam::${target.account}:role${BREAK_GLASS_ROLE_PATH}${name}`, name, people.email);
  }

  /** Each call to take the role, refused ones too where this account sees them, is a message and an alarm. */
  private tell(roleArn: string, name: string, email: string | undefined): void {
    const topic = new Topic(this, 'Topic', {
      topicName: name,
      displayName: 'Writ: break-glass without Writ',
      enforceSSL: true,
    });
    if (email !== undefined) topic.addSubscription(new EmailSubscription(email));
    const rule = new CfnRule(this, 'Taken', {
      name,
      description: `${roleArn} was taken`,
      // AssumeRole counts as read-only: an ordinary rule is not told of it.
      state: 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS',
      eventPattern: {
        source: ['aws.sts'],
        'detail-type': ['AWS API Call via CloudTrail'],
        detail: {
          eventSource: ['sts.amazonaws.com'],
          eventName: ['AssumeRole'],
          requestParameters: { roleArn: [roleArn] },
        },
      },
      targets: [{ id: 'topic', arn: topic.topicArn }],
    });
    topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'RuleAndAlarm',
        principals: [new ServicePrincipal('events.amazonaws.com'), new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    const alarm = new Alarm(this, 'Alarm', {
      alarmName: name,
      alarmDescription: `${roleArn} was taken. Ask who did and why (CloudTrail, sourceIdentity), then review: docs/break-glass.md`,
      metric: new Metric({
        namespace: 'AWS/Events',
        metricName: 'MatchedEvents',
        dimensionsMap: { RuleName: rule.ref },
        statistic: 'Sum',
        period: Duration.minutes(1),
      }),
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(topic));
  }
}
