import { generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { PublicJwk } from '../../../core/oauth/client.ts';
import type { TokenSigner } from '../../../core/oauth/ports.ts';
import { thumbprintOf } from '../../../tokens/thumbprint.ts';

/** What KMS is in a deployment: for tests and benches alone, since the private key is in memory. */
export interface MemorySigner extends TokenSigner {
  readonly jwks: () => Promise<{ readonly keys: readonly PublicJwk[] }>;
  /** Signs whatever is given, with any header. */
  signText(header: object | string, payload: object | string): string;
  readonly kid: string;
  readonly publicKey: KeyObject;
}

export function createMemorySigner(): MemorySigner {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const kid = thumbprintOf({ kty: 'EC', crv: 'P-256', x, y });
  const jwk = { kty: 'EC', crv: 'P-256', x, y, kid, alg: 'ES256', use: 'sig', key_ops: ['verify'] };

  function signText(header: object | string, payload: object | string): string {
    const input = [header, payload].map((part) => base64url(part)).join('.');
    const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    return `${input}.${signature.toString('base64url')}`;
  }
  return {
    kid,
    publicKey,
    signText,
    sign: async (typ, claims) => signText({ typ, alg: 'ES256', kid }, claims),
    jwks: async () => ({ keys: [jwk] }),
  };
}

const base64url = (part: object | string): string =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
