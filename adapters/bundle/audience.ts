import { z } from 'zod';

/** What one may do at an audience: the name of a scope, or of an operation of an impersonation. */
export const OPERATION = /^[a-z][a-z0-9-]{0,31}:[a-z][a-z0-9-]{0,63}$/;

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

/**
 * Why a URI can't name an audience; undefined when it can. Audiences are compared as text, by us and by whoever takes a
 * token: so there is one way to write each, and none holds what a scope would take for a wildcard.
 */
export function whyNoAudience(text: string): string | undefined {
  if (!URL.canParse(text)) return 'must be an absolute URI such as https://billing.example.com';
  const url = new URL(text);
  if (text.includes('#')) return 'must have no fragment (RFC 8707 §2)';
  if (/[?*{}\s]/.test(text)) return 'must have no query, wildcard or placeholder';
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && LOOPBACK.has(url.hostname))) {
    return 'must be an https URI (http only on loopback)';
  }
  if (url.username !== '' || url.password !== '') return 'must hold no credentials';
  return url.href === text || url.href === `${text}/` ? undefined : `must be written ${url.href}`;
}

export const audience = z.string().superRefine((text, context) => {
  const why = whyNoAudience(text);
  if (why !== undefined) context.addIssue({ code: 'custom', message: why });
});
