import type * as z from 'zod';
import { oauthError } from '../../contract/oauth.ts';
import { WritConnectionError, WritProtocolError } from '../errors.ts';
import { pauseAfter, retryAfterMs } from '../retry.ts';
import type { ClientIdentity } from './clientAuthentication.ts';
import { clientFields } from './clientAuthentication.ts';
import type { DpopKey } from './dpopKey.ts';
import { dpopProof } from './dpopProof.ts';
import type { Nonces } from './nonces.ts';
import { TokenError } from './tokenError.ts';

/** How the authorization server is reached. */
export interface EndpointDependencies extends ClientIdentity {
  /** Where its endpoints are called, without a path: not the issuer only where the network has another way to it. */
  readonly url: string;
  readonly fetch: typeof fetch;
  /** Of one attempt. */
  readonly timeoutMs: number;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly nonces: Nonces;
}

export interface FormCall<Schema extends z.ZodType> {
  /** Below the issuer. */
  readonly path: string;
  readonly fields: Readonly<Record<string, string | undefined>>;
  readonly answer: Schema;
  /** The key that is proved: what comes is bound to it. */
  readonly key?: DpopKey | undefined;
  /** More fields that must be made anew for each attempt. */
  readonly proofs?: ((nonce: string | undefined) => Promise<Readonly<Record<string, string>>>) | undefined;
  /** How often it may be sent in all. A refresh token works once: 1, or a lost answer would look like its theft. */
  readonly attempts: number;
}

const TRANSIENT = new Set([429, 502, 503, 504]);

/**
 * Sends a form to the authorization server. Assertion and proof are made anew for each attempt. An answer that asks for
 * a nonce is no failure: the form goes once more, with it.
 *
 * @throws TokenError when the server refuses; WritConnectionError when no answer came; WritProtocolError when the answer
 * is not the contract's
 */
export async function callEndpoint<Schema extends z.ZodType>(
  deps: EndpointDependencies,
  call: FormCall<Schema>,
): Promise<z.output<Schema>> {
  let nonces = 0;
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await attemptOnce(deps, call);
    if ('answer' in outcome) return outcome.answer;
    if (outcome.again === 'with-nonce' && nonces === 0) {
      nonces += 1;
      attempt -= 1; // the server did nothing with the one that had none
      continue;
    }
    if (outcome.again !== 'later' || attempt >= call.attempts) throw outcome.failure;
    await deps.sleep(pauseAfter(attempt, outcome.retryAfter));
  }
}

type Outcome<Answer> =
  | { readonly answer: Answer }
  | {
      readonly failure: Error;
      readonly again: 'with-nonce' | 'later' | 'never';
      /** As the header said it. */
      readonly retryAfter: string | null;
    };

async function attemptOnce<Schema extends z.ZodType>(
  deps: EndpointDependencies,
  call: FormCall<Schema>,
): Promise<Outcome<z.output<Schema>>> {
  const request = await requestOf(deps, call);
  let response: Response;
  let text: string;
  try {
    response = await deps.fetch(`${deps.url}${call.path}`, {
      ...request,
      method: 'POST',
      // A redirect would carry tokens elsewhere; the endpoints never send one.
      redirect: 'manual',
      signal: AbortSignal.timeout(deps.timeoutMs),
    });
    text = await response.text();
  } catch (error) {
    return { failure: new WritConnectionError(deps.url, error), again: 'later', retryAfter: null };
  }
  const { status, headers } = response;
  const gaveNonce = deps.nonces.remember(deps.url, headers);
  const body = jsonOf(text);
  const success = status === 200 ? call.answer.safeParse(body) : undefined;
  if (success?.success) return { answer: success.data };

  const retryAfter = headers.get('retry-after');
  const later = TRANSIENT.has(status) ? 'later' : 'never';
  const refusal = status >= 400 ? oauthError.safeParse(body) : undefined;
  if (!refusal?.success) {
    // The body is left out of the error: it may hold a token.
    const failure = new WritProtocolError(deps.url, status, 'which is not an answer of this version of Writ');
    return { failure, again: later, retryAfter };
  }
  const { error, error_description: description } = refusal.data;
  const failure = new TokenError(error, status, description, retryAfterMs(retryAfter));
  return { failure, again: error === 'use_dpop_nonce' && gaveNonce ? 'with-nonce' : later, retryAfter };
}

async function requestOf<Schema extends z.ZodType>(
  deps: EndpointDependencies,
  { path, fields, key, proofs }: FormCall<Schema>,
): Promise<{ body: string; headers: Record<string, string> }> {
  const now = deps.clock();
  const nonce = deps.nonces.for(deps.url);
  const all = { ...fields, ...(await clientFields(deps, now)), ...(await proofs?.(nonce)) };
  const given = Object.entries(all).filter((field): field is [string, string] => field[1] !== undefined);
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    accept: 'application/json',
    // By the issuer's name for it: that is what the server compares.
    ...(key && { dpop: await dpopProof(key, { method: 'POST', url: `${deps.issuer}${path}`, nonce, now }) }),
  };
  return { body: new URLSearchParams(given).toString(), headers };
}

function jsonOf(text: string): unknown {
  try {
    // RFC 7009 §2.2: what answers a revocation need not have a body.
    return text === '' ? {} : JSON.parse(text);
  } catch {
    return undefined; // not JSON, so it matches no schema
  }
}
