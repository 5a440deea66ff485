import type { AssumeRoleCommandOutput, STSClient } from '@aws-sdk/client-sts';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import type { AssumeOutcome, SessionBroker } from '../../core/ports.ts';

export interface StsSessionBrokerOptions {
  /** Of one attempt: `new STSClient(STS_CLIENT)`. */
  readonly client: STSClient;
  /** Milliseconds for the whole call, connection included. @default 3000 */
  readonly patienceMs?: number;
}

/**
 * Mints sessions with STS. Anything but STS's own, definite no counts as unknown: a time-out, a broken connection, a
 * server's error, an answer without credentials, and every code that is not in `REFUSALS` (I11).
 */
export function createStsSessionBroker({ client, patienceMs = 3_000 }: StsSessionBrokerOptions): SessionBroker {
  return {
    async assume(request) {
      const command = new AssumeRoleCommand({
        RoleArn: request.roleArn,
        ExternalId: request.externalId,
        RoleSessionName: request.sessionName,
        SourceIdentity: request.sourceIdentity,
        DurationSeconds: request.durationSeconds,
        Policy: request.policy,
        Tags: Object.entries(request.tags).map(([Key, Value]) => ({ Key, Value })),
      });
      try {
        return minted(await client.send(command, { abortSignal: AbortSignal.timeout(patienceMs) }));
      } catch (error) {
        const code = refusalOf(error);
        return code === undefined ? { result: 'unknown' } : { result: 'refused', code };
      }
    },
  };
}

function minted({ Credentials: credentials }: AssumeRoleCommandOutput): AssumeOutcome {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = credentials ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration) return { result: 'unknown' };
  return {
    result: 'minted',
    session: {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
      expiresAt: Expiration.getTime(),
    },
  };
}

/**
 * Codes by which STS says that it made no session: AssumeRole's own errors, the common errors of authentication and
 * validation, and throttling, which is refused before any work.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html#API_AssumeRole_Errors
 * https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
 */
const REFUSALS: ReadonlySet<string> = new Set([
  'AccessDenied',
  'ExpiredToken',
  'IncompleteSignature',
  'InvalidAction',
  'InvalidClientTokenId',
  'InvalidParameterCombination',
  'InvalidParameterValue',
  'MalformedPolicyDocument',
  'MissingAuthenticationToken',
  'MissingParameter',
  'OptInRequired',
  'PackedPolicyTooLarge',
  'RegionDisabled',
  'RequestExpired',
  'RequestLimitExceeded',
  'SignatureDoesNotMatch',
  'Throttling',
  'TooManyRequests',
  'UnrecognizedClient',
  'ValidationError',
]);

/** STS's code for a definite no that it answered itself; undefined for all else. */
function refusalOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !answeredByClientError(error)) return undefined;
  // The SDK names modelled errors by their shape, `AccessDenied` as well as `ExpiredTokenException`.
  const code = error.name.replace(/Exception$/, '');
  return REFUSALS.has(code) ? code : undefined;
}

function answeredByClientError(error: Error): boolean {
  const metadata = '$metadata' in error ? error.$metadata : undefined;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return false;
  const status = metadata.httpStatusCode;
  return typeof status === 'number' && status >= 400 && status < 500;
}
