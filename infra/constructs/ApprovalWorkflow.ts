import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Validations } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { functionName, WORKFLOW_NAME } from '../names.ts';
import { ALARM_PERIOD } from './AlarmTopic.ts';
import { approvalStates } from './approvalStates.ts';
import { EncryptedLogGroup } from './EncryptedLogGroup.ts';
import { ServiceRole } from './ServiceRole.ts';
import { allow } from './statements.ts';
import type { Surroundings } from './WritFunction.ts';

/**
 * One execution for each question to people. The grant's record alone says what was decided; an execution that is lost,
 * late or doubled changes nothing but when people are reminded.
 */
export class ApprovalWorkflow extends Construct {
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, id: string, { account, region, dataKey, alarms }: Surroundings) {
    super(scope, id);
    const steps = `arn:aws:lambda:${region}:${account}:function:${functionName('workflow')}`;
    const role = new ServiceRole(this, 'Role', {
      service: 'state-machine',
      assumedBy: 'states.amazonaws.com',
      description: 'Writ: the workflow that waits for people',
      account,
      sourceArn: `arn:aws:states:${region}:${account}:stateMachine:${WORKFLOW_NAME}`,
      statements: [
        allow('Steps', ['lambda:InvokeFunction'], steps),
        allow('Traces', ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], '*'),
        // Log delivery takes no resource: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
        allow('DeliverLog', LOG_DELIVERY, '*'),
      ],
    });
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'X-Ray’s writing actions and log delivery take no resource.',
    });
    this.stateMachine = new StateMachine(this, 'StateMachine', {
      stateMachineName: WORKFLOW_NAME,
      stateMachineType: StateMachineType.STANDARD,
      comment: 'Writ: waits for people',
      definitionBody: DefinitionBody.fromString(JSON.stringify(approvalStates(steps))),
      role: role.withoutPolicyUpdates(),
      tracingEnabled: true,
      logs: {
        destination: new EncryptedLogGroup(this, 'Log', { name: `/aws/vendedlogs/states/${WORKFLOW_NAME}`, dataKey }),
        level: LogLevel.ALL,
        // Ids and times only are in it, but also the tokens that wake it.
        includeExecutionData: false,
      },
    });
    alarms.watch(this, 'Failed', {
      description: `An execution of ${WORKFLOW_NAME} failed: its approvers get no reminders. Redrive it; see docs/approvals.md.`,
      metric: this.stateMachine.metricFailed({ period: ALARM_PERIOD }),
    });
  }
}

const LOG_DELIVERY = [
  'logs:CreateLogDelivery',
  'logs:GetLogDelivery',
  'logs:UpdateLogDelivery',
  'logs:DeleteLogDelivery',
  'logs:ListLogDeliveries',
  'logs:PutResourcePolicy',
  'logs:DescribeResourcePolicies',
  'logs:DescribeLogGroups',
];
