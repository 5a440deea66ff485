import type { BriefView, EntitlementView, GrantView, Jwks, MeView, QuestionView } from '../../contract/schemas.ts';

/** Answers as the API gives them, for tests to vary. */

export const BUNDLE = 'b'.repeat(64);
export const GRANT_ID = 'grt_01J9ZK3N8Q4T6V8X0Z2B4D6F8H';
export const OTHER_GRANT_ID = 'grt_01J9ZK3N8Q4T6V8X0Z2B4D6F8J';

/** Bob of the admins, signed in with a second factor. */
export const sampleMe = (more: Partial<MeView> = {}): MeView => ({
  id: 'admin|bob',
  domain: 'admin',
  issuer: 'x',
  subject: 'bob',
  person: 'bob',
  groups: [],
  project: 'shop',
  authentication: { mfa: true, methods: ['pwd', 'otp'] },
  ...more,
});

export const sampleGrant = (more: Partial<GrantView> = {}): GrantView => ({
  id: GRANT_ID,
  status: 'active',
  version: 1,
  entitlement: 'orders-read',
  requester: { id: 'admin|alice', domain: 'admin', subject: 'alice' },
  parameters: { customer: 'C-42' },
  scope: [{ actions: ['dynamodb:Query'], resources: ['arn:aws:dynamodb:us-east-1:111122223333:table/orders'] }],
  durationSeconds: 600,
  purpose: 'incident',
  justification: 'INC-42: order missing',
  requestedAt: '2026-11-21T09:00:00.000Z',
  startsAt: '2026-11-21T09:00:00.000Z',
  activatedAt: '2026-11-21T09:00:00.000Z',
  expiresAt: '2026-11-21T09:10:00.000Z',
  decision: {
    outcome: 'allowed',
    policies: [{ id: 'low-risk', effect: 'permit' }],
    reasons: ['Low risk: automatic.'],
    bundleSha256: BUNDLE,
  },
  approvals: [],
  approvers: [],
  extensions: [],
  credentials: { issued: 0 },
  uses: { spent: 0 },
  requestSha256: 'a'.repeat(64),
  ...more,
});

/** The public half of one key. */
export const sampleJwks = (): Jwks => ({
  keys: [
    {
      kty: 'EC',
      crv: 'P-256',
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
      kid: 'a',
      use: 'sig',
      alg: 'ES256',
      key_ops: ['verify'],
    },
  ],
});

/** A grant that is used by delegation tokens. */
export const sampleTokenGrant = (more: Partial<GrantView> = {}): GrantView =>
  sampleGrant({
    entitlement: 'billing-report',
    scope: [{ actions: ['reports:read', 'reports:export'], resources: ['https://billing.example.com'] }],
    authorizationDetails: [{ type: 'billing_report', identifier: 'C-42', actions: ['read', 'export'] }],
    ...more,
  });

export const sampleEntitlement = (more: Partial<EntitlementView> = {}): EntitlementView => ({
  id: 'orders-read',
  kind: 'aws',
  title: 'Read orders',
  description: 'Query the orders table.',
  consequences: ['Shows what customers bought.'],
  project: 'shop',
  risk: 'low',
  dataClass: 'internal',
  owner: 'shop-team',
  account: '111122223333',
  region: 'us-east-1',
  breakGlass: false,
  ceiling: [{ actions: ['dynamodb:Query'], resources: ['arn:aws:dynamodb:us-east-1:111122223333:table/orders'] }],
  parameters: { customer: { type: 'string', description: 'whose orders', example: 'C-42' } },
  limits: { minDurationSeconds: 5, maxDurationSeconds: 3_600, maxTotalSeconds: 7_200, maxSessions: 20 },
  console: true,
  approvers: [],
  outcome: 'allowed',
  reasons: [],
  reviewBy: '2027-06-30',
  ...more,
});

export const APPROVAL_ID = 'apr_01J9ZK3N8Q4T6V8X0Z2B4D6F8H';
export const CONSENT_ID = 'cns_01J9ZK3N8Q4T6V8X0Z2B4D6F8H';

export const sampleQuestion = (more: Partial<QuestionView> = {}): QuestionView => ({
  about: 'request',
  requestSha256: 'a'.repeat(64),
  stage: 0,
  stageName: 'team lead',
  have: 0,
  need: 1,
  since: '2026-11-21T09:00:00.000Z',
  lapsesAt: '2026-11-21T13:00:00.000Z',
  escalatesAt: '2026-11-21T11:00:00.000Z',
  approvers: [{ id: 'admin|bob', name: 'Bob Baker' }],
  then: [],
  ...more,
});

/** A request that waits for people. */
export const samplePending = (more: Partial<GrantView> = {}, asked: Partial<QuestionView> = {}): GrantView => {
  const question = sampleQuestion(asked);
  const { activatedAt: _, expiresAt: __, ...grant } = sampleGrant({ entitlement: 'orders-write' });
  const { approvers, lapsesAt } = question;
  return { ...grant, status: 'pending', lapsesAt, approvers, question, ...more };
};

export const sampleApproval = (more: Partial<GrantView['approvals'][number]> = {}): GrantView['approvals'][number] => ({
  id: APPROVAL_ID,
  by: { id: 'admin|bob', domain: 'admin', subject: 'bob' },
  verdict: 'approve',
  comment: 'Looks right.',
  stage: 0,
  at: '2026-11-21T09:05:00.000Z',
  via: 'api',
  requestSha256: 'a'.repeat(64),
  bundleSha256: BUNDLE,
  ...more,
});

export const sampleBrief = (more: Partial<BriefView> = {}): BriefView => ({
  grant: samplePending(),
  consequences: ['Changes what customers ordered.'],
  blastRadius: {
    accounts: ['111122223333'],
    regions: ['us-east-1'],
    resources: ['arn:aws:dynamodb:us-east-1:111122223333:table/orders'],
    audiences: [],
    actions: ['dynamodb:PutItem'],
    dataClass: 'personal',
    risk: 'high',
  },
  sessionPolicy: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"dynamodb:PutItem"}]}',
  pastUse: { granted: 3, refused: 1, takenBack: 0, lastAt: '2026-11-20T09:00:00.000Z', lookedAt: 12 },
  ifNobodyAnswers: 'If nobody has answered by 2026-11-21T13:00:00.000Z, the request lapses and nothing is lent.',
  ...more,
});
