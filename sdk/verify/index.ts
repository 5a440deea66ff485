/**
 * For resource servers: is this request good, who acts for whom, and what for?
 *
 * Everything that `verify` returns was checked; everything that it throws is a {@link VerifyError} with the answer to send.
 */
export type { AuthorizationDetail, Confirmation } from '../../contract/accessToken.ts';
export { clockNonces } from '../../tokens/dpopNonce.ts';
export type { DpopNonces } from '../../tokens/dpopNonce.ts';
export { dynamoReplay } from './dynamoReplay.ts';
export type { DynamoReplaySettings, PutItemClient } from './dynamoReplay.ts';
export type { ClientAuthentication, ClientCredentials } from './introspection.ts';
export type { Keys } from './keySource.ts';
export { allowInsecureUrls, skipSenderConstraint } from './options.ts';
export type { Revocation, VerifierOptions, VerifyContext } from './options.ts';
export type { PresentedRequest } from './presented.ts';
export { memoryReplay } from './replay.ts';
export type { ReplayStore } from './replay.ts';
export type { Requirements } from './requirements.ts';
export { isVerified } from './verifiedToken.ts';
export type { RevocationKnowledge, VerifiedDelegation, VerifiedImpersonation, VerifiedToken } from './verifiedToken.ts';
export { tokenTextOf } from './tokenText.ts';
export { createVerifier } from './verifier.ts';
export type { Verifier } from './verifier.ts';
export { VERIFY_ERRORS, VerifyError } from './verifyError.ts';
export type { VerifyErrorCode } from './verifyError.ts';
export { apiGatewayAuthorizer } from './middleware/apiGateway.ts';
export type { AuthorizerContext, AuthorizerEvent, AuthorizerResult } from './middleware/apiGateway.ts';
export { expressWrit, tokenOf } from './middleware/express.ts';
export { protect } from './middleware/fetch.ts';
export { honoWrit } from './middleware/hono.ts';
