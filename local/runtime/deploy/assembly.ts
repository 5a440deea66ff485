/**
 * A synthesized CDK app on disk: its stacks in the order of their dependencies, with their files.
 *
 * @see https://github.com/aws/aws-cdk/tree/main/packages/@aws-cdk/cloud-assembly-schema
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Json, JsonObject } from '../json.ts';
import { TemplateError } from './intrinsics.ts';

const json: z.ZodType<Json> = z.json();
const section = z.record(z.string(), json).default({});

const TEMPLATE = z.object({
  Parameters: z.record(z.string(), z.object({ Type: z.string(), Default: json.optional() })).default({}),
  Mappings: section,
  Conditions: section,
  Resources: z.record(
    z.string(),
    z.object({
      Type: z.string(),
      Properties: z.record(z.string(), json).default({}),
      Condition: z.string().optional(),
      DependsOn: z.union([z.string(), z.array(z.string())]).optional(),
    }),
  ),
  Outputs: z
    .record(
      z.string(),
      z.object({ Value: json, Condition: z.string().optional(), Export: z.object({ Name: json }).optional() }),
    )
    .default({}),
});
export type Template = z.infer<typeof TEMPLATE>;
export type Resource = Template['Resources'][string];

const MANIFEST = z.object({
  artifacts: z.record(
    z.string(),
    z.object({
      type: z.string(),
      environment: z.string().optional(),
      dependencies: z.array(z.string()).default([]),
      properties: z.object({ templateFile: z.string().optional(), stackName: z.string().optional() }).default({}),
    }),
  ),
});

const ASSETS = z.object({
  files: z.record(
    z.string(),
    z.object({
      source: z.object({ path: z.string().optional() }),
      destinations: z.record(z.string(), z.object({ objectKey: z.string() })),
    }),
  ),
});

export interface Stack {
  readonly name: string;
  readonly accountId: string;
  readonly region: string;
  readonly template: Template;
  /** Where the file or directory of an asset lies, by its key in the asset bucket. */
  readonly assets: ReadonlyMap<string, string>;
}

/** @throws {TemplateError} when `directory` holds no assembly, or one whose stacks have no account. */
export function readAssembly(directory: string): Stack[] {
  const { artifacts } = MANIFEST.parse(readJson(join(directory, 'manifest.json')));
  const stacks = new Map(
    Object.entries(artifacts)
      .filter(([, artifact]) => artifact.type === 'aws:cloudformation:stack')
      .map(([id, artifact]) => {
        const environment = /^aws:\/\/(\d{12})\/([a-z0-9-]+)$/.exec(artifact.environment ?? '');
        if (!environment) throw new TemplateError(`the stack \`${id}\` names no account and Region`);
        const [, accountId = '', region = ''] = environment;
        const template = TEMPLATE.parse(readJson(join(directory, artifact.properties.templateFile ?? '')));
        const name = artifact.properties.stackName ?? id;
        return [id, { name, accountId, region, template, assets: readAssets(directory, id) }] as const;
      }),
  );
  return inOrder([...stacks.keys()], (id) => artifacts[id]?.dependencies ?? []).flatMap((id) => stacks.get(id) ?? []);
}

function readAssets(directory: string, stackId: string): Map<string, string> {
  const { files } = ASSETS.parse(readJson(join(directory, `${stackId}.assets.json`)));
  const entries = Object.values(files).flatMap(({ source, destinations }) =>
    Object.values(destinations).map(({ objectKey }) => [objectKey, join(directory, source.path ?? '')] as const),
  );
  return new Map(entries);
}

/** Depth first: what something depends on comes before it. The CDK has refused cycles already. */
function inOrder(ids: readonly string[], dependenciesOf: (id: string) => readonly string[]): string[] {
  const seen = new Set<string>();
  const order: string[] = [];
  const visit = (id: string): void => {
    if (seen.has(id)) return;
    seen.add(id);
    dependenciesOf(id).forEach(visit);
    order.push(id);
  };
  ids.forEach(visit);
  return order;
}

function readJson(path: string): JsonObject {
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (error) {
    throw new TemplateError(`cannot read \`${path}\`: ${error instanceof Error ? error.message : String(error)}`);
  }
  return JSON.parse(content) as JsonObject;
}
