import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK } from 'jose';
import type { CryptoKey, JWK } from 'jose';

/** A key pair that tokens are bound to (RFC 9449): whoever uses such a token proves that they hold the private half. */
export interface DpopKey {
  readonly privateKey: CryptoKey;
  /** The public half, as proofs carry it. */
  readonly publicJwk: Readonly<JWK>;
  /** Its thumbprint (RFC 7638): what `cnf.jkt` says in the tokens. */
  readonly thumbprint: string;
}

const ALGORITHM = 'ES256';

/** A new one. Unless it is `extractable`, the private half never leaves this process. */
export async function generateDpopKey({ extractable = false } = {}): Promise<DpopKey> {
  const { privateKey, publicKey } = await generateKeyPair(ALGORITHM, { extractable });
  return describe(privateKey, await exportJWK(publicKey));
}

/**
 * One that was kept.
 *
 * @param jwk with its private half: P-256
 * @throws TypeError for anything else
 */
export async function dpopKeyFrom(jwk: Readonly<JWK>): Promise<DpopKey> {
  const { kty, crv, x, y, d } = jwk;
  if (kty !== 'EC' || crv !== 'P-256' || x === undefined || y === undefined || d === undefined) {
    throw new TypeError('a key for DPoP is a private P-256 key as a JWK');
  }
  const privateKey = await importJWK({ kty, crv, x, y, d }, ALGORITHM);
  if (privateKey instanceof Uint8Array) throw new TypeError('a key for DPoP is no shared secret');
  return describe(privateKey, { kty, crv, x, y });
}

/** With its private half, to be kept as a secret. Of one that was generated `extractable`. */
export const exportDpopKey = ({ privateKey }: DpopKey): Promise<JWK> => exportJWK(privateKey);

async function describe(privateKey: CryptoKey, { kty, crv, x, y }: JWK): Promise<DpopKey> {
  const publicJwk = { kty, crv, x, y } as JWK;
  return { privateKey, publicJwk, thumbprint: await calculateJwkThumbprint(publicJwk) };
}
