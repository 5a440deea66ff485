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
  // Each request asks; they change with the step.
  let made: { readonly step: number; readonly nonces: readonly [string, string] } | undefined;
  const noncesAt = (now: number): readonly [string, string] => {
    const step = Math.floor(now / 1000 / stepSeconds);
    if (made?.step !== step) made = { step, nonces: [at(step), at(step - 1)] };
    return made.nonces;
  };
  return {
    current: (now) => noncesAt(now)[0],
    accepted: noncesAt,
  };
}
