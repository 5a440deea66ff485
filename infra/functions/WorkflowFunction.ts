import { Duration } from 'aws-cdk-lib';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { AUDIT_TABLE } from '../../adapters/aws/tables.ts';
import { DeadLetterQueue } from '../constructs/DeadLetterQueue.ts';
import { allow, queueArn, tableArn, useDataKey } from '../constructs/statements.ts';
import type { Surroundings } from '../constructs/WritFunction.ts';
import { WritFunction } from '../constructs/WritFunction.ts';
import { WORKFLOW_DLQ_NAME, WORKFLOW_NAME } from '../names.ts';
import { BUNDLE, STORES } from './environment.ts';
import { movesGrants } from './items.ts';

/** What time does to open questions, and what wakes the workflow that waits for people. It decides nothing. */
export class WorkflowFunction extends WritFunction<'workflow'> {
  /** Takes the events that did not wake it. */
  readonly dead: IQueue;

  constructor(scope: Construct, id: string, props: Surroundings) {
    const { account, region } = props;
    const dead = new DeadLetterQueue(scope, `${id}Dead`, {
      ...props,
      name: WORKFLOW_DLQ_NAME,
      lost: 'A workflow was not woken: it goes on by itself at its next deadline',
    });
    super(scope, id, {
      ...props,
      duty: 'workflow',
      description: 'Writ: reminders, escalation and lapse of what people are asked',
      cedar: true,
      timeout: Duration.seconds(15),
      deadLetterQueue: dead.queue,
      environment: { ...STORES, ...BUNDLE },
      statements: [
        ...movesGrants(props, 'WAIT#*', 'ONCE#*'),
        allow('Leaves', ['dynamodb:PutItem'], tableArn(props, AUDIT_TABLE.name)),
        useDataKey(props, 'writeTables'),
        allow('Wake', ['states:SendTaskSuccess'], `arn:aws:states:${region}:${account}:stateMachine:${WORKFLOW_NAME}`),
        allow('DeadLetters', ['sqs:SendMessage'], queueArn(props, WORKFLOW_DLQ_NAME)),
        useDataKey(props, 'send'),
      ],
    });
    this.dead = dead.queue;
  }
}
