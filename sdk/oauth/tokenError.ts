import type { OAuthErrorName } from '../../contract/oauth.ts';

/**
 * The authorization server said no. Everything in it is safe to show: neither the code nor the description ever holds a
 * token, an assertion or a proof.
 */
export class TokenError extends Error {
  /** OAuth's name for it (RFC 6749 §5.2 and those that add to it). */
  readonly code: OAuthErrorName;
  readonly status: number;
  /** What was wrong and what to do instead; undefined where the server did not say. */
  readonly description: string | undefined;
  /** What `Retry-After` asked for, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(code: OAuthErrorName, status: number, description?: string, retryAfterMs?: number) {
    super(description === undefined ? code : `${code}: ${description}`);
    this.name = 'TokenError';
    this.code = code;
    this.status = status;
    this.description = description;
    this.retryAfterMs = retryAfterMs;
  }
}
