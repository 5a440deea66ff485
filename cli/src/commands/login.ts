import type { ConfigurationView } from '../../../contract/schemas.ts';
import type { Cli } from '../cli.ts';
import { usage } from '../failure.ts';
import { expiryOf } from '../signin/expiry.ts';
import type { SignInIssuer } from '../signin/oidc.ts';
import { failed } from '../signin/failed.ts';
import type { Session } from '../store/session.ts';
import { writeSession } from '../store/session.ts';
import { identityText } from './whoami.ts';

export interface LoginOptions {
  readonly user?: string;
  readonly mfa?: boolean;
  readonly device?: boolean;
  readonly domain: string;
}

/** Signs in, and keeps the sign-in only when the API accepts it. */
export async function login(cli: Cli, options: LoginOptions): Promise<void> {
  if (options.mfa === true && options.device === true) {
    throw usage('the device flow can’t ask for a second factor', 'Sign in by browser: writ login --mfa');
  }
  const profile = await cli.profile();
  const issuer = issuerOf(await cli.configuration(), options.domain);
  const session =
    options.user === undefined
      ? await byProtocol(cli, withClient(issuer), options)
      : await byName(cli, issuer, options.user, options.mfa === true);
  const me = await (await cli.client(session.accessToken)).me();
  await writeSession(cli.host, profile, session);
  cli.out.result(
    { ...me, expiresAt: new Date(session.expiresAt).toISOString() },
    () => `Signed in to ${profile.api}.\n${identityText(cli, me, session)}next: writ entitlements\n`,
  );
}

type Issuer = ConfigurationView['issuers'][number];

function issuerOf({ issuers }: ConfigurationView, domain: string): Issuer {
  const issuer = issuers.find((candidate) => candidate.domain === domain);
  if (issuer) return issuer;
  const domains = [...new Set(issuers.map((candidate) => candidate.domain))].join(', ');
  throw usage(`there is no identity domain "${domain}"`, `Give --domain, one of: ${domains}`);
}

function withClient(issuer: Issuer): SignInIssuer {
  const { clientId, ...rest } = issuer;
  if (clientId !== undefined) return { ...rest, clientId };
  throw failed(
    `the command line is no client of ${issuer.issuer} (domain ${issuer.domain})`,
    'Ask a security admin to set `clientId` for this issuer in issuers.json.',
  );
}

async function byProtocol(cli: Cli, issuer: SignInIssuer, options: LoginOptions): Promise<Session> {
  const profile = await cli.profile();
  const note = (text: string) => {
    cli.out.note(text);
  };
  const { sessionFrom } = await import('../signin/oidc.ts');
  const answer = options.device
    ? await (await import('../signin/device.ts')).signInByDevice(issuer, note)
    : await (
        await import('../signin/browser.ts')
      ).signInByBrowser(cli.host, issuer, { again: options.mfa === true, note });
  return sessionFrom(
    answer,
    {
      api: profile.api,
      domain: issuer.domain,
      issuer: issuer.issuer,
      clientId: issuer.clientId,
      again: [
        'writ login',
        options.domain !== 'admin' && `--domain ${options.domain}`,
        options.device && '--device',
        options.mfa && '--mfa',
      ]
        .filter(Boolean)
        .join(' '),
    },
    cli.host.now(),
  );
}

async function byName(cli: Cli, issuer: Issuer, user: string, mfa: boolean): Promise<Session> {
  const { signInLocally } = await import('../signin/local.ts');
  const tokens = await signInLocally(cli.host, issuer.issuer, user, mfa);
  return {
    api: (await cli.profile()).api,
    domain: tokens.domain,
    issuer: tokens.issuer,
    accessToken: tokens.access_token,
    expiresAt: expiryOf(tokens.access_token, tokens.expires_in, cli.host.now()),
    again: `writ login --user ${user}${mfa ? ' --mfa' : ''}`,
  };
}
