import { runSimulation } from '@cloud-copilot/iam-simulate';
import { describe, expect, it } from 'vitest';
import { WritError } from '../../core/errors.ts';
import type { Scope } from '../../core/scope.ts';
import { compileSessionPolicy, SESSION_POLICY_LIMIT } from '../../core/sessionPolicy.ts';
import { NOW } from './fixtures.ts';

const TABLE = 'arn:aws:dynamodb:us-east-1:111122223333:table/';
const KEYED: Scope = [
  { actions: ['dynamodb:GetItem', 'dynamodb:Query'], resources: [`${TABLE}orders`], leadingKeys: ['C-42'] },
];
const MIXED: Scope = [
  ...KEYED,
  { actions: ['dynamodb:PutItem'], resources: [`${TABLE}notes`] },
  { actions: ['cloudwatch:ListMetrics'], resources: ['*'] },
];
const ROLE = 'arn:aws:iam::111122223333:role/writ/lend/writ-orders-read';
const SESSION = 'arn:aws:sts::111122223333:assumed-role/writ-orders-read/ses_x';

interface Call {
  readonly action: string;
  readonly resource: string;
  readonly keys?: readonly string[];
  readonly at?: number;
}

const EVERYTHING = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };

/** Whether the policy lets the call through where everything else does, or would by itself stop it with a deny. */
async function judge(scope: Scope, call: Call): Promise<string> {
  const answer = await runSimulation(
    {
      request: {
        action: call.action,
        resource: { resource: call.resource, accountId: '111122223333' },
        principal: SESSION,
        contextVariables: {
          'aws:CurrentTime': new Date(call.at ?? NOW).toISOString(),
          ...(call.keys && { 'dynamodb:LeadingKeys': [...call.keys] }),
        },
      },
      identityPolicies: [{ name: 'role', policy: EVERYTHING }],
      sessionPolicy: JSON.parse(compileSessionPolicy(scope, NOW + 600_000)) as unknown,
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      resourcePolicy: undefined,
      additionalSettings: {},
    },
    {},
  );
  if (answer.resultType === 'error') throw new Error(JSON.stringify(answer.errors));
  return answer.overallResult;
}

describe('compileSessionPolicy', () => {
  it('is closed: reads like this', () => {
    expect(JSON.parse(compileSessionPolicy(KEYED, NOW + 600_999))).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: ['dynamodb:GetItem', 'dynamodb:Query'],
          Resource: [`${TABLE}orders`],
          Condition: {
            'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['C-42'] },
            Null: { 'dynamodb:LeadingKeys': 'false' },
          },
        },
        { Effect: 'Deny', NotAction: ['dynamodb:GetItem', 'dynamodb:Query'], Resource: '*' },
        { Effect: 'Deny', Action: ['dynamodb:GetItem', 'dynamodb:Query'], NotResource: [`${TABLE}orders`] },
        {
          Effect: 'Deny',
          Action: ['dynamodb:GetItem', 'dynamodb:Query'],
          Resource: [`${TABLE}orders`],
          Condition: { 'ForAnyValue:StringNotEquals': { 'dynamodb:LeadingKeys': ['C-42'] } },
        },
        {
          Effect: 'Deny',
          Action: ['dynamodb:GetItem', 'dynamodb:Query'],
          Resource: [`${TABLE}orders`],
          Condition: { Null: { 'dynamodb:LeadingKeys': 'true' } },
        },
        {
          Effect: 'Deny',
          Action: '*',
          Resource: '*',
          Condition: { DateGreaterThanEquals: { 'aws:CurrentTime': '2026-11-21T09:10:00Z' } },
        },
      ],
    });
  });

  it.each<[Scope, Call]>([
    [KEYED, { action: 'dynamodb:Query', resource: `${TABLE}orders`, keys: ['C-42'] }],
    [MIXED, { action: 'dynamodb:Query', resource: `${TABLE}orders`, keys: ['C-42'] }],
    [MIXED, { action: 'dynamodb:PutItem', resource: `${TABLE}notes`, keys: ['any'] }],
    [MIXED, { action: 'cloudwatch:ListMetrics', resource: '*' }],
    [KEYED, { action: 'dynamodb:Query', resource: `${TABLE}orders`, keys: ['C-42'], at: NOW + 599_000 }],
  ])('allows what is lent', async (scope, call) => {
    expect(await judge(scope, call)).toBe('Allowed');
  });

  // Explicit denies, not silence: only they hold against a resource policy that names the session (I14).
  it.each<[string, Scope, Call]>([
    ['another key', KEYED, { action: 'dynamodb:Query', resource: `${TABLE}orders`, keys: ['C-43'] }],
    ['one key too many', KEYED, { action: 'dynamodb:Query', resource: `${TABLE}orders`, keys: ['C-42', 'C-43'] }],
    ['no key', KEYED, { action: 'dynamodb:Query', resource: `${TABLE}orders` }],
    ['another table', KEYED, { action: 'dynamodb:Query', resource: `${TABLE}payments`, keys: ['C-42'] }],
    ['an index', KEYED, { action: 'dynamodb:Query', resource: `${TABLE}orders/index/i`, keys: ['C-42'] }],
    ['a scan', KEYED, { action: 'dynamodb:Scan', resource: `${TABLE}orders` }],
    ['PartiQL', KEYED, { action: 'dynamodb:PartiQLSelect', resource: `${TABLE}orders` }],
    ['a write', KEYED, { action: 'dynamodb:PutItem', resource: `${TABLE}orders`, keys: ['C-42'] }],
    ['an onward role', KEYED, { action: 'sts:AssumeRole', resource: ROLE }],
    ['another line’s resource', MIXED, { action: 'dynamodb:Query', resource: `${TABLE}notes`, keys: ['C-42'] }],
    ['another line’s action', MIXED, { action: 'dynamodb:PutItem', resource: `${TABLE}orders`, keys: ['C-42'] }],
    ['the expiry', KEYED, { action: 'dynamodb:Query', resource: `${TABLE}orders`, keys: ['C-42'], at: NOW + 600_000 }],
  ])('explicitly denies %s', async (_, scope, call) => {
    expect(await judge(scope, call)).toBe('ExplicitlyDenied');
  });

  it('refuses what does not fit, with advice, and shortens nothing', () => {
    const long: Scope = [
      { actions: ['dynamodb:Query'], resources: Array.from({ length: 40 }, (_, n) => `${TABLE}orders-${n}`) },
    ];
    const attempt = () => compileSessionPolicy(long, NOW);
    expect(attempt).toThrow(WritError);
    expect(attempt).toThrow(`${SESSION_POLICY_LIMIT} fit`);
  });
});
