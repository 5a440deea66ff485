import { createHash } from 'node:crypto';
import { parseCompactJws } from './compactJws.ts';
import { importPublicKey, signatureAlgorithm, SIGNATURE_ALGORITHMS } from './publicKey.ts';
import { verifySignature } from './signature.ts';
import { member } from './strictJson.ts';
import type { JsonObject } from './strictJson.ts';
import { targetUrl } from './targetUrl.ts';
import { thumbprintOf } from './thumbprint.ts';
import { TokenFault } from './tokenFault.ts';

/** Seconds for which a proof is good after it was made. */
export const DPOP_WINDOW_S = 60;
/** Seconds by which the clock of whoever made it may be ahead. */
export const DPOP_SKEW_S = 15;

const TYP = 'dpop+jwt';
/** An RSA key of 4096 bits, its signature and two URLs fit. */
const MAX_LENGTH = 6144;
/** Printable, so that it can be a part of anything; bounded, since it is kept. */
const TOKEN_ID = /^[\x21-\x7e]{1,256}$/u;

export interface DpopExpectation {
  /** Of the request that the proof came with. */
  readonly method: string;
  /** The configured public URL of what was called: never put together from `Host`, which the sender chooses. */
  readonly url: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** @default 60 */
  readonly windowSeconds?: number;
  /** The access token that came with it, for `ath`. Without it, the proof is for a token endpoint. */
  readonly accessToken?: string;
  /** The nonces that are good now. Without them, none is asked for. */
  readonly nonces?: readonly string[];
}

/** A proof whose signature, claims and target were verified. Whether it was used before is for the caller to find out. */
export interface DpopProof {
  /** Thumbprint of the key that made it: what `cnf.jkt` must be. */
  readonly jkt: string;
  readonly jti: string;
  /** Epoch milliseconds at which the window closes for it: until then its `jti` has to be remembered. */
  readonly until: number;
  readonly publicJwk: Readonly<Record<string, string>>;
  readonly nonce?: string;
  /** All of them, verified. */
  readonly claims: JsonObject;
}

/**
 * Verifies a DPoP proof (RFC 9449 §4.3).
 *
 * @param proof the text of the one `DPoP` header; two headers, joined by a comma, are no proof
 * @throws TokenFault of any code but `status_list_invalid`; `nonce_mismatch` asks for a try with a fresh nonce
 */
export function verifyDpopProof(proof: string, expected: DpopExpectation): DpopProof {
  const { header, payload, signingInput, signature } = parseCompactJws(proof, { ownKey: true, maxLength: MAX_LENGTH });
  if (header.typ !== TYP) throw new TokenFault('typ_refused', `a proof is of type ${TYP}`);
  const alg = signatureAlgorithm(header.alg);
  if (!alg) {
    throw new TokenFault('alg_refused', `a proof is signed with one of ${SIGNATURE_ALGORITHMS.join(', ')}`);
  }
  const key = importPublicKey(header.jwk ?? {}, alg);
  if (!verifySignature(key, signingInput, signature)) {
    throw new TokenFault('signature_invalid', 'the proof’s signature is not by the key in its header');
  }

  const jti = member(payload, 'jti');
  if (typeof jti !== 'string' || !TOKEN_ID.test(jti)) throw invalid('jti');
  if (member(payload, 'htm') !== expected.method) {
    throw new TokenFault('method_mismatch', 'the proof is for another method');
  }
  const htu = member(payload, 'htu');
  const target = typeof htu === 'string' ? targetUrl(htu) : undefined;
  if (target === undefined || target !== targetUrl(expected.url)) {
    throw new TokenFault('url_mismatch', 'the proof is for another URL');
  }
  const until = checkTime(payload, expected);
  checkAccessToken(payload, expected.accessToken);
  const nonce = checkNonce(payload, expected.nonces);
  const jkt = thumbprintOf(key.jwk);
  return { jkt, jti, until, publicJwk: key.jwk, ...(nonce !== undefined && { nonce }), claims: payload };
}

function checkTime(payload: JsonObject, { now, windowSeconds = DPOP_WINDOW_S }: DpopExpectation): number {
  const iat = member(payload, 'iat');
  if (typeof iat !== 'number' || !Number.isSafeInteger(iat) || iat < 0) throw invalid('iat');
  const until = (iat + windowSeconds) * 1000;
  if (iat * 1000 > now + DPOP_SKEW_S * 1000 || until <= now) {
    throw new TokenFault(
      'proof_outdated',
      'the proof was not made just now: check the clock, and make one per request',
    );
  }
  return until;
}

function checkAccessToken(payload: JsonObject, accessToken: string | undefined): void {
  if (accessToken === undefined) return;
  const ath = createHash('sha256').update(accessToken).digest('base64url');
  if (member(payload, 'ath') !== ath) throw new TokenFault('token_mismatch', 'the proof is for another access token');
}

function checkNonce(payload: JsonObject, nonces: readonly string[] | undefined): string | undefined {
  const nonce = member(payload, 'nonce');
  if (nonce !== undefined && typeof nonce !== 'string') throw invalid('nonce');
  if (nonces && (nonce === undefined || !nonces.includes(nonce))) {
    throw new TokenFault('nonce_mismatch', 'the proof needs the nonce that this answer brings');
  }
  return nonce;
}

function invalid(name: string): TokenFault {
  return new TokenFault('claim_invalid', `the proof’s claim \`${name}\` is missing or not acceptable`);
}
