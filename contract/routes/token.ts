import { introspectionAnswer, lookUpForm, revocationAnswer, tokenAnswer, tokenForm } from '../oauth.ts';
import { noQuery } from '../schemas.ts';
import type { Route } from './route.ts';

const endpoint = {
  method: 'POST',
  duty: 'token',
  audience: ['client'],
  query: noQuery,
  oauth: true,
  errors: [],
} as const;

/** The authorization server: forms in, OAuth's own answers and errors out (`contract/oauth.ts`). */
export const TOKEN_ROUTES = {
  issueToken: {
    ...endpoint,
    path: '/oauth2/token',
    summary: 'A delegation token for a live grant: token exchange (RFC 8693), client credentials or refresh',
    form: tokenForm,
    success: { 200: tokenAnswer },
  },
  introspectToken: {
    ...endpoint,
    path: '/oauth2/introspect',
    summary: 'Whether a token is good now, for the resource server that it is meant for (RFC 7662, 9701)',
    form: lookUpForm,
    success: { 200: introspectionAnswer },
  },
  revokeToken: {
    ...endpoint,
    path: '/oauth2/revoke',
    summary: 'Ends a token of the client that asks; a refresh token with all that came of it (RFC 7009)',
    form: lookUpForm,
    success: { 200: revocationAnswer },
  },
} as const satisfies Record<string, Route>;
