import { describe, expect, it } from 'vitest';
import { ACCOUNT, deploy, resource, stack } from './stack.ts';

const queue = (name: string | object): ReturnType<typeof resource> =>
  resource('AWS::SQS::Queue', { QueueName: name as string });
const namesOf = (calls: readonly (readonly [string, unknown])[]): string[] =>
  calls.map(([, what]) => (what as { readonly name: string }).name);

describe('a deployment', () => {
  it('makes what something refers to before it', async () => {
    const { calls } = await deploy(
      stack({
        Last: resource('AWS::SQS::Queue', {
          QueueName: 'last',
          RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['First', 'Arn'] }, maxReceiveCount: 3 },
        }),
        First: queue('first'),
      }),
    );
    expect(namesOf(calls)).toEqual(['first', 'last']);
    expect(calls[1]?.[1]).toMatchObject({
      redrive: { deadLetterTargetArn: `arn:aws:sqs:us-east-1:${ACCOUNT}:first`, maxReceiveCount: 3 },
    });
  });

  it('makes what something depends on before it, unless its condition does not hold', async () => {
    const { calls } = await deploy(
      stack(
        {
          Last: { ...queue('last'), DependsOn: ['First', 'Never'] },
          First: queue('first'),
          Never: { ...queue('never'), Condition: 'Off' },
        },
        { Conditions: { Off: { 'Fn::Equals': ['a', 'b'] } } },
      ),
    );
    expect(namesOf(calls)).toEqual(['first', 'last']);
  });

  it('knows pseudo parameters, parameters and mappings', async () => {
    const { calls } = await deploy(
      stack(
        {
          A: queue({ 'Fn::Sub': '${AWS::StackName}-${AWS::AccountId}-${AWS::Region}-${AWS::Partition}' }),
          B: queue({ Ref: 'Name' }),
          C: queue({ 'Fn::FindInMap': ['Map', 'row', 'column'] }),
        },
        {
          Parameters: { Name: { Type: 'String', Default: 'by-parameter' } },
          Mappings: { Map: { row: { column: 'by-map' } } },
        },
      ),
    );
    expect(namesOf(calls)).toEqual([`Test-${ACCOUNT}-us-east-1-aws`, 'by-parameter', 'by-map']);
  });

  it('hands exports on to later stacks', async () => {
    const exporting = stack(
      { Q: queue('first') },
      {
        Outputs: {
          Out: { Value: { 'Fn::GetAtt': ['Q', 'QueueName'] }, Export: { Name: { 'Fn::Sub': '${AWS::StackName}:Q' } } },
        },
      },
      'One',
    );
    const importing = stack(
      { Q: queue({ 'Fn::Sub': ['${Name}-2', { Name: { 'Fn::ImportValue': 'One:Q' } }] }) },
      {},
      'Two',
    );
    expect(namesOf((await deploy(exporting, importing)).calls)).toEqual(['first', 'first-2']);
  });

  it('names what its template does not name, the same way each time', async () => {
    const template = stack({ Q: resource('AWS::SQS::Queue'), F: resource('AWS::SQS::Queue', { FifoQueue: true }) });
    expect(namesOf((await deploy(template)).calls)).toEqual(['Test-Q', 'Test-F.fifo']);
  });

  it.each([
    [
      'an unknown resource type',
      stack({ X: resource('AWS::EC2::Instance') }),
      'Test/X: the resource type `AWS::EC2::Instance` is not known to the local runtime',
    ],
    ['a reference to nothing', stack({ X: queue({ Ref: 'Y' }) }), 'Test/X: `Y` is neither a resource nor a parameter'],
    [
      'an attribute that nothing has',
      stack({ X: queue({ 'Fn::GetAtt': ['Y', 'Colour'] }), Y: queue('y') }),
      'Test/X: the local runtime has no attribute `Colour` of `Y`',
    ],
    [
      'a circle',
      stack({ X: queue({ 'Fn::GetAtt': ['Y', 'Arn'] }), Y: queue({ 'Fn::GetAtt': ['X', 'Arn'] }) }),
      'Test/X: X → Y → X is a circle',
    ],
    [
      'an import of nothing',
      stack({ X: queue({ 'Fn::ImportValue': 'no' }) }),
      'Test/X: no stack before this one exports `no`',
    ],
    ['an unknown condition', stack({ X: { ...queue('x'), Condition: 'No' } }), 'Test/X: there is no condition `No`'],
    [
      'a property that has an effect on AWS and none here',
      stack({ X: resource('AWS::SQS::Queue', { DelaySeconds: 5 }) }),
      'DelaySeconds',
    ],
  ])('refuses %s, and says where', async (_name, template, message) => {
    await expect(deploy(template)).rejects.toThrow(message);
  });
});
