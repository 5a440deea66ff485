import {
  policySetTextToParts,
  policyToJson,
  schemaToJson,
  validate,
  type DetailedError,
} from '@cedar-policy/cedar-wasm/web';
import { BundleError } from './problems.ts';

/** A source file of the bundle. */
export interface SourceFile {
  readonly name: string;
  readonly text: string;
}

const POLICY_ID = /^[a-z][a-z0-9-]{1,60}$/;

/**
 * Takes policy files apart into policies by `@id`, and checks each against the schema in Cedar's strict mode. The
 * engine must have been started.
 *
 * @throws BundleError, naming the file, the policy and Cedar's own words
 */
export function readPolicies(schema: SourceFile, files: readonly SourceFile[]): Readonly<Record<string, string>> {
  const parsed = schemaToJson(schema.text);
  if (parsed.type === 'failure') throw new BundleError(parsed.errors.map((error) => at(schema, schema.text, error)));
  const problems = Object.values(parsed.json).flatMap(({ actions }) => actionGroups(schema.name, actions));
  const policies = new Map<string, { file: SourceFile; text: string }>();
  for (const file of files) {
    const parts = policySetTextToParts(file.text);
    if (parts.type === 'failure') {
      problems.push(...parts.errors.map((error) => at(file, file.text, error)));
      continue;
    }
    if (parts.policy_templates.length > 0)
      problems.push(`${file.name}: templates (?principal, ?resource) are not used`);
    for (const text of parts.policies) {
      const { id, found } = annotationsOf(text);
      const twin = policies.get(id);
      if (twin) found.push(`has the same @id as a policy of ${twin.file.name}`);
      problems.push(...found.map((problem) => `${file.name}: policy \`${id || clip(text)}\` ${problem}`));
      policies.set(id, { file, text });
    }
  }
  if (problems.length === 0 && policies.size === 0) problems.push('no *.cedar file has a policy: nothing is allowed');
  if (problems.length > 0) throw new BundleError(problems);
  const byId = Object.fromEntries([...policies].map(([id, { text }]) => [id, text]));
  const answer = validate({ schema: schema.text, policies: { staticPolicies: byId } });
  if (answer.type === 'failure') throw new BundleError(answer.errors.map((error) => error.message));
  // A warning tells of a policy that can never apply, or of look-alike characters: nobody wants either.
  const invalid = [...answer.validationErrors, ...answer.validationWarnings];
  if (invalid.length > 0) {
    throw new BundleError(
      invalid.map(({ policyId, error }) => `${policies.get(policyId)?.file.name ?? 'policies'}: ${error.message}`),
    );
  }
  return byId;
}

/**
 * Functions decide without the schema (`adapters/cedar/engine.ts`), which alone would tell them that an action is in a
 * group: a forbid on a group would be passed over in silence.
 */
function actionGroups(file: string, actions: Readonly<Record<string, { memberOf?: unknown[] }>>): string[] {
  return Object.entries(actions)
    .filter(([, { memberOf = [] }]) => memberOf.length > 0)
    .map(([name]) => `${file}: action \`${name}\` is in a group; name the actions in each policy instead`);
}

function annotationsOf(text: string): { id: string; found: string[] } {
  const answer = policyToJson(text);
  if (answer.type === 'failure') throw new BundleError(answer.errors.map((error) => error.message));
  const { id = '', reason, remediation } = answer.json.annotations ?? {};
  return {
    id,
    found: [
      ...(POLICY_ID.test(id) ? [] : ['needs an @id of lower-case letters, digits and hyphens']),
      ...(reason ? [] : ['needs a @reason: one sentence for the person who asks']),
      ...(answer.json.effect === 'forbid' && !remediation ? ['needs a @remediation: what to do about the denial'] : []),
    ],
  };
}

function at(file: SourceFile, text: string, { message, sourceLocations, help }: DetailedError): string {
  const start = sourceLocations?.[0]?.start;
  const place = start === undefined ? '' : `:${Buffer.from(text).subarray(0, start).toString().split('\n').length}`;
  const hint = help ?? sourceLocations?.[0]?.label;
  return `${file.name}${place}: ${message}${hint ? ` (${hint})` : ''}`;
}

const clip = (text: string): string => text.replace(/\s+/g, ' ').slice(0, 60);
