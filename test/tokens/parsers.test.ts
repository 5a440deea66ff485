import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseCompactJws } from '../../tokens/compactJws.ts';
import { verifyDpopProof } from '../../tokens/dpopProof.ts';
import { importPublicKey, SIGNATURE_ALGORITHMS } from '../../tokens/publicKey.ts';
import { decodeStatusList } from '../../tokens/statusList.ts';
import { parseStrictJson } from '../../tokens/strictJson.ts';
import { targetUrl } from '../../tokens/targetUrl.ts';
import { TOKEN_FAULT_CODES, TokenFault } from '../../tokens/tokenFault.ts';

/** Whatever is put in: a result, or a fault of the closed list that tells nothing of what was put in. */
function survives(work: () => unknown, ...input: string[]): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof TokenFault)) throw error;
    expect(TOKEN_FAULT_CODES).toContain(error.code);
    const told = inspect(error, { showHidden: true });
    for (const text of input) if (text.length > 24) expect(told).not.toContain(text.slice(0, 24));
  }
}

const segment = fc.oneof(
  fc.base64String().map((text) => Buffer.from(text, 'base64').toString('base64url')),
  fc.json().map((text) => Buffer.from(text).toString('base64url')),
  fc
    .dictionary(fc.constantFrom('alg', 'typ', 'kid', 'jwk', 'crit', 'htm', 'iat'), fc.jsonValue())
    .map((header) => Buffer.from(JSON.stringify(header)).toString('base64url')),
  fc.string({ unit: 'binary' }),
);
const token = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.array(segment, { minLength: 1, maxLength: 5 }).map((segments) => segments.join('.')),
);
const RUNS = { numRuns: 500 };

it('no text makes the parser of tokens fail otherwise than by its faults', () => {
  fc.assert(
    fc.property(token, fc.boolean(), (text, ownKey) => {
      survives(() => parseCompactJws(text, { ownKey }), text, ...text.split('.'));
    }),
    RUNS,
  );
});

it('no text is taken for a proof', () => {
  fc.assert(
    fc.property(token, (text) => {
      survives(() => {
        verifyDpopProof(text, { method: 'GET', url: 'https://a.example.com', now: 0 });
        expect.fail('taken for a proof');
      }, text);
    }),
    RUNS,
  );
});

it('no object makes the reader of keys fail otherwise', () => {
  const good = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
  const members = fc.constantFrom('kty', 'crv', 'x', 'y', 'n', 'e', 'use', 'key_ops', 'alg', 'd', 'k');
  fc.assert(
    fc.property(
      fc.dictionary(members, fc.oneof(fc.jsonValue(), fc.constantFrom('EC', 'RSA', 'OKP', 'P-256', 'Ed25519', 'AQAB'))),
      fc.constantFrom(...SIGNATURE_ALGORITHMS),
      (changes, alg) => {
        survives(() => importPublicKey(changes, alg));
        survives(() => importPublicKey({ ...good, ...changes }, alg));
      },
    ),
    RUNS,
  );
});

it('no bytes make the other readers fail otherwise', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.string({ unit: 'binary' }), (bytes, text) => {
      parseStrictJson(bytes);
      targetUrl(text);
      survives(() => decodeStatusList(text, 100));
      survives(() => decodeStatusList(Buffer.from(bytes).toString('base64url'), 100));
    }),
    RUNS,
  );
});
