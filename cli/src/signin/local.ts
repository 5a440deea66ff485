import * as z from 'zod';
import type { Host } from '../host.ts';
import { isLoopback } from '../store/config.ts';
import { failed } from './failed.ts';

const answerSchema = z.object({
  access_token: z.string(),
  expires_in: z.number().optional(),
  domain: z.string(),
  issuer: z.string(),
});

/** What the local issuer hands out for the asking. */
export type LocalTokens = z.infer<typeof answerSchema>;

/** Signs a sample person in without a browser. Only the issuer on this very machine does that. */
export async function signInLocally(
  host: Pick<Host, 'fetch'>,
  issuer: string,
  user: string,
  mfa: boolean,
): Promise<LocalTokens> {
  if (!isLoopback(new URL(issuer))) {
    throw failed(`--user works with the local issuer alone, not with ${issuer}`, 'Sign in by browser: writ login');
  }
  const url = new URL('/dev/token', issuer);
  url.searchParams.set('user', user);
  if (mfa) url.searchParams.set('mfa', 'true');
  const response = await ask(host, url);
  const answer = answerSchema.safeParse(await response.json().catch(() => undefined));
  if (response.ok && answer.success) return answer.data;
  throw failed(
    response.status === 404 ? `the local issuer knows no user "${user}"` : `${url.origin} answered ${response.status}`,
    'Sample users: alice, bob, bob-admin, carol, dave, erin, audrey, ci.',
  );
}

async function ask({ fetch }: Pick<Host, 'fetch'>, url: URL): Promise<Response> {
  try {
    return await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(10_000) });
  } catch (error) {
    throw failed(
      `no answer from ${url.origin} (${error instanceof Error ? error.name : 'unknown failure'})`,
      'Is npm start running?',
    );
  }
}
