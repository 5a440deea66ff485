import { CfnResource } from 'aws-cdk-lib';
import { CfnRule, EventBus } from 'aws-cdk-lib/aws-events';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { EVENT_SOURCE } from '../../contract/events.ts';
import { brokerRoleArn, EVENT_BUS_NAME } from '../names.ts';
import type { Place } from './statements.ts';

/**
 * The bus on which Writ says what happened. Only the herald's role may put events on it. They carry ids alone, so the
 * bus needs no key of its own; other systems of the account add rules as they like.
 */
export class Events extends Construct {
  readonly bus: EventBus;
  private readonly place: Place;

  constructor(scope: Construct, id: string, place: Place) {
    super(scope, id);
    this.place = place;
    this.bus = new EventBus(this, 'Bus', {
      eventBusName: EVENT_BUS_NAME,
      description: 'Writ: what happened to grants, as ids',
    });
    this.heraldAlone();
  }

  /** Whatever else of the account is allowed by its own policies: who forges an event would have people told of it. */
  private heraldAlone(): void {
    const sid = 'TheHeraldAlone';
    // CfnEventBusPolicy warns at each synth of a deprecated member, though none is given.
    new CfnResource(this, 'Policy', {
      type: 'AWS::Events::EventBusPolicy',
      properties: {
        EventBusName: this.bus.eventBusName,
        StatementId: sid,
        Statement: {
          Sid: sid,
          Effect: 'Deny',
          Principal: '*',
          Action: 'events:PutEvents',
          Resource: this.bus.eventBusArn,
          Condition: { StringNotEquals: { 'aws:PrincipalArn': brokerRoleArn(this.place.account, 'herald') } },
        },
      },
    });
  }

  /** Of a rule on the bus. Written down, so that what it may reach can name it beforehand. */
  ruleArn(name: string): string {
    const { account, region } = this.place;
    return `arn:aws:events:${region}:${account}:rule/${EVENT_BUS_NAME}/${name}`;
  }

  /** Lets rules on the bus, and nothing else of EventBridge, send into a queue. */
  mayFill(target: IQueue, ...rules: string[]): void {
    target.addToResourcePolicy(
      new PolicyStatement({
        sid: 'EventsOfTheseRules',
        principals: [new ServicePrincipal('events.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [target.queueArn],
        conditions: { ArnEquals: { 'aws:SourceArn': rules.map((rule) => this.ruleArn(rule)) } },
      }),
    );
  }

  /** Every event of Writ's goes into the queue; what can't, into the dead-letter queue. */
  toQueue(scope: Construct, name: string, { queue, dead }: { readonly queue: IQueue; readonly dead: IQueue }): void {
    for (const target of [queue, dead]) this.mayFill(target, name);
    new CfnRule(scope, 'Rule', {
      name,
      description: 'Writ: all events',
      eventBusName: this.bus.eventBusName,
      eventPattern: { source: [EVENT_SOURCE] },
      targets: [{ id: 'Queue', arn: queue.queueArn, deadLetterConfig: { arn: dead.queueArn } }],
    });
  }
}
