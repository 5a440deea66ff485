import { OAuthError } from './oauthError.ts';
import type { Mark } from './ports.ts';

/** The refusal of what may be presented once, and was. */
export const presentedBefore = (kind: Mark['kind']): OAuthError =>
  kind === 'dpop'
    ? new OAuthError('invalid_dpop_proof', 'the proof was used before: make a new one for each request')
    : new OAuthError('invalid_client', 'the client assertion was used before: make a new one for each request');
