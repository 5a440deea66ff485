import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  claimsOf,
  dpopRequest,
  headerOf,
  makeBench,
  makeKey,
  makeProof,
  makeToken,
  refusalOf,
  signText,
} from './fixture.ts';

const key = makeKey();
const holder = makeKey();
const token = makeToken(key);
const bound = makeToken(key, { cnf: { jkt: holder.kid } });
const { verifier } = makeBench(key, { cacheSize: 0 });

it('any single-bit change of a good token’s text is refused', async () => {
  for (let index = 0; index < token.length; index++) {
    for (let bit = 0; bit < 8; bit++) {
      const changed = String.fromCharCode(token.charCodeAt(index) ^ (1 << bit));
      const mutant = token.slice(0, index) + changed + token.slice(index + 1);
      const verdict = await refusalOf(verifier, mutant);
      if (verdict === 'accepted') expect.fail(`accepted with bit ${bit} of character ${index} changed`);
    }
  }
});

it('any single-bit change of a good proof is refused, and does not use it up', async () => {
  const proof = makeProof(holder, bound);
  await fc.assert(
    fc.asyncProperty(fc.nat(proof.length - 1), fc.nat(7), async (index, bit) => {
      const changed = String.fromCharCode(proof.charCodeAt(index) ^ (1 << bit));
      const mutant = proof.slice(0, index) + changed + proof.slice(index + 1);
      expect(await refusalOf(verifier, dpopRequest(bound, mutant))).toBe('proof_invalid');
    }),
    { numRuns: 300 },
  );
  expect(await refusalOf(verifier, dpopRequest(bound, proof))).toBe('accepted');
});

it('no text, with or without a scheme, is taken or makes the verifier fail', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 200 }), async (text) => {
      expect(await refusalOf(verifier, text)).not.toBe('accepted');
      for (const authorization of [text, `Bearer ${text}`, `DPoP ${text}`]) {
        const headers = { authorization, dpop: text };
        expect(await refusalOf(verifier, { method: 'GET', url: '/', headers })).not.toBe('accepted');
      }
    }),
    { numRuns: 300 },
  );
});

it('whatever Writ itself would sign by mistake, the answer is a result or a code', async () => {
  const names = Object.keys({
    ...claimsOf(),
    cnf: 0,
    max_uses: 0,
    source: 0,
    region: 0,
    consent: 0,
    nbf: 0,
    grant_chain: 0,
  });
  await fc.assert(
    fc.asyncProperty(fc.dictionary(fc.constantFrom(...names), fc.jsonValue()), async (changes) => {
      const text = signText(key, JSON.stringify(headerOf(key)), JSON.stringify(claimsOf(changes)));
      expect(await refusalOf(verifier, text)).toMatch(/^[a-z_]+$/u);
    }),
    { numRuns: 500 },
  );
});

it('no URL of a request makes the verifier fail', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), async (path) => {
      const headers = { authorization: `Bearer ${token}` };
      for (const url of [path, `/${path}`]) {
        expect(await refusalOf(verifier, { method: 'GET', url, headers })).toMatch(/^(accepted|credentials_refused)$/u);
      }
    }),
    { numRuns: 300 },
  );
});
