#!/usr/bin/env node
// The command line is built into one file (npm run build:cli): see tools/build-cli.ts.
import { existsSync } from 'node:fs';

const built = new URL('../dist/writ.mjs', import.meta.url);
if (existsSync(built)) {
  await import(built.href);
} else {
  process.stderr.write('writ: the command line is not built yet\n  what to do: npm run build:cli\n');
  process.exitCode = 1;
}
