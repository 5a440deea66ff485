import { generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { thumbprintOf } from '../../tokens/thumbprint.ts';

/** A key on P-256 in memory. */
export interface BenchKey {
  readonly jwk: { readonly kty: string; readonly crv: string; readonly x: string; readonly y: string };
  /** With id, algorithm and use, as key sets have it. */
  readonly published: BenchKey['jwk'] & { readonly kid: string; readonly alg: string; readonly use: string };
  readonly privateKey: KeyObject;
  /** ES256. */
  jwt(header: object, claims: object): string;
}

export function createKey(): BenchKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const jwk = { kty: 'EC', crv: 'P-256', x, y };
  return {
    jwk,
    published: { ...jwk, kid: thumbprintOf(jwk), alg: 'ES256', use: 'sig' },
    privateKey,
    jwt(header, claims) {
      const input = [{ alg: 'ES256', ...header }, claims].map(segment).join('.');
      const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' });
      return `${input}.${signature.toString('base64url')}`;
    },
  };
}

const segment = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
