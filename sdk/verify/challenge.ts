import { DPOP_ALGORITHMS } from '../../contract/metadata.ts';
import type { ChallengeDetails, VerifyErrorCode } from './verifyError.ts';
import { VERIFY_ERRORS } from './verifyError.ts';

export type Scheme = 'Bearer' | 'DPoP';

type Parameters = readonly (readonly [name: string, value: string | undefined])[];

/**
 * The `WWW-Authenticate` header for a refusal (RFC 6750 §3, RFC 9449 §7.1, RFC 9470 §3, RFC 9728 §5.1).
 *
 * @param scheme what the client used; undefined where it sent no credentials, and learns what there is
 * @returns undefined where no other credentials would help
 */
export function challengeFor(
  code: VerifyErrorCode,
  description: string,
  scheme: Scheme | undefined,
  details: ChallengeDetails,
  resourceMetadata: string | undefined,
): string | undefined {
  const facts: { status: number; error?: string } = VERIFY_ERRORS[code];
  if (facts.status === 503) return undefined;
  const about: Parameters = [
    ['error', facts.error],
    ['error_description', facts.error === undefined ? undefined : description],
    ['scope', details.scopes?.join(' ')],
    ['acr_values', details.acrValues?.join(' ')],
    ['max_age', details.maxAgeSeconds?.toString()],
    ['resource_metadata', resourceMetadata],
  ];
  const algorithms: Parameters = [['algs', DPOP_ALGORITHMS.join(' ')]];
  if (scheme === undefined) return `${render('DPoP', [...about, ...algorithms])}, ${render('Bearer', about)}`;
  return render(scheme, scheme === 'DPoP' ? [...about, ...algorithms] : about);
}

function render(scheme: Scheme, parameters: Parameters): string {
  const rendered = parameters.flatMap(([name, value]) => (value === undefined ? [] : [`${name}="${quotable(value)}"`]));
  return rendered.length === 0 ? scheme : `${scheme} ${rendered.join(', ')}`;
}

/** RFC 6750 §3: printable ASCII without quotes and backslashes. Header injection ends here too. */
function quotable(value: string): string {
  return value
    .replaceAll('’', "'")
    .replaceAll(/["`]/gu, "'")
    .replaceAll(/[^\x20-\x7e]|\\/gu, ' ');
}
