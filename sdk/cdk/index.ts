/**
 * For CDK apps: an API Gateway REST API whose methods take Writ's delegation tokens. `aws-cdk-lib` and `constructs` are
 * the app's own.
 *
 * Where this is packaged, `handler.ts` is bundled to `authorizer.mjs` beside it: the code of the function.
 */
export type { RouteNeeds } from './routedAuthorizer.ts';
export { WritTokenAuthorizer } from './WritTokenAuthorizer.ts';
export type { AuthorizerRevocation, WritTokenAuthorizerProps } from './WritTokenAuthorizer.ts';
