import { describe, expect, it } from 'vitest';
import type { RouteId } from '../../contract/routes.ts';
import { errorsOf, ROUTES } from '../../contract/routes.ts';
import type { EventFacts } from './event.ts';
import { ASK, createSystem } from './system.ts';

/**
 * Route × person → answer, about a grant of alice's. adam has alice's own groups; dave has everybody's group names, but in
 * another identity domain. What is not one's own looks like what does not exist.
 */
const WHO = ['nobody', 'forger', 'alice', 'adam', 'bob', 'carol', 'audrey', 'dave', 'erin'] as const;
type Row = readonly [RouteId, Partial<EventFacts> & { json?: unknown }, Readonly<Record<(typeof WHO)[number], string>>];

const same = (answer: string) => ({
  alice: answer,
  adam: answer,
  bob: answer,
  carol: answer,
  audrey: answer,
  dave: answer,
  erin: answer,
});
const OUT = { nobody: '401 unauthenticated', forger: '401 unauthenticated' };
const HIDDEN = '404 not_found';
const THEIRS = '403 forbidden';
const DENIED = '403 request_denied';
const ENGINEERS_GET = { alice: '201', adam: '201', bob: '201' };

const NOT_ASKED = '409 grant_not_pending';
const UNSIGNED = '401 unauthenticated';
const NO_FORM = '415 unsupported_media_type';
const NO_SNAPSHOT = '503 unavailable';
const TOLD = { requestId: 'request-1', operation: 'a:b', resource: 'R', outcome: 'failed' };
const KEY = { x: 'x'.repeat(43), y: 'y'.repeat(43) };
const PROOF = { key: 'k'.repeat(43), at: 1, nonce: 'n'.repeat(22), signature: 's'.repeat(86) };

const TABLE: readonly Row[] = [
  ['getHealth', {}, { nobody: '200', forger: '200', ...same('200') }],
  ['getConfiguration', {}, { nobody: '200', forger: '200', ...same('200') }],
  ['getOpenApi', {}, { nobody: '200', forger: '200', ...same('200') }],
  ['getMe', {}, { ...OUT, ...same('200') }],
  ['listEntitlements', {}, { ...OUT, ...same('200') }],
  [
    'createGrant',
    { json: ASK },
    { ...OUT, ...same('404 unknown_entitlement'), ...ENGINEERS_GET, carol: DENIED, audrey: DENIED },
  ],
  ['listGrants', {}, { ...OUT, ...same('200') }],
  ['listGrants', { query: { view: ['active'] } }, { ...OUT, ...same(THEIRS), carol: '200', audrey: '200' }],
  ['getGrant', {}, { ...OUT, ...same(HIDDEN), alice: '200', bob: '200', carol: '200', audrey: '200' }],
  ['issueAwsCredentials', {}, { ...OUT, ...same(HIDDEN), alice: '200', bob: THEIRS, carol: THEIRS, audrey: THEIRS }],
  ['issueConsoleSession', {}, { ...OUT, ...same(HIDDEN), alice: '200', bob: THEIRS, carol: THEIRS, audrey: THEIRS }],
  ['listAuditEvents', {}, { ...OUT, ...same(HIDDEN), alice: '200', audrey: '200', bob: THEIRS, carol: THEIRS }],
  ['listAuditEvents', { query: { day: ['2026-11-21'] } }, { ...OUT, ...same(THEIRS), audrey: '200' }],
  [
    'cancelGrant',
    {},
    { ...OUT, ...same(HIDDEN), alice: '409 grant_not_cancellable', bob: THEIRS, carol: THEIRS, audrey: THEIRS },
  ],
  [
    'revokeGrant',
    { json: { reason: 'stop' } },
    { ...OUT, ...same(HIDDEN), alice: THEIRS, audrey: THEIRS, bob: '200', carol: '200' },
  ],
  [
    'extendGrant',
    { json: { durationSeconds: 300, justification: 'more' } },
    { ...OUT, ...same(HIDDEN), alice: '200', bob: THEIRS, carol: THEIRS, audrey: THEIRS },
  ],
  [
    'narrowGrant',
    { json: { expiresAt: '2026-11-21T09:05:00Z' } },
    { ...OUT, ...same(HIDDEN), alice: '200', bob: '200', carol: '200', audrey: THEIRS },
  ],
  ['getBrief', {}, { ...OUT, ...same(HIDDEN), alice: '200', bob: '200', carol: '200', audrey: '200' }],
  [
    'decideGrant',
    { json: { verdict: 'approve', comment: 'fine', requestSha256: 'a'.repeat(64) } },
    { ...OUT, ...same(HIDDEN), alice: NOT_ASKED, bob: NOT_ASKED, carol: NOT_ASKED, audrey: NOT_ASKED },
  ],
  ['withdrawApproval', { path: { approval: `apr_${'0'.repeat(26)}` } }, { ...OUT, ...same(HIDDEN) }],
  [
    'reviewGrant',
    { json: { verdict: 'justified', comment: 'needed' } },
    { ...OUT, ...same(HIDDEN), alice: THEIRS, bob: THEIRS, audrey: THEIRS, carol: '400 invalid_request' },
  ],
  ['listImpersonations', {}, { ...OUT, ...same('200') }],
  ['listConsents', {}, { ...OUT, ...same('200') }],
  ['withdrawConsent', { path: { id: `cns_${'0'.repeat(26)}` } }, { ...OUT, ...same(HIDDEN) }],
  [
    'registerKey',
    { json: { publicKey: KEY, label: 'blue', proof: PROOF } },
    { ...OUT, ...same('400 invalid_request') },
  ],
  ['listKeys', {}, { ...OUT, ...same('200') }],
  ['removeKey', { path: { id: 'k'.repeat(43) } }, { ...OUT, ...same(HIDDEN) }],
  ['drill', { json: ASK }, { ...OUT, ...same(THEIRS) }],
  ['getRequestPage', {}, { nobody: '200', forger: '200', ...same('200') }],
  ['chatCallback', {}, { nobody: NO_FORM, forger: NO_FORM, ...same(NO_FORM) }],
  ['ticketCallback', {}, { nobody: UNSIGNED, forger: UNSIGNED, ...same(UNSIGNED) }],
  ['getAuthorizationServer', {}, { nobody: '200', forger: '200', ...same('200') }],
  ['getJwks', {}, { nobody: '200', forger: '200', ...same('200') }],
  ['getSnapshotJwks', {}, { nobody: '200', forger: '200', ...same('200') }],
  ['getSnapshot', {}, { nobody: NO_SNAPSHOT, forger: NO_SNAPSHOT, ...same(NO_SNAPSHOT) }],
  ['consumeToken', { json: { token: 'x', requestId: 'request-1' } }, { ...OUT, ...same(UNSIGNED) }],
  ['reportActivity', { json: { token: 'x', ...TOLD } }, { ...OUT, ...same(UNSIGNED) }],
  ['getKeyRing', {}, { ...OUT, ...same(THEIRS), carol: '200' }],
  ['rotateKeys', {}, { ...OUT, ...same(THEIRS), carol: '200' }],
  // The authorization server has errors of its own, and knows clients, not people: see test/functions/token.
  ['issueToken', {}, { nobody: '400', forger: '400', ...same('400') }],
  ['introspectToken', {}, { nobody: '400', forger: '400', ...same('400') }],
  ['revokeToken', {}, { nobody: '400', forger: '400', ...same('400') }],
  ['returnGrant', {}, { ...OUT, ...same(HIDDEN), alice: '200', bob: THEIRS, carol: THEIRS, audrey: THEIRS }],
];

describe('the access table', () => {
  it('has every route', () => {
    expect(new Set(TABLE.map(([route]) => route))).toEqual(new Set(Object.keys(ROUTES)));
  });

  const cases = TABLE.flatMap(([route, facts, answers]) =>
    WHO.map((who) => ({ route, facts, who, expected: answers[who] })),
  );

  it.each(cases)('$route by $who: $expected', async ({ route, facts, who, expected }) => {
    const system = createSystem();
    const { body } = await system.call('createGrant', 'alice', { json: ASK });
    const id = String(body['id']);
    const needsId = ROUTES[route].path.includes('{id}');
    const query = route === 'listAuditEvents' && !facts.query ? { query: { grant: [id] } } : {};
    const token = who === 'nobody' ? undefined : who;
    const path = { ...(needsId && { id }), ...facts.path };
    const { status, code } = await system.call(route, token, { ...facts, ...query, path });
    expect(`${status} ${code}`.trim()).toBe(expected);
    if (code !== '') expect(errorsOf(ROUTES[route])).toContain(code);
  });
});

describe('a pending request of alice’s', () => {
  it.each([
    ['nobody', '401 unauthenticated'],
    ['forger', '401 unauthenticated'],
    ['alice', '403 own_request'],
    ['adam', HIDDEN],
    ['bob', '200'],
    ['carol', '403 not_an_approver'],
    ['audrey', '403 not_an_approver'],
    ['dave', HIDDEN],
    ['erin', HIDDEN],
  ])('is decided by %s: %s', async (who, expected) => {
    const system = createSystem();
    const ask = { ...ASK, entitlement: 'orders-write' };
    const { body } = await system.call('createGrant', 'alice', { json: ask });
    const { status, code } = await system.call('decideGrant', who === 'nobody' ? undefined : who, {
      path: { id: String(body['id']) },
      json: { verdict: 'approve', comment: 'fine', requestSha256: body['requestSha256'] },
    });
    expect(`${status} ${code}`.trim()).toBe(expected);
  });
});
