/**
 * What calls of `kms:Sign` must say, by algorithm: in the key's policy and in the signer's. Ed25519 takes the message,
 * ES256 its digest.
 *
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-signing-algorithm
 */
export const SIGNING_PINS = {
  ES256: { 'kms:SigningAlgorithm': 'ECDSA_SHA_256', 'kms:MessageType': 'DIGEST' },
  Ed25519: { 'kms:SigningAlgorithm': 'ED25519_SHA_512', 'kms:MessageType': 'RAW' },
} as const;
