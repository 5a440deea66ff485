import type { VerifyContext } from '../options.ts';
import type { VerifiedToken } from '../verifiedToken.ts';
import type { Verifier } from '../verifier.ts';
import { VerifyError } from '../verifyError.ts';
import { askedFor } from './answer.ts';
import type { Asks } from './answer.ts';

/** The part of a REST API's `REQUEST` authorizer event that is used. */
export interface AuthorizerEvent {
  readonly methodArn: string;
  readonly httpMethod: string;
  /** As the client called it, without the stage. */
  readonly path: string;
  /** With what came several times as a list. */
  readonly multiValueHeaders: Readonly<Record<string, string[] | undefined>> | null;
  readonly queryStringParameters?: Readonly<Record<string, string | undefined>> | null;
  readonly requestContext: {
    readonly identity: { readonly sourceIp: string; readonly clientCert?: { readonly clientCertPem: string } | null };
  };
}

/** For the integration: `$context.authorizer.<name>`. Ids and texts, never the token. */
export type AuthorizerContext = Readonly<Record<string, string>>;

export interface AuthorizerResult {
  readonly principalId: string;
  readonly policyDocument: {
    readonly Version: '2012-10-17';
    readonly Statement: {
      readonly Action: 'execute-api:Invoke';
      readonly Effect: 'Allow' | 'Deny';
      readonly Resource: string;
    }[];
  };
  readonly context: AuthorizerContext;
}

/**
 * The handler of a Lambda authorizer of type `REQUEST`. Configure it with `resultsCacheTtl` 0: a kept answer would outlive
 * revocation, and a DPoP proof is good for one request. Its policy allows this one method and path, and nothing else.
 *
 * API Gateway lets an authorizer say three things: allowed; denied (403), with the reason in `context`, from where a
 * gateway response can put `wwwAuthenticate` into a header; and not authenticated (401), by this very error.
 *
 * @throws Error `Unauthorized`, which API Gateway answers with 401; whatever else goes wrong becomes its 500
 */
export function apiGatewayAuthorizer(
  verifier: Verifier,
  asks?: Asks<AuthorizerEvent, VerifyContext>,
): (event: AuthorizerEvent) => Promise<AuthorizerResult> {
  return async (event) => {
    const { sourceIp, clientCert } = event.requestContext.identity;
    // From the gateway, which saw the connection. `asks` may know better, behind another proxy.
    const seen: VerifyContext = {
      sourceAddress: sourceIp,
      ...(clientCert && { certificate: clientCert.clientCertPem }),
    };
    try {
      const request = { method: event.httpMethod, url: urlOf(event), headers: event.multiValueHeaders ?? {} };
      const token = await verifier.verify(request, { ...seen, ...askedFor(asks, event) });
      return answer('Allow', token.subject, event, contextOf(token));
    } catch (error) {
      if (!(error instanceof VerifyError)) throw error;
      if (error.status === 401 || error.status === 400) throw new Error('Unauthorized', { cause: error });
      if (error.status === 503) throw new Error('the authorizer can’t decide now', { cause: error });
      const { code, error: name = '', wwwAuthenticate = '' } = error;
      return answer('Deny', 'refused', event, { code, error: name, wwwAuthenticate });
    }
  };
}

function urlOf({ path, queryStringParameters }: AuthorizerEvent): string {
  // Only so that a token in the query is seen, and refused.
  return queryStringParameters?.['access_token'] === undefined ? path : `${path}?access_token=`;
}

function answer(
  effect: 'Allow' | 'Deny',
  principalId: string,
  { methodArn }: AuthorizerEvent,
  context: AuthorizerContext,
): AuthorizerResult {
  const statement = { Action: 'execute-api:Invoke', Effect: effect, Resource: literal(methodArn) } as const;
  return { principalId, policyDocument: { Version: '2012-10-17', Statement: [statement] }, context };
}

/** The caller chose the path: its `*` and `?` must not be wildcards of the policy, nor `$` begin a variable. */
const literal = (arn: string): string => arn.replaceAll(/[*?$]/gu, (character) => `\${${character}}`);

function contextOf(token: VerifiedToken): AuthorizerContext {
  return {
    kind: token.kind,
    subject: token.subject,
    actors: JSON.stringify(token.actors),
    clientId: token.clientId,
    grantId: token.grantId,
    tokenId: token.tokenId,
    scope: token.scopes.join(' '),
    details: JSON.stringify(token.details),
    purpose: token.purpose,
    revocation: token.revocation,
  };
}
