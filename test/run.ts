/** Before and after all tests of a run: a directory for what its files share. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** What is made once for all files is here, and gone afterwards. */
    readonly runDirectory: string;
  }
}

export default function setup({ provide }: TestProject): () => void {
  const directory = mkdtempSync(join(tmpdir(), 'writ-run-'));
  provide('runDirectory', directory);
  return () => {
    rmSync(directory, { recursive: true, force: true });
  };
}
