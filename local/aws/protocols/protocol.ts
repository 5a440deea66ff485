/**
 * What the endpoint needs of a wire protocol: which operation with what input, and how to answer.
 */
import type { AwsError, Service } from '../service.ts';

export interface WireRequest {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface WireResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface DecodedRequest {
  readonly operation: string;
  readonly input: unknown;
}

/** Conditions that every service reports, under names that depend on its protocol. */
export type CommonError =
  | 'accessDenied'
  | 'expiredToken'
  | 'incompleteSignature'
  | 'internal'
  | 'missingToken'
  | 'serialization'
  | 'signatureMismatch'
  | 'throttled'
  | 'unknownKey'
  | 'unknownOperation';

export interface Protocol {
  readonly errors: Readonly<Record<CommonError, { readonly code: string; readonly status: number }>>;
  /** @throws {AwsError} if the request is none of this protocol. */
  decode(service: Service, request: WireRequest): DecodedRequest;
  success(service: Service, operation: string, output: unknown, requestId: string): WireResponse;
  failure(service: Service | undefined, error: AwsError, requestId: string): WireResponse;
}
