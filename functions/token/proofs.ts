import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { NoncesNow } from '../../adapters/oauth/dpopNonces.ts';
import type { Confirmation } from '../../core/oauth/accessToken.ts';
import type { OAuthClient } from '../../core/oauth/client.ts';
import { OAuthError } from '../../core/oauth/oauthError.ts';
import type { Mark } from '../../core/oauth/ports.ts';
import type { Clock, Sha256 } from '../../core/ports.ts';
import type { DpopExpectation, DpopProof } from '../../tokens/dpopProof.ts';
import { verifyDpopProof } from '../../tokens/dpopProof.ts';
import { member } from '../../tokens/strictJson.ts';
import { TokenFault } from '../../tokens/tokenFault.ts';
import { certificateOf } from './sender.ts';

export interface ProofDeps {
  readonly clock: Clock;
  readonly sha256: Sha256;
  readonly nonces: () => Promise<NoncesNow>;
  /** The public URL of the token endpoint, which proofs are for; never put together from `Host`. */
  readonly tokenEndpoint: string;
}

/** Keys that a request proved, and what must not be presented again. */
export interface Proofs {
  readonly confirmation?: Confirmation;
  /** Thumbprint of the key that `subject_dpop` is by. */
  readonly subjectKey?: string;
  readonly marks: readonly Mark[];
}

interface TokenAsked {
  readonly event: APIGatewayProxyEvent;
  readonly client: OAuthClient;
  readonly subjectToken?: string | undefined;
  readonly subjectDpop?: string | undefined;
}

/**
 * What the token will be bound to: the key of the DPoP proof, else the client's certificate, where it is a client that
 * is bound by one. Every proof needs a nonce of ours, so none is made ahead of time.
 *
 * @throws OAuthError `invalid_dpop_proof`, `use_dpop_nonce`, `invalid_request`
 */
export async function readProofs(deps: ProofDeps, asked: TokenAsked): Promise<Proofs> {
  const header = proofHeader(asked.event);
  const { subjectDpop } = asked;
  if (header === undefined) {
    if (subjectDpop !== undefined) {
      throw new OAuthError('invalid_request', 'subject_dpop names the key of the DPoP header: send both');
    }
    const certificate = asked.client.senderConstraint === 'mtls' ? certificateOf(asked.event) : undefined;
    return { marks: [], ...(certificate !== undefined && { confirmation: { 'x5t#S256': certificate } }) };
  }
  const { accepted } = await deps.nonces();
  const expected = { method: 'POST', url: deps.tokenEndpoint, now: deps.clock(), nonces: accepted };
  const proof = verified(header, expected);
  // Such a proof is an old key's word for another key, which has it: it proves no key of the sender's.
  if (member(proof.claims, 'bind') !== undefined) {
    throw new OAuthError('invalid_dpop_proof', 'a proof with the claim bind belongs into subject_dpop');
  }
  const confirmation = { jkt: proof.jkt };
  if (subjectDpop === undefined) return { confirmation, marks: [markOf(deps, proof)] };

  if (asked.subjectToken === undefined) {
    throw new OAuthError('invalid_request', 'subject_dpop is a proof for a subject_token: send both');
  }
  const old = verified(subjectDpop, { ...expected, accessToken: asked.subjectToken });
  if (member(old.claims, 'bind') !== proof.jkt) {
    throw new OAuthError('invalid_dpop_proof', 'the claim bind of subject_dpop must be the thumbprint of the new key');
  }
  if (old.jkt === proof.jkt && old.jti === proof.jti) {
    throw new OAuthError('invalid_dpop_proof', 'a proof was sent twice: make one for each place');
  }
  return { confirmation, subjectKey: old.jkt, marks: [markOf(deps, proof), markOf(deps, old)] };
}

/** The one header. @throws OAuthError `invalid_dpop_proof` for several (RFC 9449 §4.3) */
function proofHeader(event: APIGatewayProxyEvent): string | undefined {
  const found = Object.entries(event.multiValueHeaders).filter(([name]) => name.toLowerCase() === 'dpop');
  const [proof, ...more] = found.flatMap(([, values]) => values ?? []);
  if (more.length > 0 || proof?.includes(',')) {
    throw new OAuthError('invalid_dpop_proof', 'there is more than one DPoP proof: send one header');
  }
  return proof;
}

function verified(proof: string, expected: DpopExpectation): DpopProof {
  try {
    return verifyDpopProof(proof, expected);
  } catch (error) {
    if (!(error instanceof TokenFault)) throw error;
    throw new OAuthError(error.code === 'nonce_mismatch' ? 'use_dpop_nonce' : 'invalid_dpop_proof', error.message);
  }
}

/** An id is unique for its key alone. */
const markOf = ({ sha256 }: ProofDeps, { jkt, jti, until }: DpopProof): Mark => ({
  kind: 'dpop',
  sha256: sha256(JSON.stringify([jkt, jti])),
  until,
});
