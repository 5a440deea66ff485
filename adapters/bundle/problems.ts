/** A bundle that must not be used. Each problem names its file and member. */
export class BundleError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the policy bundle is not usable:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'BundleError';
    this.problems = problems;
  }
}

/** Those that are there more than once, each once. */
export const repeated = <T>(items: readonly T[]): T[] => [
  ...new Set(items.filter((item, index) => items.indexOf(item) !== index)),
];
