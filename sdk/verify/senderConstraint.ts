import { createHash } from 'node:crypto';
import { certificateThumbprint } from '../../tokens/certificate.ts';
import { verifyDpopProof } from '../../tokens/dpopProof.ts';
import type { DpopProof } from '../../tokens/dpopProof.ts';
import type { DpopNonces } from '../../tokens/dpopNonce.ts';
import { sourceBinding } from '../../tokens/sourceBinding.ts';
import { TokenFault } from '../../tokens/tokenFault.ts';
import type { AccessTokenClaims } from '../../contract/accessToken.ts';
import type { VerifyContext } from './options.ts';
import type { Presented } from './presented.ts';
import { Refusal } from './refusal.ts';
import type { ReplayStore } from './replay.ts';

export interface ProofSettings {
  /** Without a slash at the end. */
  readonly publicUrl: string;
  readonly nonces: DpopNonces | undefined;
}

/**
 * Whether the token came as it has to: a bound one with the proof of its key (RFC 9449 §7.1) or with its certificate
 * (RFC 8705 §3), one that is bound to nothing as `Bearer`.
 *
 * @returns the proof that must be spent before anything is done
 * @throws Refusal
 */
export function checkSender(
  presented: Presented,
  { cnf }: AccessTokenClaims,
  context: VerifyContext,
  settings: ProofSettings,
  now: number,
): DpopProof | undefined {
  if (cnf && 'jkt' in cnf) return checkProof(presented, cnf.jkt, settings, now);
  if (presented.scheme === 'DPoP') {
    throw new Refusal('scheme_mismatch', 'the token is not bound to a key: it has to be sent as `Bearer`');
  }
  if (cnf && thumbprintOf(context.certificate) !== cnf['x5t#S256']) {
    throw new Refusal('certificate_mismatch', 'the token is bound to another client certificate');
  }
  return undefined;
}

const thumbprintOf = (certificate: string | undefined): string | undefined =>
  certificate === undefined ? undefined : certificateThumbprint(certificate);

function checkProof(
  { scheme, token, request }: Presented,
  jkt: string,
  settings: ProofSettings,
  now: number,
): DpopProof {
  if (scheme !== 'DPoP' || !request) {
    throw new Refusal('scheme_mismatch', 'the token is bound to a key: it has to be sent as `DPoP`, with a proof');
  }
  if (request.proof === undefined) throw new Refusal('proof_missing', 'the request has no DPoP proof');
  let proof: DpopProof;
  try {
    const nonces = settings.nonces?.accepted(now);
    const url = settings.publicUrl + request.path;
    proof = verifyDpopProof(request.proof, {
      method: request.method,
      url,
      now,
      accessToken: token,
      ...(nonces && { nonces }),
    });
  } catch (error) {
    if (!(error instanceof TokenFault)) throw error;
    if (error.code !== 'nonce_mismatch' || !settings.nonces) throw new Refusal('proof_invalid', error.message);
    throw new Refusal('nonce_required', error.message, { nonce: settings.nonces.current(now) });
  }
  if (proof.jkt !== jkt) throw new Refusal('proof_mismatch', 'the proof is by another key than the token’s');
  return proof;
}

/**
 * Takes the proof, once. The last thing that is done, so that a refused request does not use it up.
 *
 * @throws Refusal `proof_replayed`, `replay_unknown`
 */
export async function spendProof({ jkt, jti, until }: DpopProof, store: ReplayStore, now: number): Promise<void> {
  // Of bounded length, and nobody can use up another key's ids.
  const mark = createHash('sha256').update(`${jkt}|${jti}`).digest('base64url');
  let result: 'spent' | 'replayed';
  try {
    result = await store.spend(mark, until, now);
  } catch {
    throw new Refusal('replay_unknown', 'whether the DPoP proof was used before can’t be known now');
  }
  // Whatever else a store answers is no permission.
  if (result !== 'spent') throw new Refusal('proof_replayed', 'the DPoP proof was used before: make one per request');
}

/**
 * Address and Region, where the token is bound to them.
 *
 * @throws Refusal `address_mismatch`, `region_mismatch`
 */
export function checkPlace(claims: AccessTokenClaims, { sourceAddress, region }: VerifyContext): void {
  const { source, jti } = claims;
  if (source !== undefined && (sourceAddress === undefined || sourceBinding(jti, sourceAddress) !== source)) {
    throw new Refusal('address_mismatch', 'the token is bound to another address');
  }
  if (claims.region !== undefined && region !== claims.region) {
    throw new Refusal('region_mismatch', 'the token is bound to another Region');
  }
}
