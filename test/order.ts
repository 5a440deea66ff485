/** In which order vitest starts the files of a run. */
import { BaseSequencer } from 'vitest/node';
import type { TestSpecification } from 'vitest/node';

/**
 * Files that take more than half a minute, longest first: one that started last would keep everybody waiting, and their
 * sizes, which is what vitest goes by where it has not run them before, do not tell.
 */
const LONG = [
  'e2e/waiting.test.ts',
  'docs/readme.test.ts',
  'e2e/killed.test.ts',
  'e2e/start.test.ts',
  'e2e/durability.test.ts',
  'e2e/policies.test.ts',
];

const rank = ({ moduleId }: TestSpecification): number => {
  const at = LONG.findIndex((path) => moduleId.endsWith(`/test/${path}`));
  return at === -1 ? LONG.length : at;
};

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // Stable: among the others vitest's own order holds.
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}
