import { mkdtempSync, readFileSync, rmSync, writeFileSync, cpSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { LOCAL_DEPLOYMENT, loadBundle } from '../../adapters/bundle/load.ts';
import type { Entitlement } from '../../core/entitlement.ts';
import { lentRoleArn, targetOf } from '../../core/entitlement.ts';
import { createApp } from '../../infra/app.ts';
import { STACK_NAMES } from '../../infra/names.ts';
import { TargetStack } from '../../infra/stacks/TargetStack.ts';
import { selfProtection } from '../../infra/constructs/selfProtection.ts';
import { synthesized } from './synthesized.ts';

const BROKER = LOCAL_DEPLOYMENT.brokerAccount;
const bundle = loadBundle('policies');
const lent = bundle.catalogue.flatMap((entitlement) => {
  const target = targetOf(entitlement, bundle.targets);
  return target ? [{ entitlement, target }] : [];
});
const { templates, stack } = synthesized();

describe('target stacks', () => {
  it('are one per account in which something is lent', () => {
    const accounts = [...new Set(lent.map(({ target }) => target.account))];
    const expected = [STACK_NAMES.keys, STACK_NAMES.data, STACK_NAMES.broker, ...accounts.map(STACK_NAMES.target)];
    expect(Object.keys(templates).sort()).toEqual(expected.sort());
  });

  it('refer to no other stack, so that each can be deployed alone', () => {
    for (const { target } of lent) {
      const template = stack(STACK_NAMES.target(target.account)).toJSON() as object;
      expect(JSON.stringify(template)).not.toContain('Fn::ImportValue');
    }
  });

  it('are one, where two names are one account', () => {
    const context = { targets: { archive: { account: '111122223333', region: 'eu-central-1' } } };
    const names = Object.keys(synthesized(context).templates).filter((name) => name.startsWith('WritTarget'));
    expect(names).toEqual([STACK_NAMES.target('111122223333')]);
  });
});

it.each(lent.map((one) => [one.entitlement.id, one] as const))(
  '%s: its role is bounded by its ceiling, an hour long, without an inline policy',
  (id, { entitlement, target }) => {
    const template = stack(STACK_NAMES.target(target.account));
    const ceiling = Object.keys(
      template.findResources('AWS::IAM::ManagedPolicy', {
        Properties: { ManagedPolicyName: `writ-${id}`, Path: '/writ/lend/' },
      }),
    );
    expect(ceiling).toHaveLength(1);
    const [Ref] = ceiling;
    template.hasResourceProperties('AWS::IAM::Role', {
      RoleName: `writ-${id}`,
      Path: '/writ/lend/',
      ManagedPolicyArns: [{ Ref }],
      PermissionsBoundary: { Ref },
      MaxSessionDuration: 3600,
      Policies: Match.absent(),
    });
    expect(lentRoleArn(entitlement, target)).toBe(`arn:aws:iam::${target.account}:role/writ/lend/writ-${id}`);
  },
);

it('the ceiling holds any value of a parameter, and nothing without a key where keys are asked for', () => {
  stack(STACK_NAMES.target('111122223333')).hasResourceProperties('AWS::IAM::ManagedPolicy', {
    ManagedPolicyName: 'writ-orders-read',
    PolicyDocument: {
      Statement: Match.arrayWith([
        {
          Effect: 'Allow',
          Action: ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'],
          Resource: 'arn:aws:dynamodb:us-east-1:111122223333:table/orders',
          Condition: {
            'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['*'] },
            Null: { 'dynamodb:LeadingKeys': 'false' },
          },
        },
      ]),
    },
  });
});

describe('what is refused', () => {
  const [first] = lent;
  if (!first) throw new Error('the sample bundle lends nothing');
  const build = (account: string, entitlements: readonly Entitlement[]): (() => unknown) => {
    const target = { ...first.target, account };
    const [head, ...tail] = entitlements.map((entitlement) => ({ entitlement, target }));
    if (!head) throw new Error('give at least one');
    return () =>
      new TargetStack(createApp(), 'Target', {
        env: { account, region: 'us-east-1' },
        lent: [head, ...tail],
        brokerAccount: BROKER,
      });
  };

  it('a target that is Writ’s own account', () => {
    expect(build(BROKER, [first.entitlement])).toThrow(`account ${BROKER} is Writ’s own`);
  });

  it('an entitlement of Writ’s own account, at synth, in one line', () => {
    const policies = mkdtempSync(join(tmpdir(), 'writ-policies-'));
    try {
      cpSync('policies', policies, { recursive: true });
      const file = join(policies, 'targets.json');
      const targets = JSON.parse(readFileSync(file, 'utf8')) as Record<string, object>;
      writeFileSync(file, JSON.stringify({ ...targets, shop: { account: BROKER, region: 'us-east-1' } }));
      expect(() => synthesized({ policies })).toThrow(
        /^policies `[^`]+`: catalogue\.json: orders-read: .*own account.*$/,
      );
    } finally {
      rmSync(policies, { recursive: true });
    }
  });

  it('a target that context places in Writ’s own account', () => {
    const targets = JSON.stringify({ archive: { account: BROKER, region: 'us-east-1' } });
    expect(() => synthesized({ targets })).toThrow(/archive-read: .*own account/);
  });

  it('what protects Writ leaves two thirds of a policy to the ceiling', () => {
    const denies = selfProtection('111122223333', BROKER).map((statement) => statement.toJSON() as unknown);
    expect(JSON.stringify(denies).length).toBeLessThan(6_144 / 3);
  });

  it('a ceiling that does not fit a managed policy', () => {
    const resources = Array.from({ length: 150 }, (_, i) => `arn:aws:dynamodb:us-east-1:111122223333:table/t${i}`);
    const wide = { ...first.entitlement, parameters: {}, ceiling: [{ actions: ['dynamodb:GetItem'], resources }] };
    expect(build('111122223333', [wide])).toThrow(/orders-read: its role’s policy has \d+ characters; 6144 fit/);
  });

  it('more entitlements than the enforcer’s policy can name', () => {
    const many = Array.from({ length: 100 }, (_, i) => ({ ...first.entitlement, id: `orders-read-${i}` }));
    expect(build('111122223333', many)).toThrow(/has 100 entitlements: too many/);
  });

  it('and nothing else: the sample fits', () => {
    const app = createApp({ builtinCloudFormationValidation: false });
    const made = new TargetStack(app, 'Target', {
      env: { account: '111122223333', region: 'us-east-1' },
      lent: [first],
      brokerAccount: BROKER,
    });
    Template.fromStack(made).resourceCountIs('AWS::IAM::Role', 2);
  });
});
