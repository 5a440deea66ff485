/**
 * Decodes only the one canonical spelling (RFC 7515 §2): libraries also take padding, blanks and stray trailing bits,
 * which would give one token many texts.
 *
 * @returns undefined for anything else, and for nothing
 */
export function decodeBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.length > 0 && bytes.toString('base64url') === text ? bytes : undefined;
}
