import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { thumbprintOf } from '../../../adapters/sealed/verifySignature.ts';
import type { SealedCredential, SealedRequest } from '../../../contract/sealed.ts';
import { sealedMessage } from '../../../contract/sealed.ts';

/** A P-256 key in software that signs as one behind an SSH agent does, or as a FIDO authenticator. */
export function createSigner({ fido = false } = {}) {
  const { privateKey, publicKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  const publicKey = { x, y };
  let counter = 0;

  const signed = (bytes: Buffer): Buffer => sign('sha256', bytes, { key: privateKey, dsaEncoding: 'ieee-p1363' });

  /** What an authenticator signs besides, and the signature over both. */
  function fidoSigned(message: string, flags = 0x01) {
    const said = { application: 'ssh:', flags, counter: ++counter };
    const rest = Buffer.alloc(5);
    rest.writeUInt8(flags, 0);
    rest.writeUInt32BE(said.counter, 1);
    const bytes = Buffer.concat([sha256(said.application), rest, sha256(message)]);
    return { fido: said, signature: signed(bytes) };
  }

  const plain = (message: string) => ({ signature: signed(Buffer.from(message)) });

  return {
    id: thumbprintOf(publicKey),
    publicKey,
    plain,
    fidoSigned,
    credential: (request: Omit<SealedRequest, 'key'>, flags?: number): SealedCredential => {
      const message = sealedMessage({ ...request, key: thumbprintOf(publicKey) });
      const { signature, ...more } = fido ? fidoSigned(message, flags) : plain(message);
      return {
        key: thumbprintOf(publicKey),
        at: request.at,
        nonce: request.nonce,
        signature: signature.toString('base64url'),
        ...more,
      };
    },
  };
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
