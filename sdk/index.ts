import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { WritClient } from './client.ts';

export { WritClient } from './client.ts';
export type { ClientDependencies, DecisionView, GrantPage, LeafPage } from './client.ts';
export { WritApiError, WritConnectionError, WritProtocolError } from './errors.ts';
export type { CallId, CallInput, CallOutput } from './types.ts';

export interface ConnectOptions {
  /** The deployment's public base URL, such as https://writ.example.com. */
  readonly apiUrl: string;
  /** The identity provider's access token with Writ's audience; asked for at every call, so that it can be renewed. */
  readonly token: () => Promise<string>;
  /** Of one attempt; 15 s unless given. */
  readonly timeoutMs?: number;
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
  return new WritClient({
    apiUrl: options.apiUrl,
    token: options.token,
    timeoutMs: options.timeoutMs ?? 15_000,
    fetch,
    newIdempotencyKey: randomUUID,
    sleep: (milliseconds) => setTimeout(milliseconds),
  });
}
