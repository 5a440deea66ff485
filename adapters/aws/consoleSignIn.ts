import type { ConsoleSignIn } from '../../core/ports.ts';
import type { AwsSession } from '../../core/session.ts';

export interface ConsoleSignInOptions {
  /** The federation endpoint, such as `https://signin.aws.amazon.com/federation`. */
  readonly signinUrl: string;
  /** Where the link leads. */
  readonly consoleUrl: string;
  /** Where the console sends people whose session is over. */
  readonly issuerUrl: string;
  readonly fetch: typeof globalThis.fetch;
  /** Milliseconds. @default 5000 */
  readonly patienceMs?: number;
}

/** The federation endpoint made no sign-in token. Says how it failed; holds neither the request nor the answer (I12). */
export class SignInFailed extends Error {
  constructor(how: string) {
    super(`the federation endpoint made no sign-in token: ${how}`);
    this.name = 'SignInFailed';
  }
}

/**
 * Makes console sign-in links
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html).
 *
 * The session goes into the body of a POST, so that it stands in no URL. `SessionDuration` is left out: for a chained
 * role AWS refuses it, and the link's session then lives as long as the session itself.
 */
export function createConsoleSignIn(options: ConsoleSignInOptions): ConsoleSignIn {
  return {
    async link(session) {
      const url = new URL(options.signinUrl);
      url.search = new URLSearchParams({
        Action: 'login',
        Issuer: options.issuerUrl,
        Destination: options.consoleUrl,
        SigninToken: await signinToken(options, session),
      }).toString();
      return url.href;
    },
  };
}

async function signinToken(options: ConsoleSignInOptions, session: AwsSession): Promise<string> {
  const { fetch, signinUrl, patienceMs = 5_000 } = options;
  const body = new URLSearchParams({
    Action: 'getSigninToken',
    Session: JSON.stringify({
      sessionId: session.accessKeyId,
      sessionKey: session.secretAccessKey,
      sessionToken: session.sessionToken,
    }),
  });
  let answer: Response;
  let text: string;
  try {
    // A redirect would carry the session to whatever it names.
    answer = await fetch(signinUrl, {
      method: 'POST',
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(patienceMs),
    });
    text = await answer.text();
  } catch {
    throw new SignInFailed('no answer'); // the cause may quote the request
  }
  if (answer.status !== 200) throw new SignInFailed(`status ${answer.status}`);
  const token = tokenIn(text);
  if (token === undefined) throw new SignInFailed('an answer of another form');
  return token;
}

function tokenIn(text: string): string | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return undefined;
  }
  const token =
    typeof answer === 'object' && answer !== null && 'SigninToken' in answer ? answer.SigninToken : undefined;
  return typeof token === 'string' && token !== '' ? token : undefined;
}
