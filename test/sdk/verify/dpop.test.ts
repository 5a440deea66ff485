import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { clockNonces, skipSenderConstraint } from '../../../sdk/verify/index.ts';
import type { ReplayStore } from '../../../sdk/verify/index.ts';
import {
  AUDIENCE,
  NOW,
  NOW_S,
  dpopRequest,
  errorOf,
  makeBench,
  makeKey,
  makeProof,
  makeToken,
  refusalOf,
} from './fixture.ts';
import type { Algorithm, ProofChanges } from './fixture.ts';

const key = makeKey();
const holder = makeKey();
const bound = makeToken(key, { cnf: { jkt: holder.kid } });
const unbound = makeToken(key);
const { verifier } = makeBench(key);
const good = (changes: ProofChanges = {}) => makeProof(holder, bound, changes);

it('a bound token with its proof is accepted', async () => {
  const token = await verifier.verify(dpopRequest(bound, good()));
  expect(token.confirmation).toEqual({ jkt: holder.kid });
});

it.each<Algorithm>(['ES256', 'EdDSA', 'RS256', 'PS256'])('a key of %s may prove', async (alg) => {
  const other = makeKey(alg);
  const token = makeToken(key, { cnf: { jkt: other.kid } });
  expect(await refusalOf(verifier, dpopRequest(token, makeProof(other, token)))).toBe('accepted');
});

it('EdDSA may be called by its newer name, by a key of that curve alone', async () => {
  const header = { alg: 'Ed25519' };
  const other = makeKey('EdDSA');
  const token = makeToken(key, { cnf: { jkt: other.kid } });
  for (const alg of ['Ed25519', 'EdDSA', 'ES256']) {
    const named = makeProof(other, token, { header: { ...header, jwk: { ...other.plain, alg } } });
    const verdict = alg === 'ES256' ? 'proof_invalid' : 'accepted';
    expect(await refusalOf(verifier, dpopRequest(token, named)), alg).toBe(verdict);
  }
  expect(await refusalOf(verifier, dpopRequest(token, makeProof(other, token, { header })))).toBe('accepted');
  expect(await refusalOf(verifier, dpopRequest(bound, good({ header })))).toBe('proof_invalid');
});

it('a request of the fetch standard will do', async () => {
  const headers = { authorization: `dpop ${bound}`, dpop: good() };
  expect(await refusalOf(verifier, new Request(`${AUDIENCE}/reports`, { headers }))).toBe('accepted');
});

describe('how a token is sent', () => {
  it('a bound one as Bearer is refused, with and without proof', async () => {
    const authorization = `Bearer ${bound}`;
    const error = await errorOf(verifier, dpopRequest(bound, good(), { headers: { authorization, dpop: good() } }));
    expect(error).toMatchObject({ code: 'scheme_mismatch', status: 401, error: 'invalid_token' });
    expect(await refusalOf(verifier, dpopRequest(bound, undefined, { headers: { authorization } }))).toBe(
      'scheme_mismatch',
    );
    expect(await refusalOf(verifier, bound)).toBe('scheme_mismatch');
  });

  it('an unbound one as DPoP is refused', async () => {
    const error = await errorOf(verifier, dpopRequest(unbound, makeProof(holder, unbound)));
    expect(error).toMatchObject({ code: 'scheme_mismatch', status: 401, error: 'invalid_token' });
    expect(error?.wwwAuthenticate).toMatch(/^DPoP error="invalid_token", .*algs="ES256 Ed25519 EdDSA PS256 RS256"$/u);
  });

  it('one bound to a certificate as DPoP is refused', async () => {
    const token = makeToken(key, { cnf: { 'x5t#S256': holder.kid } });
    expect(await refusalOf(verifier, dpopRequest(token, makeProof(holder, token)))).toBe('scheme_mismatch');
  });

  it('a worker behind the server may skip the proof, by a symbol alone', async () => {
    expect(await refusalOf(verifier, bound, { [skipSenderConstraint]: true })).toBe('accepted');
    const parsed = JSON.parse('{"skipSenderConstraint":true}') as object;
    expect(await refusalOf(verifier, bound, parsed)).toBe('scheme_mismatch');
  });
});

describe('a proof', () => {
  const weak = makeKey('RS256', 1024);
  const other = makeKey();
  const proofs: [string, string | undefined, string][] = [
    ['that is missing', undefined, 'proof_missing'],
    ['that is empty', '', 'proof_invalid'],
    ['twice, joined by a comma', `${good()},${good()}`, 'proof_invalid'],
    ['twice, joined by a comma and a blank', `${good()}, ${good()}`, 'proof_invalid'],
    ['that is no token', 'proof', 'proof_invalid'],
    ['of 7 kB', good({ claims: { filler: 'x'.repeat(5_000) } }), 'proof_invalid'],
    ['by another key', makeProof(other, bound), 'proof_mismatch'],
    ['that names another key', good({ header: { jwk: other.plain } }), 'proof_invalid'],
    ['of type JWT', good({ header: { typ: 'JWT' } }), 'proof_invalid'],
    ['without type', good({ header: { typ: undefined } }), 'proof_invalid'],
    ['that is an access token', bound, 'proof_invalid'],
    ['without jwk', good({ header: { jwk: undefined } }), 'proof_invalid'],
    ['with its private key', good({ header: { jwk: holder.privateKey.export({ format: 'jwk' }) } }), 'proof_invalid'],
    ['with a secret', good({ header: { jwk: { kty: 'oct', k: 'c2VjcmV0' } } }), 'proof_invalid'],
    ['with alg none', good({ header: { alg: 'none' } }), 'proof_invalid'],
    ['with alg HS256', good({ header: { alg: 'HS256' } }), 'proof_invalid'],
    ['with alg ES384', good({ header: { alg: 'ES384' } }), 'proof_invalid'],
    ['with the alg of another type', good({ header: { alg: 'RS256' } }), 'proof_invalid'],
    ['with crit', good({ header: { crit: ['x'], x: 1 } }), 'proof_invalid'],
    ['with jku', good({ header: { jku: 'https://evil.example.com' } }), 'proof_invalid'],
    ['by an RSA key of 1024 bits', makeProof(weak, bound), 'proof_invalid'],
    ['without jti', good({ claims: { jti: undefined } }), 'proof_invalid'],
    ['with an empty jti', good({ claims: { jti: '' } }), 'proof_invalid'],
    ['with an oversized jti', good({ claims: { jti: 'x'.repeat(257) } }), 'proof_invalid'],
    ['with a jti that is a number', good({ claims: { jti: 7 } }), 'proof_invalid'],
    ['without htm', good({ claims: { htm: undefined } }), 'proof_invalid'],
    ['for another method', good({ claims: { htm: 'POST' } }), 'proof_invalid'],
    ['for the method in lower case', good({ claims: { htm: 'get' } }), 'proof_invalid'],
    ['without htu', good({ claims: { htu: undefined } }), 'proof_invalid'],
    ['for another path', good({ claims: { htu: `${AUDIENCE}/other` } }), 'proof_invalid'],
    ['for a path with a slash more', good({ claims: { htu: `${AUDIENCE}/reports/` } }), 'proof_invalid'],
    ['for the path in another case', good({ claims: { htu: `${AUDIENCE}/Reports` } }), 'proof_invalid'],
    ['for another host', good({ claims: { htu: 'https://evil.example.com/reports' } }), 'proof_invalid'],
    ['for another port', good({ claims: { htu: 'https://billing.example.com:8443/reports' } }), 'proof_invalid'],
    ['for http', good({ claims: { htu: 'http://billing.example.com/reports' } }), 'proof_invalid'],
    ['for a user', good({ claims: { htu: 'https://a@billing.example.com/reports' } }), 'proof_invalid'],
    ['for a path alone', good({ claims: { htu: '/reports' } }), 'proof_invalid'],
    ['without iat', good({ claims: { iat: undefined } }), 'proof_invalid'],
    ['with iat in a string', good({ claims: { iat: String(NOW_S) } }), 'proof_invalid'],
    ['with a fraction of iat', good({ claims: { iat: NOW_S + 0.5 } }), 'proof_invalid'],
    ['that is too old', good({ claims: { iat: NOW_S - 60 } }), 'proof_invalid'],
    ['from the future', good({ claims: { iat: NOW_S + 16 } }), 'proof_invalid'],
    ['without ath', good({ claims: { ath: undefined } }), 'proof_invalid'],
    ['for another token', good({ claims: { ath: 'A'.repeat(43) } }), 'proof_invalid'],
    ['for another text of the token', makeProof(holder, unbound), 'proof_invalid'],
  ];
  it.each(proofs)('%s is refused', async (_name, proof, code) => {
    const error = await errorOf(verifier, dpopRequest(bound, proof));
    expect(error).toMatchObject({ code, status: 401, error: 'invalid_dpop_proof' });
    expect(error?.wwwAuthenticate).toMatch(/^DPoP error="invalid_dpop_proof"/u);
  });

  it('in two headers is refused', async () => {
    const headers = { authorization: `DPoP ${bound}`, DPoP: [good(), good()] };
    expect(await refusalOf(verifier, dpopRequest(bound, '', { headers }))).toBe('credentials_refused');
    const joined = new Headers({ authorization: `DPoP ${bound}` });
    for (const proof of [good(), good()]) joined.append('dpop', proof);
    expect(await refusalOf(verifier, dpopRequest(bound, '', { headers: joined }))).toBe('proof_invalid');
  });

  const fitting: [string, ProofChanges, string][] = [
    ['with a query and a fragment', { claims: { htu: `${AUDIENCE}/reports?a=1#b` } }, '/reports?c=2'],
    ['with host and scheme in capitals', { claims: { htu: 'HTTPS://Billing.Example.COM/reports' } }, '/reports'],
    ['with the default port', { claims: { htu: 'https://billing.example.com:443/reports' } }, '/reports'],
    ['with needless escapes', { claims: { htu: `${AUDIENCE}/%72eports` } }, '/reports'],
    ['with escapes in the other case', { claims: { htu: `${AUDIENCE}/a%2fb` } }, '/a%2Fb'],
    ['with dot segments', { claims: { htu: `${AUDIENCE}/a/../reports` } }, '/reports'],
    ['59 s old', { claims: { iat: NOW_S - 59 } }, '/reports'],
    ['15 s ahead', { claims: { iat: NOW_S + 15 } }, '/reports'],
  ];
  it.each(fitting)('%s is accepted', async (_name, changes, url) => {
    expect(await refusalOf(verifier, dpopRequest(bound, good(changes), { url }))).toBe('accepted');
  });

  it('is compared with the configured URL, whatever the request says of its host', async () => {
    const headers = {
      authorization: `DPoP ${bound}`,
      dpop: good({ claims: { htu: 'https://evil.example.com/reports' } }),
    };
    const request = new Request('https://evil.example.com/reports', {
      headers: { ...headers, host: 'evil.example.com' },
    });
    expect(await refusalOf(verifier, request)).toBe('proof_invalid');
    expect(await refusalOf(verifier, dpopRequest(bound, good(), { url: '//evil.example.com/reports' }))).toBe(
      'proof_invalid',
    );
  });

  it('is compared with the prefix that a proxy takes off', async () => {
    const behind = makeBench(key, { publicUrl: 'https://api.example.com/billing/' }).verifier;
    const claims = { htu: 'https://api.example.com/billing/reports' };
    expect(await refusalOf(behind, dpopRequest(bound, good({ claims })))).toBe('accepted');
    expect(await refusalOf(behind, dpopRequest(bound, good()))).toBe('proof_invalid');
  });
});

describe('a proof that was used', () => {
  it('is refused, as long as it would be good', async () => {
    const bench = makeBench(key);
    const proof = good();
    expect(await refusalOf(bench.verifier, dpopRequest(bound, proof))).toBe('accepted');
    const error = await errorOf(bench.verifier, dpopRequest(bound, proof));
    expect(error).toMatchObject({ code: 'proof_replayed', error: 'invalid_dpop_proof', status: 401 });
    bench.now += 59_999;
    expect(await refusalOf(bench.verifier, dpopRequest(bound, proof))).toBe('proof_replayed');
    bench.now += 1;
    expect(await refusalOf(bench.verifier, dpopRequest(bound, proof))).toBe('proof_invalid');
  });

  it('does not use up another key’s id', async () => {
    const bench = makeBench(key);
    const second = makeKey();
    const token = makeToken(key, { cnf: { jkt: second.kid } });
    const claims = { jti: 'the-same-id' };
    expect(await refusalOf(bench.verifier, dpopRequest(bound, good({ claims })))).toBe('accepted');
    expect(await refusalOf(bench.verifier, dpopRequest(token, makeProof(second, token, { claims })))).toBe('accepted');
  });

  it('is not used up by a request that was refused', async () => {
    const bench = makeBench(key);
    const proof = good();
    expect(await refusalOf(bench.verifier, dpopRequest(bound, proof), { scopes: ['admin'] })).toBe(
      'scope_insufficient',
    );
    expect(await refusalOf(bench.verifier, dpopRequest(bound, proof))).toBe('accepted');
  });

  /** A store across the network: conditional writes, each 3 ms away. */
  const farStore = (): ReplayStore => {
    const marks = new Set<string>();
    return {
      async spend(mark) {
        await sleep(3);
        const known = marks.has(mark);
        marks.add(mark);
        await sleep(3);
        return known ? 'replayed' : 'spent';
      },
    };
  };
  const stores: [string, ReplayStore | undefined][] = [
    ['in memory', undefined],
    ['3 ms away', farStore()],
  ];
  it.each(stores)('20 times at once passes exactly once, with the store %s', async (_name, replay) => {
    const bench = makeBench(key, replay && { replay });
    const proof = good();
    const verdicts = await Promise.all(
      Array.from({ length: 20 }, () => refusalOf(bench.verifier, dpopRequest(bound, proof))),
    );
    expect(verdicts.filter((verdict) => verdict === 'accepted')).toHaveLength(1);
    expect(verdicts.filter((verdict) => verdict === 'proof_replayed')).toHaveLength(19);
  });

  const broken: [string, ReplayStore['spend'], string][] = [
    ['fails', () => Promise.reject(new Error('down')), 'replay_unknown'],
    [
      'throws',
      () => {
        throw new Error('down');
      },
      'replay_unknown',
    ],
    ['answers something else', async () => true as unknown as 'spent', 'proof_replayed'],
  ];
  it.each(broken)('is not taken where the store %s', async (_name, spend, code) => {
    const bench = makeBench(key, { replay: { spend } });
    expect(await refusalOf(bench.verifier, dpopRequest(bound, good()))).toBe(code);
  });
});

describe('with nonces', () => {
  const nonces = clockNonces(Buffer.alloc(32, 7));
  const asking = makeBench(key, { nonces });

  it('a proof without one is asked to try again', async () => {
    const error = await errorOf(asking.verifier, dpopRequest(bound, good()));
    expect(error).toMatchObject({ code: 'nonce_required', status: 401, error: 'use_dpop_nonce' });
    expect(error?.wwwAuthenticate).toMatch(/^DPoP error="use_dpop_nonce"/u);
    expect(error?.headers['dpop-nonce']).toBe(nonces.current(NOW));
    const claims = { nonce: error?.dpopNonce };
    expect(await refusalOf(asking.verifier, dpopRequest(bound, good({ claims })))).toBe('accepted');
  });

  const others: [string, unknown, string][] = [
    ['of long ago', nonces.current(NOW - 120_000), 'nonce_required'],
    ['to come', nonces.current(NOW + 60_000), 'nonce_required'],
    ['of another secret', clockNonces(Buffer.alloc(32, 8)).current(NOW), 'nonce_required'],
    ['that is no text', 7, 'proof_invalid'],
    ['of the step before', nonces.current(NOW - 60_000), 'accepted'],
  ];
  it.each(others)('one %s: %j is %s', async (_name, nonce, verdict) => {
    expect(await refusalOf(asking.verifier, dpopRequest(bound, good({ claims: { nonce } })))).toBe(verdict);
  });
});
