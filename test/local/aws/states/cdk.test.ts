/** What the CDK makes of a workflow runs here, under the role that it makes. */
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import {
  Choice,
  Condition,
  DefinitionBody,
  Fail,
  IntegrationPattern,
  Pass,
  QueryLanguage,
  StateMachine,
  Succeed,
  TaskInput,
  Timeout,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { expect, test } from 'vitest';
import type { RoleSpec } from '../../../../local/aws/iam/roles.ts';
import type { StateMachineSpec } from '../../../../local/aws/states/machines.ts';
import { BROKER } from '../harness.ts';
import { deploy, stack as stackOf } from '../../runtime/deploy/stack.ts';
import { FUNCTION_ARN, openWorld, REGION } from './world.ts';

/** Asks, reminds every hour, and gives up after a day. */
function approval(queryLanguage: QueryLanguage | undefined): Template {
  const stack = new Stack(new App(), 'Broker', { env: { account: BROKER, region: REGION } });
  const worker = LambdaFunction.fromFunctionAttributes(stack, 'Worker', {
    functionArn: FUNCTION_ARN,
    sameEnvironment: true,
  });
  const ask = LambdaInvoke.jsonata(stack, 'Ask', {
    lambdaFunction: worker,
    integrationPattern: IntegrationPattern.WAIT_FOR_TASK_TOKEN,
    payload: TaskInput.fromObject({
      grant: '{% $grant %}',
      token: '{% $states.context.Task.Token %}',
      round: '{% $round %}',
    }),
    taskTimeout: Timeout.duration(Duration.hours(1)),
    heartbeatTimeout: Timeout.duration(Duration.minutes(59)),
    outputs: { decided: '{% $states.result.verdict %}' },
    retryOnServiceExceptions: true,
  });
  const begin = Pass.jsonata(stack, 'Begin', { assign: { grant: '{% $states.input.grant %}', round: 0 } });
  const lapsed = Fail.jsonata(stack, 'Lapsed', { error: 'Lapsed', cause: "{% 'after round ' & $round %}" });
  const decide = Choice.jsonata(stack, 'Decided?')
    .when(Condition.jsonata("{% $states.input.decided = 'approve' %}"), Succeed.jsonata(stack, 'Approved'))
    .otherwise(Fail.jsonata(stack, 'Denied', { error: 'Denied' }));
  const remind = Wait.jsonata(stack, 'Remind', {
    time: WaitTime.duration(Duration.minutes(5)),
    assign: { round: '{% $round + 1 %}' },
  });
  const again = Choice.jsonata(stack, 'Again?').when(Condition.jsonata('{% $round < 2 %}'), ask).otherwise(lapsed);
  ask.addCatch(remind.next(again), { errors: ['States.Timeout'] });
  new StateMachine(stack, 'Approval', {
    stateMachineName: 'approval',
    definitionBody: DefinitionBody.fromChainable(begin.next(ask).next(decide)),
    ...(queryLanguage && { queryLanguage }),
    timeout: Duration.days(1),
    tracingEnabled: true,
  });
  return Template.fromStack(stack);
}

test.each([['of the whole', QueryLanguage.JSONATA] as const, ['of each state', undefined] as const])(
  'an approval, with the query language %s',
  async (_where, queryLanguage) => {
    const template = approval(queryLanguage).toJSON() as { Resources: Parameters<typeof stackOf>[0] };
    const resources = Object.entries(template.Resources).map(([id, { Type, Properties }]) => [
      id,
      { Type, Properties },
    ]);
    const { calls } = await deploy(stackOf(Object.fromEntries(resources) as Parameters<typeof stackOf>[0]));
    const [, machine] = calls.find(([kind]) => kind === 'stateMachine') as ['stateMachine', StateMachineSpec];
    const [, role] = calls.find(([kind]) => kind === 'role') as ['role', RoleSpec];

    const world = await openWorld({ lambda: () => ({ ok: true, payload: 'null' }) });
    await world.aws.bootstrap.createRole(role);
    await world.put(machine.name, JSON.parse(machine.definition) as object, machine.roleArn);

    const asked = (count: number) =>
      world.seen(
        arn,
        ({ current: { activity } }) =>
          activity.kind === 'task' && activity.submitted && world.invocations.length === count,
      );
    const { arn } = await world.start('approval', { grant: 'grt_1' });
    await asked(1);
    world.clock.advance(3_540_000);
    await world.seen(arn, ({ current }) => current.state === 'Remind' && current.activity.kind === 'waiting');
    world.clock.advance(300_000);
    await asked(2);
    const second = world.invocations[1] as { token: string };
    expect(second).toEqual({ grant: 'grt_1', round: 1, token: expect.any(String) as string });
    await world.aws.stepFunctions.engine.settle(second.token, { ok: true, result: { verdict: 'approve' } });
    expect(await world.closed(arn)).toMatchObject({ status: 'SUCCEEDED', output: '{"decided":"approve"}' });
    expect(world.errors).toEqual([]);
    await world.stop();
  },
);
