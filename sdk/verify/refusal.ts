import type { ChallengeDetails, VerifyErrorCode } from './verifyError.ts';

/** Thrown inside: why, without the challenge that the verifier puts together at the end. Safe to show. */
export class Refusal extends Error {
  readonly code: VerifyErrorCode;
  readonly details: ChallengeDetails;

  constructor(code: VerifyErrorCode, message: string, details: ChallengeDetails = {}) {
    super(message);
    this.name = 'Refusal';
    this.code = code;
    this.details = details;
  }
}
