import type { GrantView } from '../../../contract/schemas.ts';
import type { IssuedToken, TokenClient } from '../../../sdk/oauth/tokenClient.ts';
import type { Cli } from '../cli.ts';
import { usage } from '../failure.ts';
import { EXIT } from '../exit.ts';
import { detailText, lendsTokens } from '../delegation.ts';
import { formatDuration } from '../duration.ts';
import type { Pick } from '../grants.ts';
import { clockTime, pickActive } from '../grants.ts';
import { accessToken } from '../signin/token.ts';
import { facts, printable } from '../text.ts';
import { tokenClientOf } from '../tokens/client.ts';

export interface TokenOptions extends Pick {
  readonly audience?: string | undefined;
  readonly scope?: string | undefined;
  readonly raw: boolean;
  readonly call?: string | undefined;
}

/**
 * A delegation token for a live grant, bound to a key of this machine.
 *
 * @returns the exit code: with `--call`, what the called server said of it
 */
export async function token(cli: Cli, options: TokenOptions): Promise<number> {
  const { raw, call, audience } = options;
  if (raw && (call !== undefined || cli.out.json)) throw usage('--raw prints the token alone', 'Leave the other out.');
  const grant = await pickActive(cli, { ...options, fits: lendsTokens });
  if (!lendsTokens(grant)) throw usage(`${grant.entitlement} lends AWS sessions`, `writ creds ${grant.id}`);
  const client = await tokenClientOf(cli);
  const obtain = async (): Promise<IssuedToken> =>
    client.exchange({
      grantId: grant.id,
      subjectToken: await accessToken(cli.host, await cli.profile()),
      audience,
      scope: options.scope === undefined ? undefined : namesOf(options.scope),
    });
  if (call !== undefined) return callWith(cli, client, obtain, call);
  const issued = await obtain();
  if (raw) {
    cli.host.stdout.write(`${issued.accessToken}\n`);
    return EXIT.ok;
  }
  const description = await describe(client, grant, issued);
  cli.out.result(
    { ...description, accessToken: issued.accessToken },
    () => `${descriptionText(cli, description)}next: writ token ${grant.id} --call URL\n`,
  );
  return EXIT.ok;
}

/** `a,b` or `a b` */
export function namesOf(text: string): string[] {
  const names = text.split(/[\s,]+/).filter(Boolean);
  if (names.length > 0) return [...new Set(names)];
  throw usage('--scope names nothing', 'Write it as a,b.');
}

async function describe(client: TokenClient, grant: GrantView, issued: IssuedToken) {
  const { tokenType, scopes, authorizationDetails, expiresAt } = issued;
  const { aud, sub, act } = await claimsOf(issued.accessToken);
  const key = await client.key();
  return {
    grant: grant.id,
    tokenType,
    ...(typeof aud === 'string' && { audience: aud }),
    scopes,
    authorizationDetails,
    ...(typeof sub === 'string' && { subject: sub }),
    actors: actorsOf(act),
    ...(tokenType === 'DPoP' && key && { boundTo: key.thumbprint }),
    expiresAt: new Date(expiresAt).toISOString(),
  };
}

type Description = Awaited<ReturnType<typeof describe>>;

/** What the token says, for people to read. It came from the authorization server itself; resource servers verify it. */
async function claimsOf(text: string): Promise<Readonly<Record<string, unknown>>> {
  const { decodeJwt } = await import('jose');
  let claims: Readonly<Record<string, unknown>> = {};
  try {
    claims = decodeJwt(text);
  } catch {
    // the answer has said the essential already
  }
  return claims;
}

/** The chain of `act` claims, nearest first. */
function actorsOf(act: unknown): string[] {
  const { sub, act: next } = (act ?? {}) as { sub?: unknown; act?: unknown };
  return typeof sub === 'string' ? [sub, ...actorsOf(next)] : [];
}

const descriptionText = (cli: Cli, token: Description): string =>
  facts([
    ['for', token.audience],
    ['may', token.scopes.join(' ') || undefined],
    ...token.authorizationDetails.map((detail) => ['on', detailText(detail)] as const),
    ['of', token.subject],
    ['used by', token.actors.join(', on behalf of ') || undefined],
    [
      'bound to',
      token.boundTo === undefined ? 'nothing: whoever has it can use it' : `this machine’s key ${token.boundTo}`,
    ],
    [
      'until',
      `${clockTime(token.expiresAt)}, ${formatDuration((Date.parse(token.expiresAt) - cli.now()) / 1_000)} from now`,
    ],
    ['grant', token.grant],
  ]);

/** Longest part of an answer that is shown, in characters. */
const SHOWN = 16_384;

async function callWith(
  cli: Cli,
  client: TokenClient,
  obtain: () => Promise<IssuedToken>,
  url: string,
): Promise<number> {
  const { TokenSource } = await import('../../../sdk/oauth/tokenSource.ts');
  const source = new TokenSource({ client, obtain, fetch: cli.host.fetch, clock: () => cli.now() });
  const response = await source.fetch(url).catch((error: unknown) => {
    throw isRefusedUrl(error) ? usage(error.message, `Is "${url}" right?`) : error;
  });
  const { status } = response;
  const body = (await response.text()).slice(0, SHOWN);
  const challenge = response.headers.get('www-authenticate') ?? undefined;
  cli.out.result({ url, status, body, ...(challenge !== undefined && { challenge }) }, () => {
    const shown = body.split('\n').map(printable).join('\n').trimEnd();
    return `${status} ${printable(response.statusText)}\n`.replace(' \n', '\n') + (shown && `${shown}\n`);
  });
  if (challenge !== undefined && !cli.out.json) cli.out.note(`writ: refused: ${challenge}`);
  if (response.ok) return EXIT.ok;
  if (status === 401 || status === 403) return EXIT.denied;
  return status >= 500 ? EXIT.unavailable : EXIT.failure;
}

/** What `fetch` rejects with has a cause; what the token source refuses has none. */
const isRefusedUrl = (error: unknown): error is TypeError => error instanceof TypeError && error.cause === undefined;
