/**
 * Deploys stacks into the local AWS, as CloudFormation would: each resource when something first needs it, a condition
 * before what hangs on it, outputs last.
 */
import { ZodError } from 'zod';
import { RESOURCE_TYPES } from '../resources/index.ts';
import { isObject, member } from '../json.ts';
import type { Json } from '../json.ts';
import type { Resource, Stack } from './assembly.ts';
import type { Deployment } from './deployment.ts';
import { holds, resolve, TemplateError } from './intrinsics.ts';
import type { References } from './intrinsics.ts';
import type { Backends, Deployed } from './resource.ts';

/**
 * @param stacks in the order of their dependencies.
 * @throws {TemplateError} names the stack and the resource: a type, function or reference that is not known.
 */
export async function deployStacks(
  stacks: readonly Stack[],
  deployment: Deployment,
  backends: Backends,
): Promise<void> {
  for (const stack of stacks) await deployStack(stack, deployment, backends);
  for (const role of deployment.roles.values()) await backends.putRole(role);
}

async function deployStack(stack: Stack, deployment: Deployment, backends: Backends): Promise<void> {
  const { template } = stack;
  const deployed = new Map<string, Promise<Deployed>>();
  /** What is being deployed at the moment: a reference back into it can never be answered. */
  const underway = new Set<string>();

  const references: References = {
    async ref(name) {
      const pseudo = pseudoParameters(stack);
      if (Object.hasOwn(pseudo, name)) return pseudo[name];
      if (name === 'AWS::NoValue') return undefined;
      if (Object.hasOwn(template.Resources, name)) return (await resource(name)).ref;
      const parameter = Object.hasOwn(template.Parameters, name) ? template.Parameters[name] : undefined;
      if (parameter?.Default !== undefined) return parameter.Default;
      throw new TemplateError(`\`${name}\` is neither a resource nor a parameter with a default`);
    },
    async getAtt(logicalId, attribute) {
      const value = (await resource(logicalId)).attributes?.[attribute];
      if (value !== undefined) return value;
      throw new TemplateError(`the local runtime has no attribute \`${attribute}\` of \`${logicalId}\``);
    },
    importValue(name) {
      const value = deployment.exports.get(name);
      if (value !== undefined) return value;
      throw new TemplateError(`no stack before this one exports \`${name}\``);
    },
    async condition(name) {
      const condition = Object.hasOwn(template.Conditions, name) ? template.Conditions[name] : undefined;
      if (condition === undefined) throw new TemplateError(`there is no condition \`${name}\``);
      return holds(condition, references);
    },
    mapping(map, first, second) {
      const value = mappingValue(template.Mappings[map], first, second);
      if (value !== undefined) return value;
      throw new TemplateError(`there is no mapping \`${map}.${first}.${second}\``);
    },
  };

  function resource(logicalId: string): Promise<Deployed> {
    if (underway.has(logicalId)) {
      throw new TemplateError(`${[...underway].join(' → ')} → ${logicalId} is a circle`);
    }
    const known = deployed.get(logicalId);
    if (known) return known;
    const declaration = Object.hasOwn(template.Resources, logicalId) ? template.Resources[logicalId] : undefined;
    if (!declaration) throw new TemplateError(`there is no resource \`${logicalId}\``);
    underway.add(logicalId);
    const result = deployResource(logicalId, declaration).finally(() => underway.delete(logicalId));
    deployed.set(logicalId, result);
    return result;
  }

  async function deployResource(logicalId: string, declaration: Resource): Promise<Deployed> {
    const { Type, Properties, DependsOn = [] } = declaration;
    const deploy = Object.hasOwn(RESOURCE_TYPES, Type) ? RESOURCE_TYPES[Type] : undefined;
    if (!deploy) throw new TemplateError(`the resource type \`${Type}\` is not known to the local runtime`);
    for (const other of [DependsOn].flat()) {
      const needed = template.Resources[other];
      if (needed && (await applies(needed))) await resource(other);
    }
    const properties = await resolve(Properties, references);
    return deploy(properties, {
      ...placeOf(stack),
      stack: stack.name,
      logicalId,
      assets: stack.assets,
      backends,
      deployment,
    });
  }

  async function applies({ Condition }: { readonly Condition?: string | undefined }): Promise<boolean> {
    return Condition === undefined || references.condition(Condition);
  }

  for (const [logicalId, declaration] of Object.entries(template.Resources)) {
    try {
      if (await applies(declaration)) await resource(logicalId);
    } catch (error) {
      throw located(error, `${stack.name}/${logicalId}`);
    }
  }
  for (const output of Object.values(template.Outputs)) {
    if (!output.Export || !(await applies(output))) continue;
    const name = await resolve(output.Export.Name, references);
    deployment.exports.set(text(name), (await resolve(output.Value, references)) ?? null);
  }
}

const placeOf = ({ accountId, region }: Stack) => ({ accountId, region });

function pseudoParameters(stack: Stack): Readonly<Record<string, Json>> {
  return {
    'AWS::AccountId': stack.accountId,
    'AWS::Region': stack.region,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': stack.name,
    'AWS::StackId': `arn:aws:cloudformation:${stack.region}:${stack.accountId}:stack/${stack.name}/local`,
    'AWS::NotificationARNs': [],
  };
}

function mappingValue(map: Json | undefined, first: string, second: string): Json | undefined {
  const row = isObject(map) ? member(map, first) : undefined;
  return isObject(row) ? member(row, second) : undefined;
}

function text(value: Json | undefined): string {
  if (typeof value === 'string') return value;
  throw new TemplateError(`expected a string, got ${JSON.stringify(value)}`);
}

function located(error: unknown, where: string): Error {
  if (error instanceof ZodError) {
    const problems = error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    return new TemplateError(`${where}: ${problems.join('; ')}`);
  }
  return new TemplateError(`${where}: ${error instanceof Error ? error.message : String(error)}`);
}
