import { APPROVAL_ROUTES } from './routes/approvals.ts';
import { AUDIT_ROUTES } from './routes/audit.ts';
import { AWS_SESSION_ROUTES } from './routes/awsSession.ts';
import { BREAKGLASS_ROUTES } from './routes/breakglass.ts';
import { CALLBACK_ROUTES } from './routes/callbacks.ts';
import { GRANT_ROUTES } from './routes/grants.ts';
import { KEY_ROUTES } from './routes/keys.ts';
import { PUBLIC_ROUTES } from './routes/public.ts';
import { RESOURCE_ROUTES } from './routes/resources.ts';
import type { Route } from './routes/route.ts';
import { TOKEN_ROUTES } from './routes/token.ts';

export { errorsOf, type Route } from './routes/route.ts';

/** The whole contract: the OpenAPI document, the access sweep, the gateway and the clients come from these tables. */
export const ROUTES = {
  ...PUBLIC_ROUTES,
  ...CALLBACK_ROUTES,
  ...GRANT_ROUTES,
  ...APPROVAL_ROUTES,
  ...BREAKGLASS_ROUTES,
  ...AWS_SESSION_ROUTES,
  ...TOKEN_ROUTES,
  ...RESOURCE_ROUTES,
  ...KEY_ROUTES,
  ...AUDIT_ROUTES,
} as const satisfies Record<string, Route>;

export type RouteId = keyof typeof ROUTES;
