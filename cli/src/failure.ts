import { WritApiError, WritConnectionError, WritProtocolError } from '../../sdk/errors.ts';
import type { OAuthErrorName } from '../../contract/oauth.ts';
import { TokenError } from '../../sdk/oauth/tokenError.ts';
import { EXIT, EXIT_OF_CODE, EXIT_OF_OAUTH } from './exit.ts';
import { printable } from './text.ts';

/** A failure that says what to do about it. `detail` and `remediation` are shown as they are: no secret in them. */
export class CliFailure extends Error {
  readonly exit: number;
  readonly code: string;
  readonly remediation: string | undefined;
  readonly grantId: string | undefined;

  constructor(exit: number, code: string, detail: string, remediation?: string, grantId?: string) {
    super(detail);
    this.name = 'CliFailure';
    this.exit = exit;
    this.code = code;
    this.remediation = remediation;
    this.grantId = grantId;
  }
}

export const usage = (detail: string, remediation?: string): CliFailure =>
  new CliFailure(EXIT.usage, 'usage', detail, remediation);

export const signedOut = (detail: string, remediation = 'writ login'): CliFailure =>
  new CliFailure(EXIT.signedOut, 'signed_out', detail, remediation);

/** Any error, as it is told to people and (`--json`) to programs. */
export interface Failure {
  readonly exit: number;
  readonly code: string;
  readonly detail: string;
  readonly remediation?: string;
  readonly reasons?: readonly string[];
  readonly traceId?: string;
  readonly grantId?: string;
}

export function failureOf(error: unknown): Failure {
  if (error instanceof WritApiError) {
    const { code, detail, traceId, decision, grantId } = error;
    return {
      exit: EXIT_OF_CODE[code],
      code,
      detail,
      // Policy's own advice is nearer to the case than the code's.
      remediation: decision?.remediation ?? error.remediation,
      ...(decision && { reasons: decision.reasons }),
      traceId,
      ...(grantId !== undefined && { grantId }),
    };
  }
  if (error instanceof TokenError) {
    // Its words say what to do already, except where a command does it.
    const remediation = COMMANDS[error.code];
    const detail = error.description ?? error.code;
    return { exit: EXIT_OF_OAUTH[error.code], code: error.code, detail, ...(remediation && { remediation }) };
  }
  if (error instanceof WritConnectionError) {
    const remediation =
      'Check that Writ runs there (npm start on a laptop), or give --api or --profile; then: writ doctor';
    return { exit: EXIT.unavailable, code: 'no_answer', detail: error.message, remediation };
  }
  if (error instanceof WritProtocolError) {
    const remediation = 'Check the address (writ profile list), and that both sides are the same version: writ doctor';
    return { exit: EXIT.failure, code: 'not_writ', detail: error.message, remediation };
  }
  if (error instanceof CliFailure) {
    const { exit, code, message, remediation, grantId } = error;
    return {
      exit,
      code,
      detail: message,
      ...(remediation !== undefined && { remediation }),
      ...(grantId !== undefined && { grantId }),
    };
  }
  const detail = error instanceof Error ? error.message : 'unexpected failure';
  return { exit: EXIT.failure, code: 'failure', detail, remediation: 'writ doctor' };
}

const COMMANDS: Readonly<Partial<Record<OAuthErrorName, string>>> = {
  invalid_grant: 'See what you have: writ requests',
  invalid_dpop_proof: 'Check the clock: writ doctor',
  temporarily_unavailable: 'Repeat in a moment.',
  slow_down: 'Repeat in a moment.',
};

export function failureText(failure: Failure): string {
  const lines = [`writ: ${printable(failure.detail)}`];
  for (const reason of failure.reasons ?? []) {
    if (reason !== failure.detail) lines.push(`  reason: ${printable(reason)}`);
  }
  if (failure.remediation !== undefined) lines.push(`  what to do: ${printable(failure.remediation)}`);
  if (failure.grantId !== undefined && !failure.detail.includes(failure.grantId))
    lines.push(`  kept as: ${failure.grantId}`);
  if (failure.code === 'internal_error') lines.push(`  trace: ${printable(failure.traceId ?? '')}`);
  return `${lines.join('\n')}\n`;
}
