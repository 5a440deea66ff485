import { devNull } from 'node:os';
import type { AwsCredentialsView } from '../../../contract/schemas.ts';
import type { Environment } from '../host.ts';

/** How the command gets at the session: fixed for its life, or renewed by the endpoint on this machine. */
export type Lent =
  | { readonly kind: 'fixed'; readonly credentials: AwsCredentialsView }
  | { readonly kind: 'renewed'; readonly url: string; readonly token: string };

/** Whatever else could say as whom or where AWS calls are made. */
const STRIPPED = new Set([
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_SECURITY_TOKEN',
  'AWS_CREDENTIAL_EXPIRATION',
  'AWS_PROFILE',
  'AWS_DEFAULT_PROFILE',
  'AWS_ROLE_ARN',
  'AWS_ROLE_SESSION_NAME',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
  'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS',
]);

const isStripped = (name: string): boolean => STRIPPED.has(name) || name.startsWith('AWS_ENDPOINT_URL');

/** The environment of a command that runs with a lent session, and with no other AWS identity. */
export function lentEnvironment(
  base: Environment,
  target: { readonly region: string; readonly endpointUrl?: string | undefined },
  lent: Lent,
): Record<string, string> {
  const kept = Object.entries(base).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !isStripped(entry[0].toUpperCase()),
  );
  return {
    ...Object.fromEntries(kept),
    AWS_REGION: target.region,
    AWS_DEFAULT_REGION: target.region,
    ...(target.endpointUrl !== undefined && { AWS_ENDPOINT_URL: target.endpointUrl }),
    ...(lent.kind === 'fixed' ? fixed(lent.credentials) : renewed(lent)),
  };
}

const fixed = (credentials: AwsCredentialsView): Record<string, string> => ({
  AWS_ACCESS_KEY_ID: credentials.AccessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.SecretAccessKey,
  AWS_SESSION_TOKEN: credentials.SessionToken,
});

/**
 * SDKs look at configuration files before the container endpoint, so a `[default]` profile there would win over the
 * lent session: the files are left out.
 */
const renewed = ({ url, token }: Extract<Lent, { kind: 'renewed' }>): Record<string, string> => ({
  AWS_CONTAINER_CREDENTIALS_FULL_URI: url,
  AWS_CONTAINER_AUTHORIZATION_TOKEN: token,
  AWS_CONFIG_FILE: devNull,
  AWS_SHARED_CREDENTIALS_FILE: devNull,
});
