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
  ['listAuditEvents', {}, { ...OUT, ...same(HIDDEN), alice: '200', audrey: '200' }],
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
    const { status, code } = await system.call(route, token, { ...facts, ...query, ...(needsId && { id }) });
    expect(`${status} ${code}`.trim()).toBe(expected);
    if (code !== '') expect(errorsOf(ROUTES[route])).toContain(code);
  });
});
