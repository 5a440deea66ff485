import type { Scratch } from './scratch.ts';

/**
 * Decodes only the one canonical spelling (RFC 7515 §2): Node also takes padding, blanks, the letters of plain base64,
 * characters whose low byte is a letter's, and stray trailing bits, which would give one token many texts.
 *
 * That is looked at without writing the bytes out again, which would cost as much as all the rest: Node leaves out what is
 * no letter, so then there are fewer bytes than there should be. A test holds it to the long way.
 *
 * @param scratch where the bytes are put, if they are not to be kept
 * @returns undefined for anything else, and for nothing
 */
export function decodeBase64url(text: string, scratch?: Scratch): Buffer | undefined {
  const rest = text.length % 4;
  if (rest === 1 || text === '' || text.includes('+') || text.includes('/')) return undefined;
  // As many bytes as characters: all are ASCII.
  if (Buffer.byteLength(text) !== text.length) return undefined;
  const length = Math.floor((text.length * 3) / 4);
  const bytes = scratch?.bytes(length) ?? Buffer.allocUnsafe(length);
  if (bytes.write(text, 'base64url') !== length) return undefined;
  if (rest === 0) return bytes;
  // Of the last letter, four or two bits belong to no byte.
  return LAST_LETTERS[rest === 2 ? 'two' : 'three'].includes(text.charAt(text.length - 1)) ? bytes : undefined;
}

/** Those whose bits that belong to no byte are zero. */
const LAST_LETTERS = { two: 'AQgw', three: 'AEIMQUYcgkosw048' } as const;
