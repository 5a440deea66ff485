const MAX_LENGTH = 2048;
const ESCAPE = /%[0-9a-f]{2}/giu;
const UNRESERVED = /^[A-Za-z0-9._~-]$/u;

/**
 * A URL as DPoP proofs are compared by (RFC 9449 §4.3, RFC 3986 §6.2.2 and §6.2.3): without query and fragment, scheme
 * and host in lower case, no default port, dot segments resolved, escapes in upper case and only where they are needed.
 *
 * @returns undefined for what is no absolute http(s) URL, is over-long, or holds a user's name
 */
export function targetUrl(text: string): string | undefined {
  if (text.length > MAX_LENGTH || !/^https?:\/\//iu.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return undefined;
  const path = url.pathname.replace(ESCAPE, (escape) => {
    const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16));
    return UNRESERVED.test(character) ? character : escape.toUpperCase();
  });
  return `${url.origin}${path}`;
}
