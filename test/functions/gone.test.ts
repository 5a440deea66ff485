import { expect, it } from 'vitest';
import { createCedarEngine } from '../../adapters/cedar/engine.ts';
import { loadInstalledWasm } from '../../adapters/cedar/wasm.ts';
import { createHandler as awsSession } from '../../functions/aws-session/app.ts';
import { createHandler as grants } from '../../functions/grants/app.ts';
import { apiEvent } from './event.ts';
import { ASK, createSystem } from './system.ts';

/** Alice's grant, after its entitlement left the catalogue. */
async function gone() {
  const system = createSystem();
  const { body } = await system.call('createGrant', 'alice', { json: ASK });
  const id = String(body['id']);
  const bundle = { ...system.deps.engine.bundle, catalogue: [] };
  const deps = { ...system.deps, engine: createCedarEngine(bundle, loadInstalledWasm) };
  const duties = { grants: grants(deps), 'aws-session': awsSession(deps) };
  return async (duty: keyof typeof duties, action: string, who: string, json?: object) => {
    const event = apiEvent({
      method: json ? 'POST' : 'GET',
      resource: `/v1/grants/{id}${action}`,
      path: { id },
      headers: { Authorization: [`Bearer ${who}`], ...(json && { 'content-type': ['application/json'] }) },
      ...(json && { body: JSON.stringify(json) }),
    });
    const { statusCode, body: text } = await duties[duty](event);
    const { code, status } = JSON.parse(text) as { code?: string; status?: string | number };
    return `${statusCode} ${code ?? status ?? ''}`;
  };
}

it('a grant whose entitlement left the catalogue is still seen by its holder and by security', async () => {
  const ask = await gone();
  for (const who of ['alice', 'carol', 'audrey']) expect(await ask('grants', '', who)).toBe('200 active');
  expect(await ask('grants', '', 'erin')).toBe('404 not_found');
});

it('lends nothing more, and can be given back', async () => {
  const ask = await gone();
  expect(await ask('aws-session', '/aws-credentials', 'alice', {})).toBe('403 issuance_denied');
  expect(await ask('grants', '/return', 'alice', {})).toBe('200 returned');
});

it('can be taken back by security, and by nobody else', async () => {
  const ask = await gone();
  expect(await ask('grants', '/revoke', 'adam', { reason: 'stop' })).toBe('404 not_found');
  expect(await ask('grants', '/revoke', 'carol', { reason: 'stop' })).toBe('200 revoked');
});
