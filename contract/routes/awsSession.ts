import type { PublicErrorCode } from '../errors.ts';
import { awsCredentials, consoleSession, emptyBody } from '../schemas.ts';
import type { Route } from './route.ts';
import { oneGrant } from './shared.ts';

const session = { ...oneGrant, method: 'POST', duty: 'aws-session', audience: ['holder'], body: emptyBody } as const;

const SESSION_ERRORS: readonly PublicErrorCode[] = [
  'not_found',
  'grant_ended',
  'grant_not_active',
  'issuance_denied',
  'session_limit_reached',
  'version_conflict',
];

/** Sessions of an active grant. They are no change of it: each asks for a new one. */
export const AWS_SESSION_ROUTES = {
  issueAwsCredentials: {
    ...session,
    path: '/v1/grants/{id}/aws-credentials',
    summary: 'A fresh AWS session, as a credential_process document',
    sealed: true,
    success: { 200: awsCredentials },
    errors: SESSION_ERRORS,
  },
  issueConsoleSession: {
    ...session,
    path: '/v1/grants/{id}/console-session',
    summary: 'A sign-in link to the AWS console',
    success: { 200: consoleSession },
    errors: [...SESSION_ERRORS, 'console_not_allowed'],
  },
} as const satisfies Record<string, Route>;
