import * as z from 'zod';
import { detailSchema } from '../../contract/schemas/common.ts';
import type { TokenForm } from '../../contract/oauth.ts';
import { GRANT_TYPES, TOKEN_TYPES } from '../../contract/oauth.ts';
import type { AuthorizationDetail } from '../../core/oauth/authorizationDetails.ts';
import type { TokenWish } from '../../core/oauth/authority.ts';
import { OAuthError } from '../../core/oauth/oauthError.ts';
import { parseStrictJson } from '../../tokens/strictJson.ts';

/** What a token is asked for by. Well-formed, otherwise untrusted. */
export type TokenRequest =
  | {
      readonly by: 'exchange';
      readonly grantId: string;
      readonly subject: Presented;
      readonly actor?: Presented;
    }
  | { readonly by: 'client'; readonly grantId: string }
  | { readonly by: 'refresh'; readonly refreshToken: string };

export interface Presented {
  readonly token: string;
  readonly type: string;
}

const CLIENT = ['grant_type', 'client_id', 'client_assertion', 'client_assertion_type'] as const;
const WISH = ['audience', 'resource', 'scope', 'authorization_details'] as const;

/** What each grant type takes. What belongs to another is refused: two of them at once are nobody's intention. */
const PARAMETERS: Readonly<Record<TokenRequest['by'], readonly (keyof TokenForm)[]>> = {
  exchange: [
    ...CLIENT,
    ...WISH,
    'grant_id',
    'subject_token',
    'subject_token_type',
    'subject_dpop',
    'actor_token',
    'actor_token_type',
    'requested_token_type',
  ],
  client: [...CLIENT, ...WISH, 'grant_id'],
  refresh: [...CLIENT, ...WISH, 'refresh_token'],
};

/**
 * Which token is asked for, and how.
 *
 * @throws OAuthError `unsupported_grant_type`, `invalid_request`, which says what to send
 */
export function requestOf(form: TokenForm): TokenRequest {
  const by = grantTypeOf(form.grant_type);
  const stray = Object.entries(form).find(
    ([name, value]) => value !== undefined && !PARAMETERS[by].includes(name as keyof TokenForm),
  );
  if (stray) throw invalid(`${stray[0]} does not belong to grant_type ${form.grant_type}: leave it out`);
  if (by === 'refresh') {
    if (form.refresh_token === undefined) throw invalid('refresh_token is missing: send the one that came last');
    return { by, refreshToken: form.refresh_token };
  }
  const grantId = form.grant_id;
  if (grantId === undefined) {
    throw invalid('grant_id is missing: name the grant that the token is for, such as grt_...; ask for one first');
  }
  return by === 'client' ? { by, grantId } : { by, grantId, ...presentedIn(form) };
}

function grantTypeOf(grantType: string): TokenRequest['by'] {
  const known = Object.entries(GRANT_TYPES).find(([, name]) => name === grantType);
  if (known) return known[0] as keyof typeof GRANT_TYPES;
  throw new OAuthError('unsupported_grant_type', `grant_type is one of ${Object.values(GRANT_TYPES).join(' ')}`);
}

function presentedIn(form: TokenForm): { readonly subject: Presented; readonly actor?: Presented } {
  const { subject_token, subject_token_type, actor_token, actor_token_type, requested_token_type } = form;
  if (subject_token === undefined || subject_token_type === undefined) {
    throw invalid('subject_token and subject_token_type are both needed: whose authority the token is to carry');
  }
  if ((actor_token === undefined) !== (actor_token_type === undefined)) {
    throw invalid('actor_token and actor_token_type go together: send both or neither');
  }
  // The tokens are JWTs, so either name is true (RFC 8693 §3).
  if (requested_token_type !== undefined && !Object.values<string>(TOKEN_TYPES).includes(requested_token_type)) {
    throw invalid(`requested_token_type is ${TOKEN_TYPES.access}: there is nothing else to get`);
  }
  return {
    subject: { token: subject_token, type: subject_token_type },
    ...(actor_token !== undefined &&
      actor_token_type !== undefined && {
        actor: { token: actor_token, type: actor_token_type },
      }),
  };
}

/**
 * What the token should carry.
 *
 * @throws OAuthError `invalid_target`, `invalid_authorization_details`
 */
export function wishOf({ audience, resource, scope, authorization_details: details }: TokenForm): TokenWish {
  const targets = new Set([...(audience ?? []), ...(resource ?? []).map(absolute)]);
  const [target, another] = targets;
  if (another !== undefined) throw new OAuthError('invalid_target', 'a token is for one audience: name one');
  return {
    ...(target !== undefined && { audience: target }),
    ...(scope !== undefined && { scopes: [...new Set(scope.split(' '))] }),
    ...(details !== undefined && { details: detailsOf(details) }),
  };
}

/** RFC 8707 §2. */
function absolute(resource: string): string {
  if (/^[a-z][a-z0-9+.-]*:/i.test(resource) && URL.canParse(resource) && !resource.includes('#')) return resource;
  throw new OAuthError('invalid_target', 'resource must be an absolute URI without a fragment');
}

const MAX_DETAILS = 16;
const MEMBER = 'authorization_details';

/** RFC 9396 §2. None at all would lift every limit, so there must be one. */
function detailsOf(text: string): readonly AuthorizationDetail[] {
  const wrapped = parseStrictJson(Buffer.from(`{"${MEMBER}":${text}}`, 'utf8'));
  const list: unknown = wrapped && Object.keys(wrapped).length === 1 ? wrapped[MEMBER] : undefined;
  if (!Array.isArray(list) || list.length === 0) throw unfit('it is not a JSON array of one entry or more');
  if (list.length > MAX_DETAILS) throw unfit(`it has more than ${MAX_DETAILS} entries`);
  const parsed = z.array(detailSchema).safeParse(list);
  if (parsed.success) return parsed.data;
  throw unfit(
    'each entry has a type, and of the other fields only locations, actions, datatypes, identifier, privileges',
  );
}

const unfit = (why: string): OAuthError =>
  new OAuthError('invalid_authorization_details', `${MEMBER} is not acceptable: ${why}`);
const invalid = (description: string): OAuthError => new OAuthError('invalid_request', description);
