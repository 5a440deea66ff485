import { describe, expect, it } from 'vitest';
import { GRANT_TYPES } from '../../../contract/oauth.ts';
import type { OAuthClient } from '../../../core/oauth/client.ts';
import type { VerifyError } from '../../../sdk/verify/index.ts';
import { createVerifier } from '../../../sdk/verify/index.ts';
import { OTHER_PEM, PEM, THUMBPRINT } from '../../tokens/certificateFixture.ts';
import { registered, required } from './during.ts';
import type { Fields, SendOptions } from './sender.ts';
import { claimsOf, createHolderKey, createTokenSystem } from './sender.ts';

/** Tokens that are bound to a client certificate (RFC 8705), as API Gateway hands it to the function. */

const by = (clientCertPem: string): SendOptions => ({ context: { clientCert: { clientCertPem } } });
const IN_HEADERS: SendOptions = {
  headers: { 'x-client-cert': [PEM], 'x-amzn-mtls-clientcert': [encodeURIComponent(PEM)] },
};

/** The agent, with a certificate, and a grant that Alice lent on to it. */
async function agent(over: Partial<OAuthClient> = {}) {
  const system = createTokenSystem();
  registered(system, 'report-agent', {
    authentication: { method: 'tls_client_auth', thumbprints: [THUMBPRINT] },
    senderConstraint: 'mtls',
    ...over,
  });
  const parent = await system.grantOf('alice', {});
  const grant_id = await system.grantOf('alice', {
    parent,
    actor: 'workload:client:report-agent',
    durationSeconds: 600,
  });
  const ask = (options: SendOptions, fields: Fields = { client_id: 'report-agent' }) =>
    system.send({ grant_type: GRANT_TYPES.client, grant_id, ...fields }, options);
  return { ...system, system, grant_id, ask };
}

describe('a client that connects with its certificate', () => {
  it('is known by it, and gets tokens that are bound to it', async () => {
    const { ask, introspect } = await agent();
    const { status, body } = await ask(by(PEM));
    expect([status, body['token_type']]).toEqual([200, 'Bearer']);
    const token = String(body['access_token']);
    expect(claimsOf(token)['cnf']).toEqual({ 'x5t#S256': THUMBPRINT });
    expect((await introspect(token)).body).toMatchObject({
      active: true,
      token_type: 'Bearer',
      cnf: { 'x5t#S256': THUMBPRINT },
    });
  });

  it.each<[string, SendOptions, string]>([
    ['none', {}, 'invalid_client'],
    ['another', by(OTHER_PEM), 'invalid_client'],
    ['one that a header brings', IN_HEADERS, 'invalid_client'],
    ['what is no certificate', by('PEM'), 'invalid_client'],
    ['two', by(PEM + OTHER_PEM), 'invalid_client'],
    ['a proof of a key besides', { ...by(PEM), key: createHolderKey() }, 'invalid_request'],
  ])('gets none with %s', async (_, options, expected) => {
    const { ask } = await agent();
    expect((await ask(options)).error).toBe(expected);
  });

  it('gets no bearer token, where it says who it is by an assertion', async () => {
    const system = createTokenSystem();
    const { authentication } = required(system.deps.engine.bundle.clients.find(({ id }) => id === 'report-agent'));
    const { ask, asClient } = await agent({ authentication });
    const bare = await ask({}, asClient('report-agent'));
    expect([bare.error, bare.description]).toEqual(['invalid_request', expect.stringMatching(/connect with it/)]);
    const { body } = await ask(by(PEM), asClient('report-agent'));
    expect(claimsOf(String(body['access_token']))['cnf']).toEqual({ 'x5t#S256': THUMBPRINT });
  });

  it('refreshes by the same certificate alone', async () => {
    const system = createTokenSystem();
    const { authentication } = required(system.deps.engine.bundle.clients.find(({ id }) => id === 'report-agent'));
    const { ask, send, asClient } = await agent({ authentication });
    const { body } = await ask(by(PEM), asClient('report-agent'));
    const refresh = (options: SendOptions) => {
      const fields = { grant_type: GRANT_TYPES.refresh, refresh_token: String(body['refresh_token']) };
      return send({ ...fields, ...asClient('report-agent') }, options);
    };
    for (const options of [{}, by(OTHER_PEM), IN_HEADERS, { key: createHolderKey() }]) {
      expect((await refresh(options)).error).toBe('invalid_grant');
    }
    const next = await refresh(by(PEM));
    expect(claimsOf(String(next.body['access_token']))['cnf']).toEqual({ 'x5t#S256': THUMBPRINT });
  });
});

describe('a token that is bound to a certificate', () => {
  it('is exchanged further by who has it, and stays bound to it', async () => {
    const { ask, send, exchangeForm, asClient, grant_id } = await agent();
    const token = String((await ask(by(PEM))).body['access_token']);
    const further = (client: Fields, options: SendOptions) =>
      send({ ...exchangeForm(grant_id, { subject_token: token, client_id: undefined }), ...client }, options);
    const own = await further({ client_id: 'report-agent' }, by(PEM));
    expect(claimsOf(String(own.body['access_token']))['cnf']).toEqual({ 'x5t#S256': THUMBPRINT });
    for (const options of [{ key: createHolderKey() }, { ...by(OTHER_PEM), key: createHolderKey() }]) {
      const { error, description } = await further(asClient('billing'), options);
      expect([error, description]).toEqual(['invalid_request', expect.stringMatching(/another client certificate/)]);
    }
    expect((await further(asClient('billing'), {})).error).toBe('invalid_dpop_proof');
  });

  it.each<[string, string, string | undefined]>([
    ['with it', 'accepted', PEM],
    ['with another', 'certificate_mismatch', OTHER_PEM],
    ['without', 'certificate_mismatch', undefined],
  ])('is taken by a resource server %s: %s', async (_, expected, certificate) => {
    const { ask, oauth, deps } = await agent();
    const token = String((await ask(by(PEM))).body['access_token']);
    const verifier = createVerifier({
      issuer: 'https://writ.example',
      audience: 'https://billing.example.com',
      keys: await oauth.signer.jwks(),
      revocation: 'unchecked',
      clock: deps.clock,
    });
    const request = { method: 'GET', url: '/', headers: { authorization: `Bearer ${token}` } };
    const outcome = verifier.verify(request, certificate === undefined ? {} : { certificate }).then(
      () => 'accepted',
      (error: unknown) => (error as VerifyError).code,
    );
    expect(await outcome).toBe(expected);
  });
});
