import { apiGatewayAuthorizer } from '../verify/index.ts';
import type { AuthorizerEvent, AuthorizerResult, Verifier } from '../verify/index.ts';

/** What a route asks of a token. None at all is a token that is good, and nothing more. */
export interface RouteNeeds {
  /** All of them. */
  readonly scopes?: readonly string[];
  /** Authentication context classes, each of which would do (RFC 9470). */
  readonly acr?: readonly string[];
  /** Seconds since the holder signed in, at most (RFC 9470). */
  readonly maxAgeSeconds?: number;
}

/** By `<METHOD> <resource path>`, such as `GET /customers/{id}/settings`. */
export type Routes = Readonly<Record<string, RouteNeeds>>;

interface RoutedEvent extends AuthorizerEvent {
  /** API Gateway's resource path, with the names of its parameters. */
  readonly resource: string;
}

/** The same text as for a scope that is not enough: what there is behind is nobody's business. */
const NOT_LISTED = { code: 'route_not_listed', error: 'insufficient_scope', wwwAuthenticate: '' };

/**
 * The authorizer of an API whose routes are listed. What is not listed is denied, whatever comes with it, so that a
 * method that was added and forgotten is closed.
 *
 * @param region where this runs, for tokens that are bound to one
 */
export function routedAuthorizer(
  verifier: Verifier,
  routes: Routes,
  region: string | undefined,
): (event: RoutedEvent) => Promise<AuthorizerResult> {
  return async (event) => {
    const route = `${event.httpMethod} ${event.resource}`;
    const needs = Object.hasOwn(routes, route) ? routes[route] : undefined;
    if (!needs) return denied(event);
    return apiGatewayAuthorizer(verifier, { ...needs, ...(region !== undefined && { region }) })(event);
  };
}

const denied = ({ methodArn }: RoutedEvent): AuthorizerResult => ({
  principalId: 'refused',
  policyDocument: {
    Version: '2012-10-17',
    // A wildcard that the caller put into the path only denies more.
    Statement: [{ Action: 'execute-api:Invoke', Effect: 'Deny', Resource: methodArn }],
  },
  context: NOT_LISTED,
});
