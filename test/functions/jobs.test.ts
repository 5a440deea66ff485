import type { DynamoDBRecord, SQSEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { roleOfDeny, toDenyItem } from '../../adapters/aws/denyItem.ts';
import type { Deny } from '../../core/session.ts';
import { createHandler as enforcer } from '../../functions/enforcer/app.ts';
import { createHandler as relay } from '../../functions/relay/app.ts';
import { createHandler as sweeper } from '../../functions/sweeper/app.ts';
import { createWorld } from '../core/usecases/world.ts';

const ROLE = 'arn:aws:iam::111122223333:role/writ/lend/writ-orders-read';
const DENY: Deny = {
  roleArn: ROLE,
  match: { sourceIdentity: 'writ-x' },
  grantId: 'grt_x',
  createdAt: 1,
  until: Date.now() + 60_000,
};

const silent = (): void => undefined;
const log = { answered: silent, failed: silent, undecided: silent, worked: silent };

const record = (
  sequence: string,
  image: unknown,
  eventName: DynamoDBRecord['eventName'] = 'INSERT',
): DynamoDBRecord => ({
  eventName,
  dynamodb: { NewImage: image as NonNullable<DynamoDBRecord['dynamodb']>['NewImage'], SequenceNumber: sequence },
});

describe('relay', () => {
  const run = async (records: DynamoDBRecord[], fail = false) => {
    const sent: string[] = [];
    const queue = {
      enqueue: async (role: string) => (fail ? Promise.reject(new Error('down')) : void sent.push(role)),
    };
    const answer = await relay({ queue, log, roleOfDeny })({ Records: records });
    return { sent, failed: answer.batchItemFailures };
  };

  it('names the role of each new deny, and of nothing else', async () => {
    const grant = { pk: { S: 'GRANT#grt_x' }, sk: { S: 'GRANT' }, type: { S: 'grant' } };
    const { sent } = await run([
      record('1', toDenyItem(DENY)),
      record('2', grant),
      record('3', toDenyItem(DENY), 'MODIFY'),
    ]);
    expect(sent).toEqual([ROLE]);
  });

  it('says where to resume when the queue is down, so that no deny is skipped', async () => {
    expect(await run([record('1', toDenyItem(DENY)), record('2', toDenyItem(DENY))], true)).toEqual({
      sent: [],
      failed: [{ itemIdentifier: '1' }],
    });
  });
});

describe('sweeper', () => {
  it('fails the run, and has the causes in the log', async () => {
    const failures: unknown[] = [];
    const handler = sweeper({
      ...createWorld(),
      queue: { enqueue: async () => Promise.reject(new Error('down')) },
      log: { ...log, failed: (error) => void failures.push(error) },
      roleArns: [ROLE],
    });
    await expect(handler()).rejects.toThrow('failed in 1 places');
    expect(failures).toMatchObject([{ errors: [{ message: 'down' }] }]);
  });
});

describe('enforcer', () => {
  const message = (id: string, body: string) => ({ messageId: id, body }) as SQSEvent['Records'][number];
  const run = async (
    bodies: string[],
    write = async (_: string, __: string | undefined): Promise<'written'> => 'written',
  ) => {
    const written: [string, string | undefined][] = [];
    const handler = enforcer({
      clock: Date.now,
      log,
      targets: [{ account: '111122223333', region: 'us-east-1', externalId: 'x' }],
      store: { denies: async () => [DENY], markApplied: async () => undefined },
      writer: {
        write: async (role, policy) => {
          written.push([role, policy]);
          return write(role, policy);
        },
      },
    });
    const answer = await handler({ Records: bodies.map((body, n) => message(`m${n}`, body)) });
    return { written, failed: answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier) };
  };

  it('writes what the table says, whatever else the message says', async () => {
    const { written, failed } = await run([JSON.stringify({ roleArn: ROLE, policy: 'Allow *' })]);
    expect(failed).toEqual([]);
    expect(written[0]?.[1]).toContain('writ-x');
    expect(written[0]?.[1]).not.toContain('Allow');
  });

  it.each([
    'not json',
    '{}',
    JSON.stringify({ roleArn: 'arn:aws:iam::111122223333:role/Admin' }),
    JSON.stringify({ roleArn: 'arn:aws:iam::999988887777:role/writ/lend/writ-orders-read' }),
    JSON.stringify({ roleArn: 'arn:aws:iam::111122223333:role/writ/writ-enforcer' }),
  ])('touches no role that Writ does not lend: %s', async (body) => {
    expect(await run([body])).toEqual({ written: [], failed: ['m0'] });
  });

  it('keeps order after a failure: what follows waits for it', async () => {
    const body = JSON.stringify({ roleArn: ROLE });
    const { failed } = await run([body, body], async () => Promise.reject(new Error('no IAM')));
    expect(failed).toEqual(['m0', 'm1']);
  });
});
