import { CliFailure } from '../failure.ts';
import { EXIT } from '../exit.ts';

/** A sign-in that did not come about. */
export const failed = (reason: string, remediation = 'Try again: writ login. See also: writ doctor'): CliFailure =>
  new CliFailure(EXIT.signedOut, 'sign_in_failed', `sign-in failed: ${reason}`, remediation);
