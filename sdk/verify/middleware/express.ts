import type { VerifyContext } from '../options.ts';
import { isVerified } from '../verifiedToken.ts';
import type { VerifiedToken } from '../verifiedToken.ts';
import type { Verifier } from '../verifier.ts';
import { VerifyError } from '../verifyError.ts';
import { askedFor } from './answer.ts';
import type { Asks } from './answer.ts';

/** The part of Express's request that is used. `headersDistinct` keeps what came twice; `headers` would hide it. */
interface ExpressRequest {
  readonly method: string;
  readonly originalUrl: string;
  readonly headersDistinct: Readonly<Record<string, string[] | undefined>>;
}

interface ExpressResponse {
  readonly locals: Record<string, unknown>;
  status(code: number): ExpressResponse;
  set(headers: Record<string, string>): ExpressResponse;
  json(body: unknown): unknown;
}

/**
 * Middleware for Express 4 and 5. The verified token is `response.locals.writ`; {@link tokenOf} gives it its type.
 *
 * @example
 * app.get('/reports', expressWrit(verifier, { scopes: ['reports:read'] }), (request, response) => {
 *   response.json(reportFor(tokenOf(response).subject));
 * });
 */
export function expressWrit<Req extends ExpressRequest>(
  verifier: Verifier,
  asks?: Asks<Req, VerifyContext>,
): (request: Req, response: ExpressResponse, next: (error?: unknown) => void) => Promise<void> {
  return async (request, response, next) => {
    try {
      const { method, originalUrl: url, headersDistinct: headers } = request;
      response.locals['writ'] = await verifier.verify({ method, url, headers }, askedFor(asks, request));
    } catch (error) {
      if (error instanceof VerifyError)
        response
          .status(error.status)
          .set({ ...error.headers })
          .json(error.body);
      else next(error);
      return;
    }
    next();
  };
}

/** @throws TypeError where no `expressWrit` ran before: an unprotected route must not look like a protected one */
export function tokenOf(response: { readonly locals: Record<string, unknown> }): VerifiedToken {
  const token = response.locals['writ'];
  if (isVerified(token)) return token;
  throw new TypeError('no verified token: put `expressWrit` before this handler');
}
