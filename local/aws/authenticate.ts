/**
 * From a signed request to its caller, with AWS's own words for each way that it fails.
 */
import type { Identities } from './identities.ts';
import { AwsError } from './service.ts';
import type { Caller } from './service.ts';
import type { CommonError, Protocol } from './protocols/protocol.ts';
import { parseAuthorization, signatureMatches, signedAt } from './sigv4.ts';
import type { SignedRequest } from './sigv4.ts';

export interface Authenticated {
  readonly caller: Caller;
  readonly region: string;
}

export interface AuthenticationContext {
  readonly identities: Identities;
  /** Epoch milliseconds, for the session's expiry. */
  readonly now: number;
  /** For the signature's age: the clocks that a client may sign by. Messages tell the first one's time. */
  readonly signatureClocks: readonly [SignatureClock, ...SignatureClock[]];
}

export interface SignatureClock {
  /** Epoch milliseconds. */
  readonly now: number;
  /** How many times faster than real time it runs: a call takes as much longer by it. */
  readonly rate: number;
}

const MAX_SKEW_MS = 5 * 60_000;

/** @throws {AwsError} when the request is not signed, or not by a live session that knows its secret. */
export function authenticate(
  request: SignedRequest,
  protocol: Protocol,
  { identities, now, signatureClocks }: AuthenticationContext,
): Authenticated {
  const refuse = (kind: CommonError, message: string): AwsError => {
    const { code, status } = protocol.errors[kind];
    return new AwsError(code, message, status);
  };

  const header = request.headers['authorization'];
  if (header === undefined) throw refuse('missingToken', 'Request is missing Authentication Token');
  const claim = parseAuthorization(header);
  const time = signedAt(request.headers);
  if (claim === undefined || time === undefined) {
    throw refuse('incompleteSignature', 'The Authorization header or X-Amz-Date is not of Signature Version 4');
  }

  const token = request.headers['x-amz-security-token'];
  const identity = identities.resolve(claim.accessKeyId, token);
  if (identity === undefined) throw refuse('unknownKey', 'The security token included in the request is invalid.');
  if (signatureClocks.every((clock) => Math.abs(clock.now - time) > MAX_SKEW_MS * clock.rate)) {
    throw refuse('signatureMismatch', skewMessage(request.headers['x-amz-date'] ?? '', time, signatureClocks[0].now));
  }
  if (!signatureMatches(claim, request, identity.secretAccessKey)) {
    const advice =
      'Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';
    throw refuse(
      'signatureMismatch',
      `The request signature we calculated does not match the signature you provided. ${advice}`,
    );
  }
  if (identity.caller.kind === 'session' && identity.caller.expiresAt <= now) {
    throw refuse('expiredToken', 'The security token included in the request is expired');
  }
  return { caller: identity.caller, region: claim.region };
}

function skewMessage(stated: string, time: number, now: number): string {
  const relation = time < now ? 'is now earlier than' : 'is still later than';
  const verb = time < now ? 'Signature expired' : 'Signature not yet current';
  const limit = new Date(time < now ? now - MAX_SKEW_MS : now + MAX_SKEW_MS);
  return `${verb}: ${stated} ${relation} ${limit.toISOString().replace(/[-:]|\.\d{3}/g, '')} (5 min.)`;
}
