import { APPROVAL_ROUTES } from './routes/approvals.ts';
import { AUDIT_ROUTES } from './routes/audit.ts';
import { AWS_SESSION_ROUTES } from './routes/awsSession.ts';
import { BREAKGLASS_ROUTES } from './routes/breakglass.ts';
import { CALLBACK_ROUTES } from './routes/callbacks.ts';
import { GRANT_ROUTES } from './routes/grants.ts';
import { PUBLIC_ROUTES } from './routes/public.ts';
import type { Route } from './routes/route.ts';

export { errorsOf, type Route } from './routes/route.ts';

/** The whole contract: the OpenAPI document, the access sweep, the gateway and the clients come from these tables. */
export const ROUTES = {
  ...PUBLIC_ROUTES,
  ...CALLBACK_ROUTES,
  ...GRANT_ROUTES,
  ...APPROVAL_ROUTES,
  ...BREAKGLASS_ROUTES,
  ...AWS_SESSION_ROUTES,
  ...AUDIT_ROUTES,
} as const satisfies Record<string, Route>;

export type RouteId = keyof typeof ROUTES;
