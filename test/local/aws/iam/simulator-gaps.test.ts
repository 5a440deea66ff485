import fc from 'fast-check';
import { expect, test } from 'vitest';
import { simulatedAction, simulatedDocument } from '../../../../local/aws/iam/simulator-gaps.ts';
import { policy } from '../harness.ts';

const statementsFor = (action: string, ...statements: readonly object[]): unknown =>
  (JSON.parse(simulatedDocument(action, policy(...statements))) as { Statement: unknown }).Statement;

const on = (Action: string | readonly string[], Effect = 'Allow') => ({ Effect, Action, Resource: '*' });
const but = (NotAction: string | readonly string[]) => ({ Effect: 'Deny', NotAction, Resource: '*' });

const STATEMENTS: readonly [string, object, boolean][] = [
  ['the action', on('dynamodb:Query'), true],
  ['the action in another case', on('DynamoDB:QUERY'), true],
  ['the action among others', on(['s3:GetObject', 'dynamodb:Query']), true],
  ['all actions', on('*'), true],
  ['a pattern of it', on('dynamodb:Q*y'), true],
  ['a pattern of one letter', on('dynamodb:Quer?'), true],
  ['another action', on('dynamodb:Scan'), false],
  ['the beginning of the action', on('dynamodb:Que'), false],
  ['a pattern of another length', on('dynamodb:Query?'), false],
  ['an action where the dot is a letter', on('dynamodb.Query'), false],
  ['all actions but others', but(['dynamodb:Scan']), true],
  ['all actions but it', but(['dynamodb:Scan', 'dynamodb:q*']), false],
];

test.each(STATEMENTS)('a statement on %s is kept where it can matter', (_what, statement, kept) => {
  const other = on('dynamodb:Query', 'Deny');
  expect(statementsFor('dynamodb:Query', statement, other)).toEqual(kept ? [statement, other] : [other]);
});

test('a policy that is silent on the action stays a policy, and silent', () => {
  expect(statementsFor('dynamodb:Query', on('s3:GetObject'), on('s3:PutObject'))).toEqual([on('s3:GetObject')]);
  expect(statementsFor('sts:TagSession', on('sts:GetCallerIdentity'))).toEqual([on('sts:AssumeRoleWithSAML')]);
});

test('a single statement that is no list is one', () => {
  const document = JSON.stringify({ Version: '2012-10-17', Statement: on('dynamodb:Query') });
  expect(JSON.parse(simulatedDocument('dynamodb:Query', document))).toMatchObject({
    Statement: [on('dynamodb:Query')],
  });
});

test('what is a part of AssumeRole is decided as AssumeRole, under the statements on it alone', () => {
  const statements = [on('sts:AssumeRole'), on(['sts:Tag*', 'sts:AssumeRole']), but('sts:SetSourceIdentity')];
  expect(statementsFor('sts:TagSession', ...statements)).toEqual([
    on('sts:AssumeRole'),
    { Effect: 'Deny', Action: 'sts:AssumeRole', Resource: '*' },
  ]);
});

test('answers to tasks are decided as a start, which has the state machine as its resource', () => {
  expect(simulatedAction('states:SendTaskSuccess')).toBe('states:StartExecution');
  expect(statementsFor('states:SendTaskSuccess', on('states:SendTask*'), on('states:StartExecution'))).toEqual([
    on('states:StartExecution'),
  ]);
  expect(statementsFor('states:SendTaskFailure', on('states:StartExecution'))).toEqual([on('states:StopExecution')]);
});

test('one document is worded for each action by itself', () => {
  const document = [on('dynamodb:Query'), on('dynamodb:Scan')] as const;
  for (let again = 0; again < 2; again++) {
    expect(statementsFor('dynamodb:Query', ...document)).toEqual([document[0]]);
    expect(statementsFor('dynamodb:Scan', ...document)).toEqual([document[1]]);
  }
});

test('a literal action is kept for itself and no other', () => {
  const action = fc.stringMatching(/^[a-z0-9-]{2,10}:[A-Za-z]{1,20}$/);
  fc.assert(
    fc.property(action, action, (one, other) => {
      fc.pre(one.toLowerCase() !== other.toLowerCase());
      expect(statementsFor(one, on(other), on(one, 'Deny'))).toEqual([on(one, 'Deny')]);
    }),
  );
});
