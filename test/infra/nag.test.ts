import { rmSync } from 'node:fs';
import type { App } from 'aws-cdk-lib';
import { Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterAll, describe, expect, it } from 'vitest';
import { sampleApp } from './synthesized.ts';

const app = sampleApp();
afterAll(() => {
  rmSync(app.outdir, { recursive: true });
});

const findings = (of: App): string[] =>
  new AwsSolutionsChecks().validateScope(of).violations.map(({ ruleName }) => ruleName);

interface Acknowledged {
  readonly path: string;
  readonly isStack: boolean;
  readonly rules: unknown;
}
const acknowledged = (of: App): Acknowledged[] =>
  of.node
    .findAll()
    .flatMap((construct) =>
      construct.node.metadata
        .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
        .map(({ data }) => ({ path: construct.node.path, isStack: Stack.isStack(construct), rules: data as unknown })),
    );

describe('cdk-nag AwsSolutions', () => {
  it('finds nothing that is not acknowledged', () => {
    expect(findings(app)).toEqual([]);
  });

  it('would find a wildcard', () => {
    const other = sampleApp();
    try {
      const role = new Role(new Stack(other, 'Other'), 'Role', {
        assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      });
      role.addToPolicy(new PolicyStatement({ actions: ['s3:*'], resources: ['*'] }));
      expect(findings(other)).toContain('AwsSolutions-IAM5[Action::s3:*]');
    } finally {
      rmSync(other.outdir, { recursive: true });
    }
  });

  it('is answered for one construct at a time, with a reason', () => {
    const all = acknowledged(app);
    expect(all.length).toBeGreaterThan(0);
    expect(all.filter(({ isStack }) => isStack)).toEqual([]);
    for (const { rules } of all) {
      for (const reason of Object.values(rules as Record<string, unknown>))
        expect(String(reason).length).toBeGreaterThan(30);
    }
  });
});
