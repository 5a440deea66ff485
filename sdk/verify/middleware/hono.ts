import type { VerifyContext } from '../options.ts';
import type { VerifiedToken } from '../verifiedToken.ts';
import type { Verifier } from '../verifier.ts';
import { answerTo, askedFor } from './answer.ts';
import type { Asks } from './answer.ts';

/** The part of Hono's `Context` that is used. */
interface HonoContext {
  readonly req: { readonly raw: Request };
  set(key: 'writ', token: VerifiedToken): void;
}

/**
 * Middleware for Hono. The verified token is `c.get('writ')`.
 *
 * @example
 * const app = new Hono<{ Variables: { writ: VerifiedDelegation } }>();
 * app.use('/reports/*', honoWrit(verifier, { scopes: ['reports:read'] }));
 */
export function honoWrit<C extends HonoContext>(
  verifier: Verifier,
  asks?: Asks<C, VerifyContext>,
): (context: C, next: () => Promise<void>) => Promise<Response | undefined> {
  return async (context, next) => {
    try {
      context.set('writ', await verifier.verify(context.req.raw, askedFor(asks, context)));
    } catch (error) {
      return answerTo(error);
    }
    await next();
    return undefined;
  };
}
