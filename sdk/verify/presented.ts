import type { Scheme } from './challenge.ts';
import { Refusal } from './refusal.ts';

type HeaderRecord = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What is read of a request: a `Request` of the fetch standard, or whatever a framework makes into this. */
export interface PresentedRequest {
  readonly method: string;
  /** Absolute, or from the path on. Only the path is used: host and scheme are the configured ones. */
  readonly url: string;
  /** Names in any case. A header that came several times is a list. */
  readonly headers: Headers | HeaderRecord;
}

/** Credentials as they came. Nothing in it is verified. */
export interface Presented {
  readonly scheme: Scheme;
  readonly token: string;
  /** Absent where a token was handed over without a request. */
  readonly request?: { readonly method: string; readonly path: string; readonly proof: string | undefined };
}

/** RFC 6750 §2.1, RFC 9449 §7.1. */
const CREDENTIALS = /^(bearer|dpop) +([^ ,]+)$/iu;

/**
 * Finds the one access token of a request.
 *
 * @throws Refusal `token_missing`, `credentials_refused`
 */
export function readRequest(request: PresentedRequest): Presented {
  const { path, query } = split(request.url);
  // RFC 6750 §2.3, §5.3: a token in a URL ends up in logs. Refused, and never read.
  if (query !== '' && new URLSearchParams(query).has('access_token')) {
    throw new Refusal('credentials_refused', 'an access token may not be in the URL');
  }
  const authorization = only(request.headers, 'authorization');
  if (authorization === undefined) throw new Refusal('token_missing', 'no access token was sent');
  const [, name = '', token = ''] = CREDENTIALS.exec(authorization) ?? [];
  if (token === '') {
    throw new Refusal('credentials_refused', 'the Authorization header is not one `Bearer` or `DPoP` access token');
  }
  const scheme = name.toLowerCase() === 'dpop' ? 'DPoP' : 'Bearer';
  return { scheme, token, request: { method: request.method, path, proof: only(request.headers, 'dpop') } };
}

/** @throws Refusal `credentials_refused` for a header that came twice */
function only(headers: PresentedRequest['headers'], name: string): string | undefined {
  // Joined by commas where it came twice: neither a token nor a proof has one.
  if (headers instanceof Headers) return headers.get(name) ?? undefined;
  const values = Object.entries(headers).flatMap(([key, value]) =>
    value === undefined || key.toLowerCase() !== name ? [] : value,
  );
  if (values.length > 1) throw new Refusal('credentials_refused', `the header ${name} came more than once`);
  return values[0];
}

function split(url: string): { path: string; query: string } {
  // A path may begin with two slashes, and is not a host then.
  const text = url.startsWith('/') ? `http://path.invalid${url}` : url;
  if (!URL.canParse(text)) throw new Refusal('credentials_refused', 'the URL of the request can’t be read');
  const { pathname, search } = new URL(text);
  return { path: pathname, query: search };
}
