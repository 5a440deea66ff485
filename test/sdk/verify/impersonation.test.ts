import { describe, expect, it } from 'vitest';
import { IMPERSONATION, dpopRequest, errorOf, makeBench, makeKey, makeProof, makeToken, refusalOf } from './fixture.ts';

const key = makeKey();
const holder = makeKey();
const claims = { ...IMPERSONATION, cnf: { jkt: holder.kid } };
const token = makeToken(key, claims);
const request = (text = token) => dpopRequest(text, makeProof(holder, text));

it('is refused by a server that does not take it', async () => {
  const error = await errorOf(makeBench(key).verifier, request());
  expect(error).toMatchObject({ code: 'kind_refused', status: 401, error: 'invalid_token' });
});

describe('where it is taken', () => {
  const { verifier } = makeBench(key, { impersonation: true });

  it('says who acts, for whom, and by which consent', async () => {
    expect(await verifier.verify(request())).toMatchObject({
      kind: 'impersonation',
      subject: 'customer:shop:erin',
      actors: ['support:desk:dave'],
      consent: 'apr_01J9ZK3N8Q4T6V8X0Z2B4D6F8H',
    });
  });

  it('delegations are too', async () => {
    expect((await verifier.verify(makeToken(key))).kind).toBe('delegation');
  });

  const changes: [string, Record<string, unknown>][] = [
    ['without an actor', { act: undefined }],
    ['without consent', { consent: undefined }],
    ['as a bearer token', { cnf: undefined }],
    ['with an authentication class', { acr: 'urn:writ:acr:mfa' }],
    ['with a time of sign-in', { auth_time: 1 }],
  ];
  it.each(changes)('one %s is refused', async (_name, change) => {
    expect(await refusalOf(verifier, request(makeToken(key, { ...claims, ...change })))).toBe('claim_invalid');
  });

  it('never has the sign-in that an operation may ask for', async () => {
    expect(await refusalOf(verifier, request(), { acr: ['urn:writ:acr:mfa'] })).toBe('authentication_insufficient');
    expect(await refusalOf(verifier, request(), { maxAgeSeconds: 1e9 })).toBe('authentication_insufficient');
  });
});
