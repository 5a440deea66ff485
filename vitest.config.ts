import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/run.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Two cores in CI: more workers only make the slow tests slower.
    maxWorkers: 2,
    // The pinned SDK works on Node 20 too; its advice for later versions would only be noise here.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  },
});
