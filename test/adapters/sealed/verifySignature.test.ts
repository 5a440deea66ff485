import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { thumbprintOf, verifySignature } from '../../../adapters/sealed/verifySignature.ts';
import { createSigner } from './signer.ts';

const MESSAGE = 'writ-sealed-v1\nhttps://writ.example\nPOST\n/v1/grants';
/** The order of P-256 (FIPS 186-5; SP 800-186 §3.2.1.3). */
const N = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');
const bytesOf = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, '0'), 'hex');
const valueOf = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);

const signer = createSigner();
const { publicKey } = signer;
const { signature } = signer.plain(MESSAGE);
const [r, s] = [signature.subarray(0, 32), signature.subarray(32)];
const verifies = (given: Uint8Array): boolean => verifySignature(MESSAGE, { publicKey, signature: given });

describe('a signature by a key behind an agent', () => {
  it('is known', () => {
    expect(verifies(signature)).toBe(true);
  });

  it('is refused for another message or by another key', () => {
    expect(verifySignature(`${MESSAGE} `, { publicKey, signature })).toBe(false);
    expect(verifySignature(MESSAGE, { publicKey: createSigner().publicKey, signature })).toBe(false);
  });

  it('has a second form, which a nonce must make useless', () => {
    expect(verifies(Buffer.concat([r, bytesOf(N - valueOf(s))]))).toBe(true);
  });

  it.each([
    ['r is 0', () => Buffer.concat([bytesOf(0n), s])],
    ['s is 0', () => Buffer.concat([r, bytesOf(0n)])],
    ['both are 0', () => Buffer.alloc(64)],
    ['r is n', () => Buffer.concat([bytesOf(N), s])],
    ['s is n', () => Buffer.concat([r, bytesOf(N)])],
    ['both are the largest that fits', () => Buffer.alloc(64, 0xff)],
    ['r and s change places', () => Buffer.concat([s, r])],
    ['it is empty', () => Buffer.alloc(0)],
    ['it is a byte short', () => signature.subarray(1)],
    ['it is a byte long', () => Buffer.concat([signature, Buffer.alloc(1)])],
    ['it is of P-384’s length', () => Buffer.concat([signature, Buffer.alloc(32)])],
  ])('is refused when %s', (_, make) => {
    expect(verifies(make())).toBe(false);
  });

  it('is refused with any one bit flipped', () => {
    for (let bit = 0; bit < 512; bit++) {
      const flipped = Buffer.from(signature);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(verifies(flipped)).toBe(false);
    }
  });

  it('is refused in DER, which is what other libraries make', () => {
    const { privateKey, publicKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { x = '', y = '' } = key.export({ format: 'jwk' });
    const der = sign('sha256', Buffer.from(MESSAGE), privateKey);
    expect(verifySignature(MESSAGE, { publicKey: { x, y }, signature: der })).toBe(false);
  });
});

describe('a public key', () => {
  it.each([
    ['off the curve', () => ({ x: publicKey.y, y: publicKey.x })],
    ['at the origin', () => ({ x: bytesOf(0n).toString('base64url'), y: bytesOf(0n).toString('base64url') })],
    ['that is empty', () => ({ x: '', y: '' })],
    [
      'of P-384',
      () => {
        const { x = '', y = '' } = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({
          format: 'jwk',
        });
        return { x, y };
      },
    ],
    [
      'of secp256k1',
      () => {
        const { x = '', y = '' } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey.export({
          format: 'jwk',
        });
        return { x, y };
      },
    ],
  ])('%s signed nothing', (_, make) => {
    expect(verifySignature(MESSAGE, { publicKey: make(), signature })).toBe(false);
  });

  it('has the thumbprint of RFC 7638, whatever else comes with it', () => {
    // The public key of RFC 7515 appendix A.3; its thumbprint was computed with `jose` 6.
    const key = {
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
    };
    expect(thumbprintOf(key)).toBe('oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U');
  });
});

describe('a signature by a FIDO authenticator', () => {
  const { signature: given, fido } = signer.fidoSigned(MESSAGE);

  it('is known over its envelope', () => {
    expect(verifySignature(MESSAGE, { publicKey, signature: given, fido })).toBe(true);
  });

  it('is refused without a touch, also where it says so itself', () => {
    const untouched = signer.fidoSigned(MESSAGE, 0x04);
    expect(verifySignature(MESSAGE, { publicKey, ...untouched })).toBe(false);
    expect(verifySignature(MESSAGE, { publicKey, ...untouched, fido: { ...untouched.fido, flags: 0x05 } })).toBe(false);
  });

  it.each([
    ['another counter', { ...fido, counter: fido.counter + 1 }],
    ['another application', { ...fido, application: 'ssh:other' }],
    ['other flags', { ...fido, flags: 0x05 }],
  ])('is refused with %s', (_, other) => {
    expect(verifySignature(MESSAGE, { publicKey, signature: given, fido: other })).toBe(false);
  });

  it('is no signature of the message itself, nor the other way round', () => {
    expect(verifySignature(MESSAGE, { publicKey, signature: given })).toBe(false);
    expect(verifySignature(MESSAGE, { publicKey, signature, fido })).toBe(false);
  });
});
