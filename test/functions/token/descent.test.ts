import { describe, expect, it } from 'vitest';
import { GRANT_TYPES } from '../../../contract/oauth.ts';
import { ASK_REPORT, athOf, createHolderKey, createTokenSystem } from './sender.ts';
import type { HolderKey, TokenSystem } from './sender.ts';

/** What the billing service gets for a token that reached it. */
async function carried(system: TokenSystem, grantId: string, token: string, key: HolderKey) {
  const fresh = createHolderKey();
  const fields = {
    ...system.exchangeForm(grantId, { subject_token: token, client_id: undefined }),
    ...system.asClient('billing'),
    subject_dpop: await system.proofFor(key, { ath: athOf(token), bind: fresh.jkt }),
  };
  return { key: fresh, answer: await system.send(fields, { key: fresh }) };
}

const isActive = async (system: TokenSystem, token: unknown) => (await system.introspect(String(token))).body['active'];

describe('a token that was exchanged for others', () => {
  it('takes them with it when it is revoked, hand to hand', async () => {
    const system = createTokenSystem();
    const { token, key, grantId } = await system.aliceToken();
    const first = await carried(system, grantId, token, key);
    const second = await system.send(
      {
        ...system.exchangeForm(grantId, {
          subject_token: String(first.answer.body['access_token']),
          client_id: undefined,
        }),
        ...system.asClient('billing'),
      },
      { key: first.key },
    );
    const below = [first.answer, second].map(({ body }) => body['access_token']);
    for (const one of below) expect(await isActive(system, one)).toBe(true);
    await system.revoke(token);
    for (const one of below) expect(await isActive(system, one)).toBe(false);
  });

  it('takes them with it when its refresh token comes back', async () => {
    const system = createTokenSystem();
    const { token, key, grantId, answer } = await system.aliceToken();
    const { answer: below } = await carried(system, grantId, token, key);
    const again = {
      grant_type: GRANT_TYPES.refresh,
      client_id: 'writ-cli',
      refresh_token: String(answer.body['refresh_token']),
    };
    expect((await system.send(again, { key })).status).toBe(200);
    expect(await isActive(system, below.body['access_token'])).toBe(true);
    system.pass(10_000);
    expect((await system.send(again, { key })).error).toBe('invalid_grant');
    expect(await isActive(system, below.body['access_token'])).toBe(false);
  });

  it('can be so a few times only', async () => {
    const system = createTokenSystem();
    const { token, key, grantId } = await system.aliceToken();
    let last = await system.send(system.exchangeForm(grantId, { subject_token: token }), { key });
    for (let hop = 1; hop < 8; hop++) {
      expect(last.status).toBe(200);
      last = await system.send(system.exchangeForm(grantId, { subject_token: String(last.body['access_token']) }), {
        key,
      });
    }
    expect(last.status).toBe(200);
    last = await system.send(system.exchangeForm(grantId, { subject_token: String(last.body['access_token']) }), {
      key,
    });
    expect([last.error, last.description]).toEqual(['invalid_request', expect.stringMatching(/too often/)]);
  });

  it('is not exchanged where its uses are counted: another would have uses of its own', async () => {
    const system = createTokenSystem();
    const ask = { ...ASK_REPORT, entitlement: 'refund-order', parameters: { order: 'O-1' }, durationSeconds: 600 };
    const { body } = await system.call('createGrant', 'alice', { json: ask });
    const path = { id: String(body['id']) };
    const json = { verdict: 'approve', comment: 'fine', requestSha256: body['requestSha256'] };
    expect((await system.call('decideGrant', 'bob', { path, json })).status).toBe(200);
    const key = createHolderKey();
    const issued = await system.send(system.exchangeForm(path.id), { key });
    const fields = system.exchangeForm(path.id, { subject_token: String(issued.body['access_token']) });
    const answer = await system.send(fields, { key });
    expect([answer.error, answer.description]).toEqual(['invalid_request', expect.stringMatching(/are counted/)]);
  });

  it('is not exchanged once the client that it was given to is suspended', async () => {
    const system = createTokenSystem();
    const { token, key, grantId } = await system.aliceToken();
    const { clients } = system.deps.engine.bundle;
    const client = clients.find(({ id }) => id === 'writ-cli');
    Object.assign(client ?? {}, { status: 'suspended' });
    const { answer } = await carried(system, grantId, token, key);
    Object.assign(client ?? {}, { status: 'active' });
    expect([answer.error, answer.description]).toEqual(['invalid_request', expect.stringMatching(/no longer good/)]);
  });
});
