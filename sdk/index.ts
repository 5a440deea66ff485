import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { WritClient } from './client.ts';
import type { ClientIdentity } from './oauth/clientAuthentication.ts';
import { clientAssertion } from './oauth/clientAuthentication.ts';

export { WritClient } from './client.ts';
export type {
  ActivityReceipt,
  ClientDependencies,
  ConsumptionView,
  DecisionView,
  GrantPage,
  KeyRingView,
  LeafPage,
} from './client.ts';
export { WritApiError, WritConnectionError, WritProtocolError } from './errors.ts';
export { clientAssertion, clientFields } from './oauth/clientAuthentication.ts';
export type { ClientAuthentication, ClientIdentity } from './oauth/clientAuthentication.ts';
export { dpopKeyFrom, exportDpopKey, generateDpopKey } from './oauth/dpopKey.ts';
export type { DpopKey } from './oauth/dpopKey.ts';
export { createTokenClient, TokenClient } from './oauth/tokenClient.ts';
export type { ExchangeInput, Introspection, IssuedToken, TokenClientOptions, TokenWish } from './oauth/tokenClient.ts';
export { TokenError } from './oauth/tokenError.ts';
export { createTokenSource, TokenSource } from './oauth/tokenSource.ts';
export type { TokenSourceOptions } from './oauth/tokenSource.ts';
export type { CallId, CallInput, CallOutput } from './types.ts';

export interface ConnectOptions {
  /** The deployment's public base URL, such as https://writ.example.com. */
  readonly apiUrl: string;
  /** The identity provider's access token with Writ's audience; asked for at every call, so that it can be renewed. */
  readonly token: () => Promise<string>;
  /** Of one attempt; 15 s unless given. */
  readonly timeoutMs?: number;
}

export interface ResourceServerOptions extends ClientIdentity {
  /** Of one attempt; 15 s unless given. */
  readonly timeoutMs?: number;
}

/**
 * A client for a resource server, which proves itself by an assertion instead of a person's token: it spends uses
 * (`consume`) and tells what was done (`reportActivity`).
 */
export function connectResourceServer({ timeoutMs, ...identity }: ResourceServerOptions): WritClient {
  const assertion = async (): Promise<string> => {
    const made = await clientAssertion(identity, Date.now());
    if (made !== undefined) return made;
    throw new TypeError('a resource server proves who it is: `authentication` is not `none`');
  };
  return new WritClient({
    ...surroundings(timeoutMs),
    apiUrl: identity.issuer,
    token: assertion,
    // Each works once, so that each attempt has its own.
    authorize: async () => `Bearer ${await assertion()}`,
  });
}

/**
 * A client on this process's network and clock.
 *
 * @example
 * const writ = connect({ apiUrl: 'http://127.0.0.1:4600', token: async () => accessToken });
 * const grant = await writ.createGrant({
 *   entitlement: 'orders-read', parameters: { customer: 'C-42' }, durationSeconds: 600,
 *   purpose: 'incident', justification: 'customer cannot see an order',
 * });
 * const credentials = await writ.awsCredentials(grant.id);
 */
export function connect(options: ConnectOptions): WritClient {
  return new WritClient({ ...surroundings(options.timeoutMs), apiUrl: options.apiUrl, token: options.token });
}

const surroundings = (timeoutMs = 15_000) => ({
  timeoutMs,
  fetch,
  newIdempotencyKey: randomUUID,
  sleep: (milliseconds: number) => setTimeout(milliseconds),
});
