import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type * as z from 'zod';
import { addStacks, createApp } from '../../infra/app.ts';
import { readContext } from '../../infra/context.ts';

/** An app with all stacks, whose functions' code is not built: templates alone are looked at. */
export function sampleApp(context: Readonly<Record<string, unknown>> = {}): App {
  const app = createApp({
    outdir: mkdtempSync(join(tmpdir(), 'writ-infra-')),
    builtinCloudFormationValidation: false,
    context: { 'aws:cdk:bundling-stacks': [], ...context },
  });
  addStacks(app, readContext(app.node, {}));
  return app;
}

export interface Synthesized {
  /** By stack name. */
  readonly templates: Readonly<Record<string, Template>>;
  readonly stack: (name: string) => Template;
}

/** The templates of an app with this context. Leaves nothing behind. */
export function synthesized(context: Readonly<Record<string, unknown>> = {}): Synthesized {
  const app = sampleApp(context);
  const { directory, stacks } = app.synth();
  try {
    const templates = Object.fromEntries(
      stacks.map((stack) => [stack.stackName, Template.fromJSON(stack.template as Record<string, unknown>)]),
    );
    return {
      templates,
      stack(name) {
        const found = templates[name];
        if (!found) throw new Error(`there is no stack ${name}, only ${Object.keys(templates).join(', ')}`);
        return found;
      },
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

export interface Resource {
  readonly Properties: Readonly<Record<string, unknown>>;
}

/** All resources of a type, by logical id. */
export const resourcesOf = (template: Template, type: string): Readonly<Record<string, Resource>> =>
  template.findResources(type) as Record<string, Resource>;

/** What of their properties a test looks at, by logical id. @throws where a resource has it in another form */
export const propertiesOf = <S extends z.ZodType>(
  template: Template,
  type: string,
  shape: S,
): Readonly<Record<string, z.output<S>>> =>
  Object.fromEntries(
    Object.entries(resourcesOf(template, type)).map(([id, { Properties }]) => [id, shape.parse(Properties)]),
  );
