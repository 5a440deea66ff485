import { WritError } from '../../core/errors.ts';
import type { Grant } from '../../core/grant.ts';
import { isTerminal } from '../../core/grant.ts';

/** An item has room for 400 kB, the index's attributes included; the rest of a grant needs far less than is left. */
const MAX_BYTES = 256_000;

/**
 * What people say to a grant is kept for good, in its item. Before that is full, a grant takes no more words; its end
 * always fits, so that nobody can fill a grant up to keep it from being revoked.
 *
 * @throws WritError `payload_too_large`
 */
export function checkRoom({ approvals, extensions, state }: Grant): void {
  if (isTerminal(state.status)) return;
  if (Buffer.byteLength(JSON.stringify([approvals, extensions]), 'utf8') <= MAX_BYTES) return;
  throw new WritError('payload_too_large', 'the grant holds as many decisions as it can', {
    remediation: 'Deny, cancel or end it, and make a new request.',
  });
}
