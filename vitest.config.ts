import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/order.ts';

const ROOT = new URL('./', import.meta.url);

/**
 * Folders whose files share their modules: to load the CDK, the SDK or the schemas anew for each file would take longer
 * than its tests.
 */
const SHARING = [
  'adapters',
  'cli',
  'contract',
  'core',
  'functions',
  'infra',
  'local',
  'policies',
  'sdk',
  'tokens',
  'tools',
];

/** Folders whose files start whole systems. They share their modules as well, and wait more than they work. */
const SYSTEMS = ['docs', 'e2e', 'examples', 'interop'];

/** What another file in the same process would see. Such a file is alone, as all those of other folders are. */
const CHANGES_THE_PROCESS = /\bvi\.|\bprocess\.(chdir|on|once|umask)\(|\bprocess\.env(\.\w+|\[.+\]) =|\bglobalThis\b/;

const filesIn = (folder: string): string[] =>
  readdirSync(fileURLToPath(new URL(`test/${folder}`, ROOT)), { encoding: 'utf8', recursive: true })
    .filter((path) => path.endsWith('.test.ts'))
    .map((path) => `test/${folder}/${path}`);

const allOf = (folder: string): string => `test/${folder}/**/*.test.ts`;
const [sharing, systems] = [SHARING.map(allOf), SYSTEMS.map(allOf)];
const changing = [...SHARING, ...SYSTEMS]
  .flatMap(filesIn)
  .filter((path) => CHANGES_THE_PROCESS.test(readFileSync(new URL(path, ROOT), 'utf8')));

/** Two cores in CI: more workers only make the slow tests slower. */
const WORKING = { maxWorkers: 2, sequence: { groupOrder: 1 } };
/** They leave more than half of a core idle each. First, because the longest files are among them. */
const WAITING = { maxWorkers: 4, sequence: { groupOrder: 0 } };

export default defineConfig({
  test: {
    globalSetup: ['test/run.ts'],
    // A system that starts while everything else runs too takes its time.
    testTimeout: 120_000,
    hookTimeout: 300_000,
    sequence: { sequencer: LongestFirst },
    // The pinned SDK works on Node 20 too; its advice for later versions would only be noise here.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    projects: [
      { extends: true, test: { name: 'systems', include: systems, exclude: changing, isolate: false, ...WAITING } },
      { extends: true, test: { name: 'sharing', include: sharing, exclude: changing, isolate: false, ...WORKING } },
      { extends: true, test: { name: 'changing', include: changing, ...WORKING } },
      {
        extends: true,
        test: { name: 'others', include: ['test/**/*.test.ts'], exclude: [...sharing, ...systems], ...WORKING },
      },
    ],
  },
});
