/** Somebody acts in a customer’s name: by her word, in her sight, until she takes it back. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { GrantView } from '../../contract/schemas.ts';
import { approved, asked } from './asking.ts';
import type { Caller } from './harness.ts';
import { expectStatus, signedIn, startSystem, tokensOf } from './harness.ts';
import type { Fields } from './oauth.ts';
import {
  ACCESS_TOKEN,
  asClient,
  askToken,
  claimsOf,
  EXCHANGE,
  introspect,
  issued,
  proofKey,
  refusal,
  REPORTS_OF_C42,
} from './oauth.ts';

const ERIN = 'customer:local-customer:erin';

let system: Awaited<ReturnType<typeof startSystem>>;
let dave: Caller;
let erin: Caller;

beforeAll(async () => {
  system = await startSystem();
  [dave, erin] = await Promise.all([signedIn(system, 'dave'), signedIn(system, 'erin')]);
}, 180_000);
afterAll(() => system.stop(), 60_000);

const ask = (): Promise<GrantView> =>
  asked(dave, {
    ...REPORTS_OF_C42,
    entitlement: 'act-for-customer',
    parameters: {},
    subject: ERIN,
    durationSeconds: 600,
    purpose: 'reset a lost password',
  });

async function desk(grant: GrantView, client: Fields, more: Fields = {}) {
  const { access_token: signIn } = await tokensOf(system, 'dave');
  const fields = {
    grant_type: EXCHANGE,
    ...client,
    grant_id: grant.id,
    subject_token: signIn,
    subject_token_type: ACCESS_TOKEN,
    ...more,
  };
  return askToken(system, fields, await proofKey());
}
const deskClient = () => asClient(system, 'support-desk');

it('a token in her name says who acts, on which consent, and is over when she withdraws it', async () => {
  const pending = await ask();
  expect(refusal(await desk(pending, await deskClient()))).toBe('400 invalid_grant');
  const grant = await approved(erin, pending);
  const [approval] = grant.approvals;
  const token = issued(await desk(grant, await deskClient()));
  expect(token.refresh_token).toBeUndefined();
  const claims = claimsOf(token.access_token);
  expect(claims).toMatchObject({
    sub: ERIN,
    act: { sub: 'support:local-support:dave' },
    client_id: 'support-desk',
    aud: 'https://support.example.com',
    kind: 'impersonation',
    consent: approval?.id,
  });
  expect(claims).not.toHaveProperty('acr');
  expect(JSON.stringify(claims)).not.toContain('@example.com');
  expect((await introspect(system, 'support-service', token.access_token)).active).toBe(true);

  const shown = expectStatus(await erin.get<{ items: GrantView[] }>('/v1/impersonations'), 200).items;
  expect(shown.filter(({ id }) => id === grant.id)).toMatchObject([{ status: 'active' }]);
  expectStatus(await erin.delete(`/v1/grants/${grant.id}/approvals/${approval?.id ?? ''}`), 200);
  expect(await introspect(system, 'support-service', token.access_token)).toEqual({ active: false });
  expect(refusal(await desk(grant, await deskClient()))).toBe('400 invalid_grant');
});

it('a client that policy does not let act for customers gets none, nor one that is bound to nothing', async () => {
  const grant = await approved(erin, await ask());
  expect(refusal(await desk(grant, { client_id: 'writ-cli' }))).toBe('400 access_denied');
  const { access_token: signIn } = await tokensOf(system, 'dave');
  const fields = {
    grant_type: EXCHANGE,
    ...(await deskClient()),
    grant_id: grant.id,
    subject_token: signIn,
    subject_token_type: ACCESS_TOKEN,
  };
  expect(refusal(await askToken(system, fields))).toBe('400 invalid_request');
});

it('her own sign-in is no agent’s: with it there is no token in her name', async () => {
  const grant = await approved(erin, await ask());
  const { access_token: signIn } = await tokensOf(system, 'erin');
  expect(refusal(await desk(grant, await deskClient(), { subject_token: signIn }))).toBe('400 invalid_grant');
});
