/**
 * Which service a request is for, and which protocol it speaks.
 */
import type { Service } from '../service.ts';
import { parseAuthorization } from '../sigv4.ts';
import { jsonProtocol } from './json.ts';
import type { Protocol } from './protocol.ts';
import { queryProtocol } from './query.ts';

const PROTOCOLS: Readonly<Record<Service['protocol'], Protocol>> = {
  'json-1.0': jsonProtocol('1.0'),
  'json-1.1': jsonProtocol('1.1'),
  query: queryProtocol,
};

export interface Addressee {
  readonly service: Service | undefined;
  /** The service's protocol; for no service the one that the request looks like, so that the error is understood. */
  readonly protocol: Protocol;
}

/** Goes by the name in the signature's scope. */
export function serviceIn(
  services: ReadonlyMap<string, Service>,
  headers: Readonly<Record<string, string>>,
): Addressee {
  const claim = parseAuthorization(headers['authorization'] ?? '');
  const service = claim === undefined ? undefined : services.get(claim.service);
  if (service !== undefined) return { service, protocol: PROTOCOLS[service.protocol] };
  const looksLikeJson = headers['x-amz-target'] !== undefined;
  return { service, protocol: looksLikeJson ? jsonProtocol('1.0') : queryProtocol };
}
