import { expect, test } from 'vitest';
import { policyAllowsService } from '../../../../local/aws/iam/service-principal.ts';
import { policy } from '../harness.ts';

const RULE = 'arn:aws:events:us-east-1:999988887777:rule/writ-events/messages';
const QUEUE = 'arn:aws:sqs:us-east-1:999988887777:writ-messages';
const SEND = { action: 'sqs:SendMessage', resource: QUEUE, accountId: '999988887777' };
const allowing = (sourceArn: string): string =>
  policy({
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: QUEUE,
    Condition: { ArnEquals: { 'aws:SourceArn': sourceArn } },
  });

test('an answer that is known is taken for no other question', async () => {
  const asked = (document: string, service: string, sourceArn: string, over: object = {}): Promise<boolean> =>
    policyAllowsService(document, service, sourceArn, { ...SEND, ...over });
  for (let time = 0; time < 2; time++) {
    expect(await asked(allowing(RULE), 'events.amazonaws.com', RULE)).toBe(true);
    expect(await asked(allowing(`${RULE}-2`), 'events.amazonaws.com', RULE)).toBe(false);
    expect(await asked(allowing(RULE), 'sns.amazonaws.com', RULE)).toBe(false);
    expect(await asked(allowing(RULE), 'events.amazonaws.com', `${RULE}-2`)).toBe(false);
    expect(await asked(allowing(RULE), 'events.amazonaws.com', RULE, { resource: `${QUEUE}-2` })).toBe(false);
    expect(await asked(allowing(RULE), 'events.amazonaws.com', RULE, { action: 'sqs:DeleteMessage' })).toBe(false);
  }
});
