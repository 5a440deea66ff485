import { describe, expect, it } from 'vitest';
import { ASSERTION_TYPE, GRANT_TYPES } from '../../../contract/oauth.ts';
import type { Fields } from './sender.ts';
import { createHolderKey, createTokenSystem } from './sender.ts';

/** A client assertion in a form is good once, whatever it is sent for (RFC 7523 §3). */

const inForm = (client_assertion: string): Fields => ({ client_assertion_type: ASSERTION_TYPE, client_assertion });
const USED = ['invalid_client', 'the client assertion was used before: make a new one for each request'];

describe('a client assertion in a form', () => {
  it('introspects once, of many at once', async () => {
    const system = createTokenSystem();
    const { token } = await system.aliceToken();
    const fields = { ...inForm(system.assertion('billing')), token };
    const answers = await Promise.all([1, 2, 3, 4].map(() => system.send(fields, { path: 'introspect' })));
    expect(answers.filter(({ body }) => body['active'] === true)).toHaveLength(1);
    const refused = answers.filter(({ status }) => status === 401);
    expect(refused.map(({ error, description }) => [error, description])).toEqual([USED, USED, USED]);
  });

  it('that introspected gets no token', async () => {
    const system = createTokenSystem();
    const parent = await system.grantOf('alice', {});
    const grant_id = await system.grantOf('alice', {
      parent,
      actor: 'workload:client:report-agent',
      durationSeconds: 600,
    });
    const { token } = await system.aliceToken();
    const assertion = system.assertion('report-agent');
    const ask = (of: string) =>
      system.send({ grant_type: GRANT_TYPES.client, ...inForm(of), grant_id }, { key: createHolderKey() });
    expect((await system.send({ ...inForm(assertion), token }, { path: 'introspect' })).body).toEqual({
      active: false,
    });
    const { error, description } = await ask(assertion);
    expect([error, description]).toEqual(USED);
    expect((await ask(system.assertion('report-agent'))).status).toBe(200);
  });

  it('revokes once', async () => {
    const system = createTokenSystem();
    const fields = { ...inForm(system.assertion('report-agent')), token: 'nonsense' };
    expect((await system.send(fields, { path: 'revoke' })).status).toBe(200);
    const { status, error, description } = await system.send(fields, { path: 'revoke' });
    expect([status, error, description]).toEqual([401, ...USED]);
  });
});

describe('a client assertion in the Authorization header', () => {
  it('is a bearer token for as long as it lives', async () => {
    const system = createTokenSystem();
    const { token } = await system.aliceToken();
    const headers = { Authorization: [`Bearer ${system.assertion('billing')}`] };
    for (let sent = 0; sent < 3; sent++) {
      expect((await system.send({ token }, { path: 'introspect', headers })).body['active']).toBe(true);
    }
  });
});
