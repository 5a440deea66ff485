import { readRequest } from './presented.ts';
import type { PresentedRequest } from './presented.ts';
import { Refusal } from './refusal.ts';

/**
 * The text of the access token that a verified request came with, found as the verifier found it: for `consume` and
 * `reportActivity`, which want it. Secret: it goes to Writ and nowhere else.
 *
 * @throws TypeError for a request that no verifier can have taken
 */
export function tokenTextOf(request: PresentedRequest): string {
  try {
    return readRequest(request).token;
  } catch (error) {
    if (error instanceof Refusal) throw new TypeError('the request has no access token: verify it first');
    throw error;
  }
}
