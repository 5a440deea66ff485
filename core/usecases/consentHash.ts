import { canonicalJson } from '../canonical.ts';
import type { Consent } from '../consent.ts';
import { consentRecord } from '../consent.ts';
import type { Deps } from './deps.ts';

/** SHA-256 of the record as anybody can compute it again. */
export const consentSha256 = (deps: Pick<Deps, 'sha256'>, consent: Consent): string =>
  deps.sha256(canonicalJson(consentRecord(consent)));
