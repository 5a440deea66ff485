import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { addStacks, createApp } from '../infra/app.ts';
import { ContextError, readContext } from '../infra/context.ts';

/** The CDK app: builds the stacks, attaches nag. See docs/deploy.md. */

const app = createApp();
try {
  addStacks(app, readContext(app.node, process.env));
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  app.synth();
} catch (error) {
  if (!(error instanceof ContextError)) throw error;
  process.stderr.write(`writ: ${error.message}\n`);
  process.exitCode = 1;
}
