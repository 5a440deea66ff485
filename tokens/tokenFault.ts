/** Every reason for which a token, a key, a proof or a status list is refused here, as a closed list. */
export const TOKEN_FAULT_CODES = [
  'token_missing',
  'token_too_large',
  'token_malformed',
  'header_refused',
  'alg_refused',
  'typ_refused',
  'key_refused',
  'signature_invalid',
  'claim_invalid',
  'method_mismatch',
  'url_mismatch',
  'token_mismatch',
  'nonce_mismatch',
  'proof_outdated',
  'status_list_invalid',
] as const;

export type TokenFaultCode = (typeof TOKEN_FAULT_CODES)[number];

/**
 * Something was refused. The message is safe to log and to show: it names members and rules, and never holds the token,
 * a claim's value, or the error of a parser (which quotes its input).
 */
export class TokenFault extends Error {
  readonly code: TokenFaultCode;

  constructor(code: TokenFaultCode, message: string) {
    super(message);
    this.name = 'TokenFault';
    this.code = code;
  }
}
