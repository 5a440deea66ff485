import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { approvalStates } from '../../infra/constructs/approvalStates.ts';
import { STACK_NAMES } from '../../infra/names.ts';
import { resourcesOf, synthesized } from './synthesized.ts';

const template = synthesized().stack(STACK_NAMES.broker);
const [machine] = Object.values(resourcesOf(template, 'AWS::StepFunctions::StateMachine'));
const STEPS = 'arn:aws:lambda:us-east-1:999988887777:function:writ-workflow';

describe('the workflow that waits for people', () => {
  it('is a standard one whose log holds no task token', () => {
    expect(machine?.Properties).toMatchObject({
      StateMachineName: 'writ-approvals',
      StateMachineType: 'STANDARD',
      LoggingConfiguration: { IncludeExecutionData: false, Level: 'ALL' },
      TracingConfiguration: { Enabled: true },
    });
  });

  it('is the definition that is read in the code', () => {
    expect(JSON.parse(String(machine?.Properties['DefinitionString']))).toEqual(
      JSON.parse(JSON.stringify(approvalStates(STEPS))),
    );
  });

  it('waits no longer than it was told, and looks again when time is up', () => {
    const { Await, Look } = approvalStates(STEPS).States;
    expect(Await.TimeoutSeconds).toBe('{% $states.input.seconds %}');
    expect(Await.Catch).toMatchObject([{ ErrorEquals: ['States.Timeout'], Next: 'Look' }]);
    expect(Look.Arguments.FunctionName).toBe(STEPS);
  });

  it('is started by questions and woken by what may settle one, each rule with a dead-letter queue', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      Name: 'writ-questions',
      EventPattern: { source: ['writ'], 'detail-type': ['grant.pending.v1', 'extension.pending.v1'] },
      Targets: [
        Match.objectLike({
          Arn: 'arn:aws:states:us-east-1:999988887777:stateMachine:writ-approvals',
          InputTransformer: { InputPathsMap: { grant: '$.detail.grant' }, InputTemplate: '{"grant": <grant>}' },
          DeadLetterConfig: { Arn: Match.anyValue() },
        }),
      ],
    });
    template.hasResourceProperties('AWS::Events::Rule', {
      Name: 'writ-answers',
      EventPattern: {
        'detail-type': Match.arrayWith(['approval.given', 'grant.cancelled'].map((name) => `${name}.v1`)),
      },
      Targets: [Match.objectLike({ DeadLetterConfig: { Arn: Match.anyValue() } })],
    });
  });

  it('is not woken by what policy allowed at once', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      Name: 'writ-approved',
      EventPattern: {
        source: ['writ'],
        'detail-type': ['grant.activated.v1', 'grant.scheduled.v1'],
        detail: { outcome: [{ 'anything-but': 'allowed' }] },
      },
      Targets: [Match.objectLike({ DeadLetterConfig: { Arn: Match.anyValue() } })],
    });
    const rules = Object.values(resourcesOf(template, 'AWS::Events::Rule'));
    const answers = rules.find(({ Properties }) => Properties['Name'] === 'writ-answers');
    expect(answers).toBeDefined();
    expect(JSON.stringify(answers?.Properties)).not.toMatch(/grant\.(activated|scheduled)/);
  });

  it('alarms when an execution fails', () => {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Namespace: 'AWS/States',
      MetricName: 'ExecutionsFailed',
      AlarmActions: [{ Ref: Match.stringLikeRegexp('^Alarms') }],
    });
  });
});
