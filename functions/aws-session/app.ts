import type { AwsCredentialsView, ConsoleSessionView } from '../../contract/schemas.ts';
import type { ConsoleSignIn } from '../../core/ports.ts';
import type { IssueDeps } from '../../core/usecases/issueSession.ts';
import { issueSession } from '../../core/usecases/issueSession.ts';
import type { ApiDeps, ApiHandler } from '../shared/api.ts';
import { createApi } from '../shared/api.ts';
import { ok, time } from '../shared/answers.ts';

/** Issues AWS sessions and console links: the only function that may assume a lent role. */
export function createHandler(deps: IssueDeps & ApiDeps & { readonly signIn: ConsoleSignIn }): ApiHandler {
  return createApi('aws-session', deps, {
    issueAwsCredentials: async ({ caller, path }) => {
      const session = await issueSession(deps, caller, path.id, 'api');
      const document: AwsCredentialsView = {
        Version: 1,
        AccessKeyId: session.accessKeyId,
        SecretAccessKey: session.secretAccessKey,
        SessionToken: session.sessionToken,
        Expiration: time(session.expiresAt),
      };
      return ok(document);
    },

    issueConsoleSession: async ({ caller, path }) => {
      const session = await issueSession(deps, caller, path.id, 'console');
      const link: ConsoleSessionView = { url: await deps.signIn.link(session), expiresAt: time(session.expiresAt) };
      return ok(link);
    },
  });
}
