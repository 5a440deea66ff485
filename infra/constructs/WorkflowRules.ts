import { CfnRule } from 'aws-cdk-lib/aws-events';
import { PolicyDocument, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnPermission } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { EventType } from '../../contract/events.ts';
import { EVENT_SOURCE, eventNameOf } from '../../contract/events.ts';
import { BROKER_ROLE_PATH, brokerRoleName, EVENT_BUS_NAME, WORKFLOW_NAME } from '../names.ts';
import type { Events } from './Events.ts';
import { allow } from './statements.ts';
import type { Place } from './statements.ts';

/** A question to people has begun. */
const ASKED: readonly EventType[] = ['grant.pending', 'extension.pending'];

/** Something happened that may have settled a question, or moved it on. */
const ANSWERED: readonly EventType[] = [
  'approval.given',
  'approval.withdrawn',
  'grant.activated',
  'grant.scheduled',
  'grant.denied',
  'grant.cancelled',
  'grant.revoked',
  'grant.returned',
  'grant.completed',
  'grant.redecided',
  'extension.allowed',
  'extension.denied',
];

const QUESTIONS_RULE = 'writ-questions';
const ANSWERS_RULE = 'writ-answers';

export interface WorkflowRulesProps extends Place {
  readonly events: Events;
  /** Of the workflow's steps. */
  readonly steps: IFunction;
  /** Takes the events that could not be delivered. */
  readonly dead: IQueue;
}

/**
 * What starts the workflow, and what wakes it. Events may come twice or late: a second execution for the same grant
 * reminds nobody twice, and one that is not woken goes on at its next deadline.
 */
export class WorkflowRules extends Construct {
  constructor(scope: Construct, id: string, { events, steps, dead, ...place }: WorkflowRulesProps) {
    super(scope, id);
    const { account, region } = place;
    const stateMachine = `arn:aws:states:${region}:${account}:stateMachine:${WORKFLOW_NAME}`;
    const role = new Role(this, 'Role', {
      path: BROKER_ROLE_PATH,
      roleName: brokerRoleName('events'),
      description: 'Writ: starts the workflow that waits for people',
      assumedBy: new ServicePrincipal('events.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': account },
          ArnEquals: { 'aws:SourceArn': events.ruleArn(QUESTIONS_RULE) },
        },
      }),
      inlinePolicies: {
        Duty: new PolicyDocument({ statements: [allow('Start', ['states:StartExecution'], stateMachine)] }),
      },
    });
    events.mayFill(dead, QUESTIONS_RULE, ANSWERS_RULE);
    const deadLetterConfig = { arn: dead.queueArn };
    new CfnRule(this, 'Questions', {
      name: QUESTIONS_RULE,
      description: 'Writ: people are asked',
      eventBusName: EVENT_BUS_NAME,
      eventPattern: { source: [EVENT_SOURCE], 'detail-type': ASKED.map(eventNameOf) },
      targets: [
        {
          id: 'Workflow',
          arn: stateMachine,
          roleArn: role.roleArn,
          inputTransformer: { inputPathsMap: { grant: '$.detail.grant' }, inputTemplate: '{"grant": <grant>}' },
          deadLetterConfig,
        },
      ],
    });
    new CfnRule(this, 'Answers', {
      name: ANSWERS_RULE,
      description: 'Writ: a question may be settled',
      eventBusName: EVENT_BUS_NAME,
      eventPattern: { source: [EVENT_SOURCE], 'detail-type': ANSWERED.map(eventNameOf) },
      targets: [{ id: 'Steps', arn: steps.functionArn, deadLetterConfig }],
    });
    new CfnPermission(this, 'AnswersInvoke', {
      action: 'lambda:InvokeFunction',
      functionName: steps.functionArn,
      principal: 'events.amazonaws.com',
      sourceArn: events.ruleArn(ANSWERS_RULE),
    });
  }
}
