import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const ROOT = new URL('./', import.meta.url);

/**
 * Folders whose files share their modules: to load the CDK, the SDK or the schemas anew for each file would take longer
 * than its tests.
 */
const SHARING = ['adapters', 'contract', 'core', 'functions', 'infra', 'policies', 'sdk', 'tokens'];

/** What another file in the same process would see. Such a file is alone, as all those of other folders are. */
const CHANGES_THE_PROCESS = /\bvi\.|\bprocess\.(chdir|on|once|umask)\(|\bprocess\.env(\.\w+|\[.+\]) =|\bglobalThis\b/;

const filesIn = (folder: string): string[] =>
  readdirSync(fileURLToPath(new URL(`test/${folder}`, ROOT)), { encoding: 'utf8', recursive: true })
    .filter((path) => path.endsWith('.test.ts'))
    .map((path) => `test/${folder}/${path}`);

const sharing = SHARING.map((folder) => `test/${folder}/**/*.test.ts`);
const changing = SHARING.flatMap(filesIn).filter((path) =>
  CHANGES_THE_PROCESS.test(readFileSync(new URL(path, ROOT), 'utf8')),
);

export default defineConfig({
  test: {
    globalSetup: ['test/run.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Two cores in CI: more workers only make the slow tests slower.
    maxWorkers: 2,
    // The pinned SDK works on Node 20 too; its advice for later versions would only be noise here.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    projects: [
      { extends: true, test: { name: 'sharing', include: sharing, exclude: changing, isolate: false } },
      { extends: true, test: { name: 'changing', include: changing } },
      { extends: true, test: { name: 'others', include: ['test/**/*.test.ts'], exclude: sharing } },
    ],
  },
});
