import { CfnRule } from 'aws-cdk-lib/aws-events';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnPermission } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { EventDetail, EventType } from '../../contract/events.ts';
import { EVENT_SOURCE, eventNameOf } from '../../contract/events.ts';
import { EVENT_BUS_NAME, WORKFLOW_NAME } from '../names.ts';
import type { Events } from './Events.ts';
import { ServiceRole } from './ServiceRole.ts';
import { allow } from './statements.ts';
import type { Place } from './statements.ts';

/** A question to people has begun. */
const ASKED: readonly EventType[] = ['grant.pending', 'extension.pending'];

/** Something happened that may have settled a question, or moved it on. */
const ANSWERED: readonly EventType[] = [
  'approval.given',
  'approval.withdrawn',
  'grant.denied',
  'grant.cancelled',
  'grant.revoked',
  'grant.returned',
  'grant.completed',
  'grant.redecided',
  'extension.allowed',
  'extension.denied',
];

/** What settles a question only where one was asked: most grants are allowed at once, and no workflow waits for them. */
const ALLOWED: readonly EventType[] = ['grant.activated', 'grant.scheduled'];

const QUESTIONS_RULE = 'writ-questions';
const ANSWERS_RULE = 'writ-answers';
const APPROVALS_RULE = 'writ-approved';

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
    const role = new ServiceRole(this, 'Role', {
      service: 'events',
      assumedBy: 'events.amazonaws.com',
      description: 'Writ: starts the workflow that waits for people',
      account,
      sourceArn: events.ruleArn(QUESTIONS_RULE),
      statements: [allow('Start', ['states:StartExecution'], stateMachine)],
    });
    events.mayFill(dead, QUESTIONS_RULE, ANSWERS_RULE, APPROVALS_RULE);
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
    const wakes = (rule: string, name: string, description: string, pattern: object): void => {
      new CfnRule(this, rule, {
        name,
        description,
        eventBusName: EVENT_BUS_NAME,
        eventPattern: { source: [EVENT_SOURCE], ...pattern },
        targets: [{ id: 'Steps', arn: steps.functionArn, deadLetterConfig }],
      });
      new CfnPermission(this, `${rule}Invoke`, {
        action: 'lambda:InvokeFunction',
        functionName: steps.functionArn,
        principal: 'events.amazonaws.com',
        sourceArn: events.ruleArn(name),
      });
    };
    wakes('Answers', ANSWERS_RULE, 'Writ: a question may be settled', { 'detail-type': ANSWERED.map(eventNameOf) });
    wakes('Approvals', APPROVALS_RULE, 'Writ: what people were asked for is allowed', {
      'detail-type': ALLOWED.map(eventNameOf),
      detail: { outcome: [{ 'anything-but': 'allowed' satisfies NonNullable<EventDetail['outcome']> }] },
    });
  }
}
