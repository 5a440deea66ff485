/** State machines. */
import { z } from 'zod';
import { TemplateError } from '../deploy/intrinsics.ts';
import { physicalName } from '../deploy/resource.ts';
import type { Deploy } from '../deploy/resource.ts';

const DEFINITION = z.record(z.string(), z.json());

/** Logs, traces and encryption have no effect on a laptop: the history of each execution is kept, and is all there is. */
const STATE_MACHINE = z.strictObject({
  StateMachineName: z.string().optional(),
  StateMachineType: z.literal('STANDARD', { error: 'only STANDARD is built' }).default('STANDARD'),
  RoleArn: z.string(),
  DefinitionString: z.string().optional(),
  Definition: DEFINITION.optional(),
  DefinitionSubstitutions: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  LoggingConfiguration: z.unknown().optional(),
  TracingConfiguration: z.unknown().optional(),
  EncryptionConfiguration: z.unknown().optional(),
  Tags: z.unknown().optional(),
});

/** `Ref` is the ARN. Executions that run keep the definition that they started with. */
export const deployStateMachine: Deploy = async (properties, context) => {
  const spec = STATE_MACHINE.parse(properties);
  const { backends, accountId, region } = context;
  const definition = spec.DefinitionString ?? (spec.Definition && JSON.stringify(spec.Definition));
  if (definition === undefined) throw new TemplateError('needs DefinitionString or Definition');
  const name = spec.StateMachineName ?? physicalName(context);
  const { arn } = await backends.putStateMachine({
    accountId,
    region,
    name,
    roleArn: spec.RoleArn,
    definition: substituted(definition, spec.DefinitionSubstitutions),
  });
  return { ref: arn, attributes: { Arn: arn, Name: name } };
};

/** A placeholder that nothing is given for stays as it is, as on AWS. */
function substituted(definition: string, values: Readonly<Record<string, string | number | boolean>>): string {
  return definition.replace(/\$\{([\w.]+)\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? JSON.stringify(String(values[name])).slice(1, -1) : whole,
  );
}
