import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { DUTIES } from '../../functions/shared/env.ts';
import { STACK_NAMES } from '../../infra/names.ts';
import { propertiesOf, resourcesOf, synthesized } from './synthesized.ts';

interface Row {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly condition?: unknown;
  /** Why a wildcard cannot be avoided. */
  readonly reason?: string;
}
type Table = Readonly<Record<string, readonly Row[]>>;

/** With no other member: a `NotAction` or a `Sid` that is overlooked would be one that no row of the table has. */
const statement = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.string(),
  Action: z.union([z.string(), z.array(z.string())]),
  Resource: z.unknown(),
  Condition: z.unknown().optional(),
});
const roleShape = z.object({
  RoleName: z.string().default('without a name'),
  Path: z.string().optional(),
  ManagedPolicyArns: z.array(z.unknown()).optional(),
  Policies: z.array(z.object({ PolicyDocument: z.object({ Statement: z.array(statement) }) })).default([]),
});

const golden = JSON.parse(readFileSync(new URL('permissions.json', import.meta.url), 'utf8')) as Table;
const { stack } = synthesized();
const broker = stack(STACK_NAMES.broker);
const roles = Object.values(propertiesOf(broker, 'AWS::IAM::Role', roleShape)).filter(
  ({ Path }) => Path === '/writ/broker/',
);

/** What another stack exports, by the logical name of what it is: hashes in export names are the CDK's. */
function readable(resource: unknown): string {
  if (typeof resource === 'string') return resource;
  const name = (resource as { 'Fn::ImportValue'?: string })['Fn::ImportValue'] ?? '';
  if (/^WritKeys:ExportsOutputFnGetAttDataKey\w+Arn/.test(name)) return '<data key>';
  const [, token] = /^WritKeys:ExportsOutputFnGetAttTokenSigningKey(\w*?)(?:Key)?[0-9A-F]{8}Arn/.exec(name) ?? [];
  if (token !== undefined) return `<token key ${token || 'a1'}>`;
  const [, snapshot] = /^WritKeys:ExportsOutputFnGetAttSnapshotSigningKey(\w*?)(?:Key)?[0-9A-F]{8}Arn/.exec(name) ?? [];
  if (snapshot !== undefined) return `<snapshot key ${snapshot}>`;
  if (/^WritData:ExportsOutputFnGetAttGrants\w+StreamArn/.test(name)) return '<grants stream>';
  if (/^WritData:ExportsOutputFnGetAttAudit\w+StreamArn/.test(name)) return '<audit stream>';
  throw new Error(`unexpected resource ${JSON.stringify(resource)}`);
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);

function actual({ Policies }: z.infer<typeof roleShape>): Row[] {
  return Policies.flatMap(({ PolicyDocument }) =>
    PolicyDocument.Statement.map(({ Effect, Action, Resource, Condition }) => {
      expect(Effect).toBe('Allow');
      return {
        actions: list(Action).map(String),
        resources: list(Resource).map(readable),
        ...(Condition !== undefined && { condition: Condition }),
      };
    }),
  );
}

const withoutReason = ({ reason: _, ...row }: Row): Row => row;

describe('function → actions → resources', () => {
  it('names every role of the broker, and no other', () => {
    const expected = [...DUTIES, 'events', 'schedule', 'snapshot-schedule', 'state-machine'].sort();
    expect(roles.map(({ RoleName }) => RoleName.replace(/^writ-/, '')).sort()).toEqual(expected);
    expect(Object.keys(golden).sort()).toEqual(expected);
  });

  it.each(Object.keys(golden))('%s has exactly these', (duty) => {
    const role = roles.find(({ RoleName }) => RoleName === `writ-${duty}`);
    expect(role && actual(role)).toEqual(golden[duty]?.map(withoutReason));
  });

  it('has no policy besides a role’s own', () => {
    expect(resourcesOf(broker, 'AWS::IAM::Policy')).toEqual({});
    expect(resourcesOf(broker, 'AWS::IAM::ManagedPolicy')).toEqual({});
    expect(roles.flatMap(({ ManagedPolicyArns = [] }) => ManagedPolicyArns)).toEqual([]);
  });

  it('gives a reason for every wildcard, and for nothing else', () => {
    for (const row of Object.values(golden).flat()) {
      const wild = [...row.actions, ...row.resources].some((text) => text.includes('*'));
      expect([row, typeof row.reason]).toEqual([row, wild ? 'string' : 'undefined']);
    }
  });

  it('lets one function assume lent roles, and one the enforcer’s roles', () => {
    const assuming = Object.entries(golden).flatMap(([duty, rows]) =>
      rows
        .filter(({ actions }) => actions.includes('sts:AssumeRole'))
        .map(({ resources }) => [duty, resources] as const),
    );
    expect(assuming.map(([duty]) => duty)).toEqual(['aws-session', 'enforcer']);
    for (const [duty, resources] of assuming) {
      const path = duty === 'enforcer' ? /:role\/writ\/writ-enforcer$/ : /:role\/writ\/lend\/writ-[a-z-]+$/;
      expect(resources.filter((resource) => !path.test(resource))).toEqual([]);
    }
  });

  it('lets two functions sign, each with keys of its own and by one algorithm', () => {
    const signing = Object.entries(golden).flatMap(([duty, rows]) =>
      rows.filter(({ actions }) => actions.includes('kms:Sign')).map((row) => [duty, row] as const),
    );
    expect(signing.map(([duty, { resources }]) => [duty, resources])).toEqual([
      ['token', ['<token key a1>', '<token key b1>']],
      ['snapshot', ['<snapshot key a>']],
    ]);
    for (const [, { actions, condition }] of signing) {
      expect(actions).toEqual(['kms:Sign']);
      expect(condition).toEqual({
        StringEquals: { 'kms:SigningAlgorithm': 'ECDSA_SHA_256', 'kms:MessageType': 'DIGEST' },
      });
    }
  });

  it('lets one function know what nonces follow from, and one replace it', () => {
    const knowing = Object.entries(golden).filter(([, rows]) =>
      rows.some(({ resources }) => resources.some((resource) => resource.includes(':secret:writ/dpop-nonce-'))),
    );
    expect(knowing.map(([duty]) => duty).sort()).toEqual(['rotation', 'token']);
  });

  it('lets no function administer a key or reach IAM', () => {
    const actions = Object.values(golden).flatMap((rows) => rows.flatMap((row) => row.actions));
    expect(actions.filter((action) => /^(iam:|kms:(Create|Put|Schedule|Disable))/.test(action))).toEqual([]);
  });
});
