import type { VerifyContext } from '../options.ts';
import type { VerifiedToken } from '../verifiedToken.ts';
import type { Verifier } from '../verifier.ts';
import { answerTo, askedFor } from './answer.ts';
import type { Asks } from './answer.ts';

/**
 * Puts a verifier before a handler of the fetch standard: Workers, Deno, Bun, Next.js, Lambda adapters.
 *
 * @example
 * export default { fetch: protect(verifier, { scopes: ['reports:read'] }, (request, token) => report(token.subject)) };
 */
export function protect<T extends VerifiedToken, Rest extends unknown[]>(
  verifier: Verifier<T>,
  asks: Asks<Request, VerifyContext>,
  handler: (request: Request, token: T, ...rest: Rest) => Response | Promise<Response>,
): (request: Request, ...rest: Rest) => Promise<Response> {
  return async (request, ...rest) => {
    let token: T;
    try {
      token = await verifier.verify(request, askedFor(asks, request));
    } catch (error) {
      return answerTo(error);
    }
    return handler(request, token, ...rest);
  };
}
