import { verifyDpopProof } from '../../tokens/dpopProof.ts';
import { TokenFault } from '../../tokens/tokenFault.ts';
import type { FakeApi, FakeForm, FakeFormAnswer } from './fake-api.ts';

/**
 * A token endpoint that checks proofs as the real one does, and asks for a nonce with each. What it gives out looks like
 * tokens and is signed by nobody.
 */
export function fakeTokenEndpoint(api: FakeApi) {
  const state = {
    nonce: 'nonce-1',
    lifetimeSeconds: 300,
    refresh: false,
    /** Forms whose proofs were good, in the order in which they came. */
    forms: [] as Readonly<Record<string, string>>[],
    /** Said once instead of giving a token out. */
    refusals: [] as FakeFormAnswer[],
    spent: new Set<string>(),
    issued: 0,
    jtis: new Set<string>(),
    /** Claims that the next tokens say in addition. */
    claims: {} as Record<string, unknown>,
    scope: 'reports:read reports:export',
  };

  const refuse = (error: string, description = 'no (fake)', headers = {}): FakeFormAnswer => ({
    status: error === 'invalid_client' ? 401 : 400,
    body: { error, error_description: description },
    headers: { 'dpop-nonce': state.nonce, ...headers },
  });

  api.oauth.issueToken = ({ fields, headers }: FakeForm) => {
    const proofText = headers['dpop'];
    let jkt: string | undefined;
    if (typeof proofText === 'string') {
      try {
        const expected = { method: 'POST', url: `${api.url}/oauth2/token`, now: Date.now(), nonces: [state.nonce] };
        const proof = verifyDpopProof(proofText, expected);
        if (state.jtis.has(proof.jti)) return refuse('invalid_dpop_proof', 'used before');
        state.jtis.add(proof.jti);
        jkt = proof.jkt;
      } catch (error) {
        const isNonce = error instanceof TokenFault && error.code === 'nonce_mismatch';
        return refuse(isNonce ? 'use_dpop_nonce' : 'invalid_dpop_proof', String(error));
      }
    }
    state.forms.push(fields);
    const refusal = state.refusals.shift();
    if (refusal) return refusal;
    const used = fields['refresh_token'];
    if (used !== undefined) {
      if (state.spent.has(used)) return refuse('invalid_grant', 'the refresh token was used before');
      state.spent.add(used);
    }
    state.issued += 1;
    return {
      status: 200,
      headers: { 'dpop-nonce': state.nonce },
      body: {
        access_token: unsigned({
          jti: `token-${state.issued}`,
          sub: 'admin|alice',
          aud: fields['audience'] ?? 'https://billing.example.com',
          ...(jkt !== undefined && { cnf: { jkt } }),
          ...state.claims,
        }),
        token_type: jkt === undefined ? 'Bearer' : 'DPoP',
        expires_in: state.lifetimeSeconds,
        scope: fields['scope'] ?? state.scope,
        ...(state.refresh && { refresh_token: `refresh-${state.issued}` }),
      },
    };
  };
  return state;
}

const unsigned = (claims: Readonly<Record<string, unknown>>): string =>
  [{ alg: 'ES256', typ: 'at+jwt' }, claims, 'signature']
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
