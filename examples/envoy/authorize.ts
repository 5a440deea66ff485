import type { IncomingMessage } from 'node:http';
// In a repository of your own: `from 'writ/verify'`.
import { VerifyError } from '../../sdk/verify/index.ts';
import type { VerifiedToken, Verifier, VerifyContext } from '../../sdk/verify/index.ts';

/** What Envoy is answered. 200 lets the request through, with these headers in place of the client's. */
export interface Decision {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Headers that say who was verified. Envoy takes them from clients' requests before it asks (`envoy.yaml`). */
export const IDENTITY_HEADERS = [
  'x-writ-subject',
  'x-writ-actors',
  'x-writ-client',
  'x-writ-scope',
  'x-writ-kind',
  'x-writ-grant',
  'x-writ-token',
  'x-writ-revocation',
] as const;

/** A route that is let through, by method and path; what is not named is refused. */
export interface Route {
  readonly method: string;
  /** Whole paths: anchor it at both ends. */
  readonly path: RegExp;
  readonly needs: VerifyContext;
}

/**
 * Decides about the request that Envoy asks about: its method, its path behind {@link prefix}, its own headers.
 *
 * Envoy is the only one that may reach this: it is who says what the client sent, and from where.
 */
export async function authorize(
  verifier: Verifier,
  routes: readonly Route[],
  { method = '', url = '', headersDistinct: headers }: Pick<IncomingMessage, 'method' | 'url' | 'headersDistinct'>,
): Promise<Decision> {
  // Told twice, the client may have told one of them: then nothing is believed.
  if (!url.startsWith(`${PREFIX}/`) || IDENTITY_HEADERS.some((name) => headers[name] !== undefined)) return FORBIDDEN;
  const target = url.slice(PREFIX.length);
  const path = target.replace(/[?#].*$/u, '');
  const route = routes.find((one) => one.method === method && one.path.test(path));
  if (!route) return FORBIDDEN;
  try {
    const token = await verifier.verify({ method, url: target, headers }, route.needs);
    return { status: 200, headers: identityOf(token), body: '' };
  } catch (error) {
    // A defect is no permission.
    if (!(error instanceof VerifyError)) return { status: 500, headers: {}, body: '' };
    const { status, headers: answer, body } = error;
    return { status, headers: { ...answer, 'content-type': 'application/json' }, body: JSON.stringify(body) };
  }
}

/** Envoy's `path_prefix`: what it puts before the path of the request that it asks about. */
const PREFIX = '/authorize';

const FORBIDDEN: Decision = { status: 403, headers: {}, body: '' };

/** Every header, each time: one that was left out would leave a client's. Ids and texts; never the token. */
function identityOf(token: VerifiedToken): Record<(typeof IDENTITY_HEADERS)[number], string> {
  return {
    'x-writ-subject': visible(token.subject),
    'x-writ-actors': JSON.stringify(token.actors.map(visible)),
    'x-writ-client': token.clientId,
    'x-writ-scope': token.scopes.join(' '),
    'x-writ-kind': token.kind,
    'x-writ-grant': token.grantId,
    'x-writ-token': token.tokenId,
    'x-writ-revocation': token.revocation,
  };
}

/** Ids are printable ASCII already; this keeps a header a header, whatever becomes of that rule. */
const visible = (text: string): string => text.replaceAll(/[^\x20-\x7e]/gu, '?');
