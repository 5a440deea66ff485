import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Provider } from 'oidc-provider';
import { signIn } from './claims.ts';
import { readForm, sendPage } from './http.ts';
import { errorPage, pageHeaders, signInPage } from './pages.ts';
import { ACCOUNTS } from './people.ts';
import type { IssuerDomain } from './people.ts';
import { OIDC_SCOPE, RESOURCE, RESOURCE_SCOPE } from './provider.ts';

export interface InteractionOptions {
  readonly provider: Provider;
  readonly domain: IssuerDomain;
  /** Epoch milliseconds. */
  readonly clock: () => number;
}

/**
 * The sign-in page of one issuer: GET shows it, POST takes `user` and `mfa=true` (or `cancel=true`) and goes on. The
 * consent is given with it, since there is one client and one API.
 */
export async function handleInteraction(
  request: IncomingMessage,
  response: ServerResponse,
  { provider, domain, clock }: InteractionOptions,
): Promise<void> {
  const interaction = await provider.interactionDetails(request, response).catch(() => undefined);
  if (!interaction) {
    sendPage(response, 400, errorPage('session_not_found', 'this sign-in is over; start again from your terminal'));
    return;
  }
  const { params, uid } = interaction;
  const accounts = ACCOUNTS.filter((account) => account.domain === domain);
  const redirect = typeof params['redirect_uri'] === 'string' ? new URL(params['redirect_uri']).origin : undefined;
  for (const [name, value] of Object.entries(pageHeaders(redirect))) response.setHeader(name, value);

  if (request.method === 'GET') {
    const hint = typeof params['login_hint'] === 'string' ? { hint: params['login_hint'] } : {};
    const action = new URL(`${provider.issuer.replace(/\/$/u, '')}/interaction/${uid}`).pathname;
    sendPage(response, 200, signInPage({ action, issuer: provider.issuer, accounts, ...hint }));
    return;
  }

  const form = request.method === 'POST' ? await readForm(request) : undefined;
  if (form?.get('cancel') === 'true') {
    const result = { error: 'access_denied', error_description: 'the sign-in was cancelled' };
    await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
    return;
  }
  const account = accounts.find((candidate) => candidate.name === form?.get('user'));
  if (!account) {
    sendPage(response, 400, errorPage('invalid_request', 'choose one of the accounts'));
    return;
  }
  const grant = new provider.Grant({ accountId: account.name, clientId: String(params['client_id']) });
  grant.addOIDCScope(OIDC_SCOPE);
  grant.addResourceScope(RESOURCE, RESOURCE_SCOPE);
  const { amr, acr } = signIn(form?.get('mfa') === 'true');
  await provider.interactionFinished(request, response, {
    login: { accountId: account.name, amr: [...amr], acr, ts: Math.floor(clock() / 1000), remember: false },
    consent: { grantId: await grant.save() },
  });
}
