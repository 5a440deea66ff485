/** The access sweep: every route of the contract, with every token that must not open it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemSchema } from '../../contract/schemas.ts';
import type { GrantView } from '../../contract/schemas.ts';
import { ASSERTION_TYPE } from '../../contract/oauth.ts';
import { ROUTES } from '../../contract/routes.ts';
import type { Route } from '../../contract/routes.ts';
import { caller, ORDERS_OF_C42, problemCode, request, signedIn, startSystem, tokensOf } from './harness.ts';
import type { Answer, Caller } from './harness.ts';

let system: Awaited<ReturnType<typeof startSystem>>;
let hers: GrantView;
beforeAll(async () => {
  system = await startSystem();
  hers = await request(await signedIn(system, 'alice'));
});
afterAll(() => system.stop());

const ALL: readonly (readonly [name: string, route: Route])[] = Object.entries(ROUTES);
const isPublic = (route: Route): boolean => route.audience.includes('public');
/** What other systems sign instead of bearing a token. */
const isSigned = (route: Route): boolean => route.audience.includes('signed');
/** What applications ask by a form, as the OAuth RFCs say. */
const OF_CLIENTS = ALL.filter(([, route]) => route.oauth);
const PROTECTED = ALL.filter(([, route]) => !isPublic(route) && !isSigned(route) && !route.oauth);
const OF_A_GRANT = PROTECTED.filter(([, route]) => route.path.startsWith('/v1/grants/{id}'));

/** Bodies that their routes take. */
const BODIES: Readonly<Record<string, object>> = {
  createGrant: ORDERS_OF_C42,
  revokeGrant: { reason: 'because' },
  extendGrant: { durationSeconds: 60, justification: 'more' },
  narrowGrant: { expiresAt: '2100-01-01T00:00:00Z' },
  decideGrant: { verdict: 'approve', comment: 'fine', requestSha256: 'a'.repeat(64) },
  reviewGrant: { verdict: 'justified', comment: 'fine' },
};

/** A call that would be right but for who makes it. */
function call(who: Caller, name: string, route: Route): Promise<Answer<unknown>> {
  const query = name === 'listAuditEvents' ? `?grant=${hers.id}` : '';
  const path = route.path.replace('{id}', hers.id).replace('{approval}', `apr_${'0'.repeat(26)}`) + query;
  if (route.method === 'GET') return who.get(path);
  return route.method === 'DELETE' ? who.delete(path) : who.post(path, BODIES[name] ?? {});
}

/** The token with one character of its signature changed. */
function tampered(token: string): string {
  const at = token.lastIndexOf('.') + 5;
  return token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
}

/** The token's claims under a header that says that it needs no signature. */
function unsigned(token: string): string {
  const header = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url');
  return `${header}.${token.split('.')[1] ?? ''}.`;
}

/** Claims as another issuer would have signed them: the header names a key that the claimed issuer does not have. */
function transplanted(payloadOf: string, rest: string): string {
  const [header = '', , signature = ''] = rest.split('.');
  return `${header}.${payloadOf.split('.')[1] ?? ''}.${signature}`;
}

const TOKENS: readonly (readonly [what: string, token: () => Promise<string | undefined>])[] = [
  ['no token', async () => undefined],
  ['no JWT', async () => 'letmein'],
  ['an ID token', async () => (await tokensOf(system, 'alice')).id_token],
  ['a tampered token', async () => tampered((await tokensOf(system, 'alice')).access_token)],
  ['an unsigned token', async () => unsigned((await tokensOf(system, 'alice')).access_token)],
  [
    'an admin’s claims with a customer’s signature',
    async () =>
      transplanted((await tokensOf(system, 'alice')).access_token, (await tokensOf(system, 'erin')).access_token),
  ],
];

describe.each(TOKENS)('%s', (_what, token) => {
  it.each(PROTECTED)('does not open %s', async (name, route) => {
    const answer = await call(caller(system, await token()), name, route);
    expect(problemCode(answer)).toBe('401 unauthenticated');
    expect(problemSchema.safeParse(answer.body).success).toBe(true);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });
});

/** Forms that would be right but for who sends them. */
const FORMS: Readonly<Record<string, () => Record<string, string>>> = {
  issueToken: () => ({ grant_type: 'client_credentials', grant_id: hers.id }),
  introspectToken: () => ({ token: 'a.b.c' }),
  revokeToken: () => ({ token: 'a.b.c' }),
};

describe.each(TOKENS)('%s, in the place of a client’s assertion', (_what, token) => {
  it.each(OF_CLIENTS)('does not open %s', async (name, { path }) => {
    const assertion = await token();
    const body = new URLSearchParams({
      ...FORMS[name]?.(),
      ...(assertion === undefined
        ? { client_id: 'billing' }
        : { client_assertion_type: ASSERTION_TYPE, client_assertion: assertion }),
    });
    const response = await fetch(`${system.api}${path}`, { method: 'POST', body });
    const text = await response.text();
    expect([response.status, (JSON.parse(text) as { error: unknown }).error]).toEqual([401, 'invalid_client']);
    expect(response.headers.get('cache-control')).toBe('no-store');
    if (assertion !== undefined) expect(text).not.toContain(assertion);
  });
});

describe.each(['dave', 'erin', 'ci'])('%s, who is signed in but of another domain', (user) => {
  it.each(OF_A_GRANT)('does not learn that alice’s grant exists from %s', async (name, route) => {
    const answer = await call(await signedIn(system, user, true), name, route);
    expect(problemCode(answer)).toMatch(/^(403 forbidden|404 not_found)$/);
    expect(answer.text).not.toContain('orders-read');
  });

  it('does not read its audit events', async () => {
    const answer = await call(await signedIn(system, user, true), 'listAuditEvents', ROUTES.listAuditEvents);
    expect(problemCode(answer)).toMatch(/^(403 forbidden|404 not_found)$/);
  });

  it('can’t borrow what is not lent to that domain', async () => {
    const answer = await (await signedIn(system, user, true)).post('/v1/grants', ORDERS_OF_C42);
    expect(problemCode(answer)).toMatch(/^(403 request_denied|404 unknown_entitlement)$/);
  });
});

describe('another engineer', () => {
  it.each(['issueAwsCredentials', 'issueConsoleSession', 'returnGrant', 'cancelGrant'] as const)(
    'does not get at alice’s grant by %s',
    async (name) => {
      const answer = await call(await signedIn(system, 'bob', true), name, ROUTES[name]);
      expect(problemCode(answer)).toMatch(/^(403 forbidden|404 not_found)$/);
    },
  );
});

describe('the auditor', () => {
  it('reads, and may never be granted anything', async () => {
    const audrey = await signedIn(system, 'audrey', true);
    expect((await call(audrey, 'listAuditEvents', ROUTES.listAuditEvents)).status).toBe(200);
    expect(problemCode(await audrey.post('/v1/grants', ORDERS_OF_C42))).toBe('403 request_denied');
  });
});

describe('signed routes', () => {
  it('open to no token, whoever’s it is', async () => {
    const carol = await signedIn(system, 'carol', true);
    expect(problemCode(await call(carol, 'ticketCallback', ROUTES.ticketCallback))).toBe('401 unauthenticated');
    expect(problemCode(await call(carol, 'chatCallback', ROUTES.chatCallback))).toBe('415 unsupported_media_type');
  });
});

describe('public routes', () => {
  it('show a page without a token, and nothing of the grant on it', async () => {
    const page = await fetch(`${system.api}/requests/${hers.id}`);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')]);
    expect(await page.text()).not.toContain('orders-read');
  });

  it('say that there is no list of what ended until the first was made, within a minute', async () => {
    const response = await fetch(`${system.api}${ROUTES.getSnapshot.path}`);
    expect([200, 503]).toContain(response.status);
  });

  const elsewhere = ['getRequestPage', 'getSnapshot'];
  const inJson = ALL.filter(([name, route]) => isPublic(route) && !elsewhere.includes(name));
  it.each(inJson)('%s needs no token', async (name, route) => {
    expect((await call(caller(system), name, route)).status).toBe(200);
  });
});

describe('after all that', () => {
  it('alice’s grant is as it was', async () => {
    const alice = await signedIn(system, 'alice');
    expect((await alice.get<GrantView>(`/v1/grants/${hers.id}`)).body).toEqual(hers);
  });
});
