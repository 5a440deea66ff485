import { download } from '../../tokens/download.ts';
import type { Transport } from '../../tokens/download.ts';
import { member, parseStrictJson } from '../../tokens/strictJson.ts';
import { Refusal } from './refusal.ts';

const MAX_BYTES = 64 * 1024;

/** How the resource server proves who it is: form fields (`client_assertion`, …) or headers, made anew for each call. */
export type ClientAuthentication = () => ClientCredentials | Promise<ClientCredentials>;
export interface ClientCredentials {
  readonly form?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Asks the authorization server whether a token is active (RFC 7662).
 *
 * @param token verified already: nothing else is sent anywhere
 * @returns whether it says `active` of this very token
 * @throws Refusal `revocation_unknown` for any answer but a clear one
 */
export async function introspect(
  url: string,
  { token, tokenId }: { readonly token: string; readonly tokenId: string },
  authenticate: ClientAuthentication,
  transport: Transport,
): Promise<boolean> {
  try {
    const credentials = await authenticate();
    const form = new URLSearchParams({ ...credentials.form, token, token_type_hint: 'access_token' });
    const headers = {
      ...credentials.headers,
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
    };
    const body = await download(transport, url, { method: 'POST', headers, body: form.toString() }, MAX_BYTES);
    const answer = parseStrictJson(body) ?? {};
    const active = member(answer, 'active');
    if (active === false) return false;
    // An answer about another token is no answer.
    const about = member(answer, 'jti');
    if (active === true && (about === undefined || about === tokenId)) return true;
  } catch {
    // No answer, or a refusal of ours: the reason may hold what was sent.
  }
  throw new Refusal('revocation_unknown', 'the authorization server can’t be asked now whether the token is active');
}
