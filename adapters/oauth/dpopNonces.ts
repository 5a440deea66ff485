import * as z from 'zod';
import type { Clock } from '../../core/ports.ts';
import type { DpopNonces } from '../../tokens/dpopNonce.ts';
import { clockNonces } from '../../tokens/dpopNonce.ts';
import { DPOP_NONCE_SECRET } from '../notify/secretNames.ts';
import type { Secrets } from '../notify/secrets.ts';

/** HMAC-SHA-256 takes no less: 43 letters and digits are 256 random bits. */
const nonceSecret = z.object({ signingKey: z.string().min(43) });
type NonceSecret = z.infer<typeof nonceSecret>;

/** Nonces for DPoP proofs (RFC 9449 §8) at this moment. */
export interface NoncesNow {
  /** For the `DPoP-Nonce` header. */
  readonly current: string;
  /** Those that a proof may hold: of this minute and the one before, by the secret and, after its rotation, the former. */
  readonly accepted: readonly string[];
}

/**
 * Stateless nonces: every instance derives the same ones from the clock and a secret that Secrets Manager keeps and
 * rotates. None is good for more than two minutes.
 *
 * @returns rejects when the secret can't be read, or is shorter than 43 characters
 */
export function createDpopNonces({ secrets, clock }: { readonly secrets: Secrets; readonly clock: Clock }) {
  /** Of the secrets in use: what they give is computed once a minute. */
  let known: ReadonlyMap<string, DpopNonces> = new Map();
  const noncesOf = ({ signingKey }: NonceSecret): DpopNonces =>
    known.get(signingKey) ?? clockNonces(Buffer.from(signingKey, 'utf8'));

  return async (): Promise<NoncesNow> => {
    const { current, previous } = await secrets.read(DPOP_NONCE_SECRET, nonceSecret);
    const now = clock();
    const inUse = previous ? [current, previous] : [current];
    known = new Map(inUse.map((secret) => [secret.signingKey, noncesOf(secret)]));
    return { current: noncesOf(current).current(now), accepted: inUse.flatMap((one) => noncesOf(one).accepted(now)) };
  };
}
