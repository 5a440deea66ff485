import { OAUTH_ERRORS } from '../../contract/oauth.ts';
import { WritError } from '../../core/errors.ts';
import { OAuthError } from '../../core/oauth/oauthError.ts';
import { isTransport } from './problem.ts';

/** What a client of the authorization server is told of a failure (RFC 6749 §5.2). */
export interface OAuthRefusal {
  readonly status: number;
  readonly error: OAuthError['code'];
  readonly description: string;
  /** It is ours to look into. */
  readonly unexpected: boolean;
}

/**
 * Only errors of Writ's own speak for themselves; of all others there is a code and no text, since the texts of strangers
 * may hold what they were given.
 */
export function oauthRefusalOf(error: unknown): OAuthRefusal {
  if (error instanceof OAuthError) return refusal(error.code, error.description, false);
  if (error instanceof WritError) {
    if (error.code === 'version_conflict') {
      return refusal('temporarily_unavailable', 'the grant keeps changing: try again', false);
    }
    if (error.code === 'invalid_request') return refusal('invalid_request', error.message, false);
  }
  return isTransport(error)
    ? refusal('temporarily_unavailable', 'a service that Writ depends on did not answer: try again', true)
    : refusal('server_error', 'the request could not be completed', true);
}

const refusal = (error: OAuthError['code'], text: string, unexpected: boolean): OAuthRefusal => ({
  status: OAUTH_ERRORS[error],
  error,
  description: descriptionOf(text),
  unexpected,
});

/** RFC 6749 §5.2: printable ASCII without quotation mark and backslash. */
const descriptionOf = (text: string): string =>
  text
    .replaceAll(/[‘’“”"]/g, "'")
    .replaceAll('…', '...')
    .replaceAll(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, '?')
    .slice(0, 500);
