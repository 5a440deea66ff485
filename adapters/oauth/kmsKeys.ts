import { createHash, createPublicKey } from 'node:crypto';
import type { KMSClient } from '@aws-sdk/client-kms';
import { GetPublicKeyCommand, SignCommand } from '@aws-sdk/client-kms';
import { importPublicKey } from '../../tokens/publicKey.ts';
import { thumbprintOf } from '../../tokens/thumbprint.ts';
import { joseSignature } from './derSignature.ts';

const ALGORITHM = 'ECDSA_SHA_256';

/** The public half of a signing key, as it is published (RFC 7517). */
export interface PublishedJwk {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
  /** Its RFC 7638 thumbprint. */
  readonly kid: string;
  readonly alg: 'ES256';
  readonly use: 'sig';
  readonly key_ops: readonly ['verify'];
  readonly [member: string]: unknown;
}

/** Keys on P-256 that never leave KMS, by their ARNs. */
export interface KmsKeys {
  /**
   * One call of KMS, once the key's public half is known.
   *
   * @param claims a plain JSON object; signed as it stands
   * @returns a JWT in compact form, ES256
   */
  signJwt(keyArn: string, typ: string, claims: object): Promise<string>;
  /** The JWK set of these keys: all of them, or it rejects. */
  jwks(keyArns: readonly string[]): Promise<{ readonly keys: readonly PublishedJwk[] }>;
}

/**
 * Signs by KMS. It rejects when KMS can't be asked, or answers with what is no signature: with the SDK's error, which
 * holds neither claims nor token.
 *
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html
 */
export function createKmsKeys(client: KMSClient): KmsKeys {
  /** Public halves never change, so they are kept as long as the container lives. */
  const known = new Map<string, Promise<PublishedJwk>>();

  function publicHalf(keyArn: string): Promise<PublishedJwk> {
    const cached = known.get(keyArn);
    if (cached) return cached;
    const fetched = fetchPublicHalf(client, keyArn).catch((error: unknown) => {
      known.delete(keyArn);
      throw error;
    });
    known.set(keyArn, fetched);
    return fetched;
  }

  return {
    async signJwt(keyArn, typ, claims) {
      const { kid } = await publicHalf(keyArn);
      const input = `${segment({ typ, alg: 'ES256', kid })}.${segment(claims)}`;
      const Message = createHash('sha256').update(input, 'ascii').digest();
      const { Signature } = await client.send(
        new SignCommand({ KeyId: keyArn, Message, MessageType: 'DIGEST', SigningAlgorithm: ALGORITHM }),
      );
      if (!Signature) throw new Error('KMS answered without a signature');
      return `${input}.${joseSignature(Signature).toString('base64url')}`;
    },

    async jwks(keyArns) {
      const keys = await Promise.all([...new Set(keyArns)].map(publicHalf));
      return { keys };
    },
  };
}

async function fetchPublicHalf(client: KMSClient, keyArn: string): Promise<PublishedJwk> {
  const { PublicKey, SigningAlgorithms = [] } = await client.send(new GetPublicKeyCommand({ KeyId: keyArn }));
  if (!PublicKey || !SigningAlgorithms.includes(ALGORITHM)) throw new Error(`${keyArn} is no key for ${ALGORITHM}`);
  const exported = createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' });
  const { jwk } = importPublicKey({ ...exported.export({ format: 'jwk' }) }, 'ES256');
  const { x = '', y = '' } = jwk;
  const kid = thumbprintOf(jwk);
  return { kty: 'EC', crv: 'P-256', x, y, kid, alg: 'ES256', use: 'sig', key_ops: ['verify'] };
}

const segment = (object: object): string => Buffer.from(JSON.stringify(object), 'utf8').toString('base64url');
