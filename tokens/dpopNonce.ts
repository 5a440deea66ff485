import { createHmac } from 'node:crypto';

/** Seconds after which the nonce changes. The one before stays good for as long again. */
const DEFAULT_STEP_S = 60;

export interface DpopNonces {
  /** For the `DPoP-Nonce` header. */
  current(now: number): string;
  /** Those that are good at the time, the current one first. */
  accepted(now: number): readonly string[];
}

/**
 * Nonces for DPoP proofs (RFC 9449 §8) that follow from the clock: nothing is kept, and every instance with the same
 * secret gives and takes the same ones.
 *
 * @param secret at least 32 random bytes, the same in all instances
 */
export function clockNonces(secret: Uint8Array, stepSeconds = DEFAULT_STEP_S): DpopNonces {
  if (secret.length < 32) throw new RangeError('the secret for nonces must have at least 32 bytes');
  const at = (step: number): string =>
    createHmac('sha256', secret).update(`writ-dpop-nonce:${step}`).digest('base64url');
  const stepOf = (now: number): number => Math.floor(now / 1000 / stepSeconds);
  return {
    current: (now) => at(stepOf(now)),
    accepted: (now) => [at(stepOf(now)), at(stepOf(now) - 1)],
  };
}
