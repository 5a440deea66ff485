import { describe, expect, it } from 'vitest';
import type { Json } from '../../../../local/runtime/json.ts';
import { ACCOUNT, deploy, resource, stack } from './stack.ts';

const ARN = `arn:aws:states:us-east-1:${ACCOUNT}:stateMachine:approval`;
const machine = (properties: Readonly<Record<string, Json>>) =>
  stack(
    { Machine: resource('AWS::StepFunctions::StateMachine', { RoleArn: 'role', ...properties }) },
    {
      Outputs: {
        Ref: { Value: { Ref: 'Machine' }, Export: { Name: 'ref' } },
        Arn: { Value: { 'Fn::GetAtt': ['Machine', 'Arn'] }, Export: { Name: 'arn' } },
        Name: { Value: { 'Fn::GetAtt': ['Machine', 'Name'] }, Export: { Name: 'name' } },
      },
    },
  );

describe('state machines', () => {
  it('have their ARN as Ref, and definitions with what is substituted in them', async () => {
    const { calls, deployment } = await deploy(
      machine({
        StateMachineName: 'approval',
        DefinitionString: '{"Comment":"${Quoted} ${Count} ${Unknown}"}',
        DefinitionSubstitutions: { Quoted: 'a "b"', Count: 3 },
        LoggingConfiguration: { Level: 'ALL' },
        TracingConfiguration: { Enabled: true },
      }),
    );
    expect(calls).toEqual([
      [
        'stateMachine',
        {
          accountId: ACCOUNT,
          region: 'us-east-1',
          name: 'approval',
          roleArn: 'role',
          definition: '{"Comment":"a \\"b\\" 3 ${Unknown}"}',
        },
      ],
    ]);
    expect([...deployment.exports.values()]).toEqual([ARN, ARN, 'approval']);
  });

  it('may be defined by an object, and named by their stack', async () => {
    const { calls } = await deploy(machine({ Definition: { StartAt: 'A' } }));
    expect(calls).toMatchObject([['stateMachine', { name: 'Test-Machine', definition: '{"StartAt":"A"}' }]]);
  });

  it.each([
    ['no definition', {}, 'Test/Machine: needs DefinitionString or Definition'],
    [
      'another type',
      { DefinitionString: '{}', StateMachineType: 'EXPRESS' },
      'StateMachineType: only STANDARD is built',
    ],
    ['a definition in S3', { DefinitionS3Location: {} }, 'Unrecognized key: "DefinitionS3Location"'],
  ])('need more than %s', async (_what, properties, message) => {
    await expect(deploy(machine(properties))).rejects.toThrow(message);
  });
});
