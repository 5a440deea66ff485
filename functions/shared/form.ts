import type { APIGatewayProxyEvent } from 'aws-lambda';
import type * as z from 'zod';
import { OAuthError } from '../../core/oauth/oauthError.ts';
import { headerOf, MAX_BODY_BYTES } from './request.ts';

/** The fields of a form by name; a repeated one has several values. Not checked against any schema yet. */
export type FormFields = ReadonlyMap<string, readonly string[]>;

const FORM_TYPE = /^application\/x-www-form-urlencoded(\s*;\s*charset="?utf-8"?)?$/i;
/** What is left of a form's text where everything else is escaped (WHATWG URL §5.2), and what libraries leave besides. */
const PLAIN = /^[\x21\x23-\x7e]*$/;
/** No endpoint knows as many; and each that is there again costs as much as those before it. */
const MAX_FIELDS = 100;
const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads a form (RFC 6749 appendix B), strictly: of its type, at most 32 kB, well-formed escapes of well-formed UTF-8, and
 * nothing in the query, where logs would keep it. A field without a value counts as left out (RFC 6749 §3.2).
 *
 * @throws OAuthError `invalid_request`
 */
export function readForm(event: APIGatewayProxyEvent): FormFields {
  if (Object.keys(event.multiValueQueryStringParameters ?? {}).length > 0) {
    throw malformed('parameters belong into the form, not into the URL');
  }
  if (!FORM_TYPE.test((headerOf(event, 'content-type') ?? '').trim())) {
    throw malformed('the body must be application/x-www-form-urlencoded in UTF-8');
  }
  const body = event.body ?? '';
  if (body.length > MAX_BODY_BYTES * 2) throw tooLarge();
  const bytes = Buffer.from(body, event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > MAX_BODY_BYTES) throw tooLarge();
  const text = bytes.toString('latin1');
  if (!PLAIN.test(text)) throw malformed('the form is not form-encoded');
  const fields = new Map<string, readonly string[]>();
  const pairs = text === '' ? [] : text.split('&', MAX_FIELDS + 1);
  if (pairs.length > MAX_FIELDS) throw malformed(`the form has more than ${MAX_FIELDS} fields`);
  for (const pair of pairs) {
    const [name = '', ...value] = pair.split('=');
    const key = decode(name);
    if (key === '') throw malformed('the form has a field without a name');
    fields.set(key, [...(fields.get(key) ?? []), decode(value.join('='))]);
  }
  return fields;
}

/**
 * The form as its schema has it: no field that the schema does not know, and none twice but those that are lists there.
 *
 * @throws OAuthError `invalid_request`, which names fields and never holds a value
 */
export function checkForm<S extends z.ZodObject>(schema: S, fields: FormFields, lists: readonly string[]): z.output<S> {
  const known = Object.keys(schema.shape);
  const given: Record<string, string | readonly string[]> = {};
  for (const [name, values] of fields) {
    if (!known.includes(name)) throw malformed(`${shown(name)} is not a parameter here`);
    const filled = values.filter((value) => value !== '');
    if (lists.includes(name)) {
      if (filled.length > 0) given[name] = filled;
      continue;
    }
    if (values.length > 1) throw malformed(`${shown(name)} is given more than once`);
    if (filled[0] !== undefined) given[name] = filled[0];
  }
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const said = (issue?.message ?? 'is not acceptable').replace(/^Invalid input: /, '');
  throw malformed(`${shown(String(issue?.path[0] ?? ''))} ${said}`);
}

function decode(text: string): string {
  const spaced = text.replaceAll('+', ' ');
  if (!spaced.includes('%')) return spaced;
  if (/%(?![0-9A-Fa-f]{2})/.test(spaced)) throw malformed('the form has a malformed escape');
  const bytes = Buffer.from(
    spaced.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
  try {
    return DECODER.decode(bytes);
  } catch {
    throw malformed('the form is not UTF-8');
  }
}

/** A name as an answer may hold it: somebody could have sent a token in its place. */
const shown = (name: string): string => (/^[a-z][a-z0-9_]{0,39}$/.test(name) ? `\`${name}\`` : 'a field of the form');

const malformed = (description: string): OAuthError => new OAuthError('invalid_request', description);
const tooLarge = (): OAuthError => malformed('the body is larger than 32 kB');
