import type { CompactJws } from '../../tokens/compactJws.ts';
import { parseCompactJws } from '../../tokens/compactJws.ts';
import { TokenFault } from '../../tokens/tokenFault.ts';
import { TOKEN_ERROR_CODES, TokenError } from './tokenError.ts';

export { normalizeTyp } from '../../tokens/compactJws.ts';

/** A token taken apart. Nothing in it is verified yet. */
export interface CompactToken extends Pick<CompactJws, 'payload' | 'signingInput' | 'signature'> {
  readonly kid: string;
  readonly alg: string;
  /** Lower case, without `application/`; empty when absent. */
  readonly typ: string;
}

/**
 * Takes an issuer's token apart, strictly. It must name its key.
 *
 * @throws TokenError `token_missing`, `token_too_large`, `token_malformed`, `header_refused`, `alg_refused`,
 * `typ_refused`
 */
export function parseCompactToken(token: string): CompactToken {
  try {
    const { header, payload, signingInput, signature } = parseCompactJws(token);
    const { kid, alg, typ } = header;
    if (kid === undefined) throw new TokenFault('header_refused', 'the header needs a well-formed `kid`');
    return { kid, alg, typ, payload, signingInput, signature };
  } catch (error) {
    const code = error instanceof TokenFault && TOKEN_ERROR_CODES.find((known) => known === error.code);
    if (!code) throw error;
    throw new TokenError(code, error.message);
  }
}
