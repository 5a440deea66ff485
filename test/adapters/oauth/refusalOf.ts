import { inspect } from 'node:util';
import { OAuthError } from '../../../core/oauth/oauthError.ts';

/**
 * `<code>: <description>` of a refusal, after checking that the description is of RFC 6749 §5.2's characters, and that
 * nothing of the secrets is in the error.
 */
export async function refusalOf(attempt: Promise<unknown>, ...secrets: readonly string[]): Promise<string> {
  try {
    await attempt;
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    const told = inspect(error, { depth: null, showHidden: true });
    for (const part of secrets.flatMap((secret) => secret.split('.'))) {
      if (part.length > 8 && told.includes(part)) throw new Error('the error holds a secret', { cause: error });
    }
    if (!/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/u.test(error.description)) {
      throw new Error('the description is not of RFC 6749 §5.2', { cause: error });
    }
    return `${error.code}: ${error.description}`;
  }
  return 'accepted';
}
