import { expect, it } from 'vitest';
import { ASK, createSystem } from './system.ts';

const LONG = {
  entitlement: 'account-admin',
  parameters: {},
  durationSeconds: 600,
  purpose: 'repair',
  justification: 'INC-7',
};

interface Seen {
  readonly id: string;
  readonly status: string;
  readonly requestSha256: string;
  readonly question?: { readonly requestSha256: string; readonly stage: number };
  readonly extensions: readonly {
    readonly status: string;
    readonly approvals: readonly { id: string; withdrawnAt?: string }[];
  }[];
}

/** An answer is any object to the system under test: this is what the contract says of it. */
const seenIn = (body: unknown) => body as Seen;

it('an approval of an extension is withdrawn while it is asked for, by whoever gave it', async () => {
  const system = createSystem();
  const { body } = await system.call('createGrant', 'mia', { json: { ...ASK, ...LONG } });
  const { id } = seenIn(body);
  const path = { id };
  const seen = async () => seenIn((await system.call('getGrant', 'mia', { path })).body);
  const approve = async (who: string) => {
    const requestSha256 = (await seen()).question?.requestSha256;
    const json = { verdict: 'approve', comment: 'fine', requestSha256 };
    expect((await system.call('decideGrant', who, { path, json })).status).toBe(200);
  };
  await approve('bob');
  await approve('carol');
  expect((await seen()).status).toBe('active');
  await system.call('extendGrant', 'mia', { path, json: { durationSeconds: 300, justification: 'not done' } });
  await approve('bob');

  const approval = (await seen()).extensions[0]?.approvals[0]?.id ?? '';
  const withdraw = (who: string) => system.call('withdrawApproval', who, { path: { id, approval } });
  expect(await withdraw('adam')).toMatchObject({ status: 404, code: 'not_found' });
  expect(await withdraw('carol')).toMatchObject({ status: 403, code: 'forbidden' });
  expect(await withdraw('bob')).toMatchObject({ status: 200, body: { status: 'active' } });
  const [extension] = (await seen()).extensions;
  expect(extension).toMatchObject({
    status: 'pending',
    approvals: [{ id: approval, withdrawnAt: '2026-11-21T09:00:00.000Z' }],
  });
  expect(await withdraw('bob')).toMatchObject({ status: 409, code: 'approval_final' });
});
