import { randomUUID } from 'node:crypto';
import type { Context } from 'hono';
import { Hono } from 'hono';
// In a repository of your own: `from 'writ/verify'`.
import { honoWrit, tokenTextOf } from '../../sdk/verify/index.ts';
import type { VerifiedToken, Verifier, VerifyContext } from '../../sdk/verify/index.ts';
import type { Evidence } from './evidence.ts';
import { resourceMetadata, METADATA_PATH } from './metadata.ts';
import type { ServiceNames } from './metadata.ts';

/** A customer of the shop, as the support service keeps them. */
export interface Customer {
  /** Whom tokens name as their subject. */
  readonly principal: string;
  readonly settings: { readonly language: string; readonly newsletter: boolean };
  /** Epoch milliseconds of the last reset. */
  passwordResetAt?: number;
}

export interface SupportServiceOptions extends ServiceNames {
  /** With `impersonation: true`: agents act in the customer's name here. */
  readonly verifier: Verifier;
  readonly evidence: Evidence;
  readonly customers: ReadonlyMap<string, Customer>;
  readonly clock: () => number;
}

type App = { Variables: { writ: VerifiedToken } };

/** What each route needs. There is no scope for billing, so no token has it: nobody gets there, whatever they hold. */
const NEEDS = {
  settings: { scopes: ['settings:read'] },
  reset: { scopes: ['password:reset'] },
  billing: { scopes: ['billing:read'] },
  // Customers for themselves: a second factor of the last ten minutes (RFC 9470). The subject of an impersonation did
  // not sign in, so an agent never passes here.
  ownReset: { scopes: ['password:reset'], acr: ['urn:writ:acr:mfa'], maxAgeSeconds: 600 },
} as const satisfies Record<string, VerifyContext>;

/**
 * A support service behind Writ's tokens. Every request but the one for metadata is verified before a handler sees it.
 * What a handler still has to ask is whose things the token is for: `subject`.
 */
export function supportService(options: SupportServiceOptions): Hono<App> {
  const { verifier, evidence, customers, clock } = options;
  const app = new Hono<App>();
  const needs = (what: keyof typeof NEEDS) => honoWrit<Context<App>>(verifier, NEEDS[what]);

  /** One operation: whose it is, one use if uses are counted, the deed, and what is told of it. */
  async function perform(
    c: Context<App>,
    name: string | undefined,
    operation: string,
    deed: (customer: Customer) => object,
  ) {
    const token = c.get('writ');
    const resource = name ?? 'unknown';
    const report = { token: tokenTextOf(c.req.raw), requestId: randomUUID(), operation, resource };
    const customer = customers.get(resource);
    if (!customer || customer.principal !== token.subject) {
      await evidence.report({ ...report, outcome: 'refused' });
      return c.json({ error: 'not_found' }, 404);
    }
    // Verifying spends nothing: a one-time token is spent here, just before what it is for.
    if (token.maxUses !== undefined && !(await evidence.spend(report))) {
      return c.json({ error: 'uses_exhausted' }, 403);
    }
    try {
      const done = deed(customer);
      await evidence.report({ ...report, outcome: 'succeeded' });
      return c.json(done);
    } catch (error) {
      await evidence.report({ ...report, outcome: 'failed' });
      throw error;
    }
  }
  const reset = (customer: Customer): object => {
    customer.passwordResetAt = clock();
    return { passwordResetAt: new Date(customer.passwordResetAt).toISOString() };
  };
  const ownNameOf = ({ subject }: VerifiedToken): string | undefined =>
    [...customers].find(([, { principal }]) => principal === subject)?.[0];

  app.get(METADATA_PATH, (c) => c.json(resourceMetadata(options, ['settings:read', 'password:reset'])));
  app.get('/customers/:name/settings', needs('settings'), (c) =>
    perform(c, c.req.param('name'), 'settings:read', ({ settings }) => settings),
  );
  app.post('/customers/:name/password-reset', needs('reset'), (c) =>
    perform(c, c.req.param('name'), 'password:reset', reset),
  );
  app.post('/me/password-reset', needs('ownReset'), (c) =>
    perform(c, ownNameOf(c.get('writ')), 'password:reset', reset),
  );
  app.get('/customers/:name/invoices', needs('billing'), (c) =>
    perform(c, c.req.param('name'), 'invoices:read', () => ({ invoices: [] })),
  );
  // Whatever is not named above is refused too, verified or not.
  app.notFound((c) => c.json({ error: 'not_found' }, 404));
  app.onError((_, c) => c.json({ error: 'server_error' }, 500));
  return app;
}
