import { createApp, addStacks } from './app.ts';
import { readContext } from './context.ts';

export interface SynthesizeOptions {
  /** Where the cloud assembly goes. */
  readonly directory: string;
  /** CDK context, as `-c` and `cdk.json` would give it: see `CONTEXT_KEYS`. */
  readonly context: Readonly<Record<string, unknown>>;
}

/**
 * Synthesizes in this process, without the CDK CLI: for `npm start`, tests and tools. Needs no account and no network.
 * Leaves out what checks the templates, which takes longer than making them: that is `bin/writ.ts`'s.
 *
 * @returns the directory of the cloud assembly
 * @throws ContextError, or esbuild's error for code that can't be built
 */
export function synthesize({ directory, context }: SynthesizeOptions): string {
  const app = createApp({ outdir: directory, context: { ...context }, builtinCloudFormationValidation: false });
  addStacks(app, readContext(app.node, {}));
  return app.synth().directory;
}
