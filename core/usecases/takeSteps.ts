/** Something to do, one thing after the other, and what is to be done because of it. */
export type Step = () => Promise<readonly Step[]>;

/**
 * Takes the steps that come of the first, with at most so many under way, however wide and deep what they go through is.
 * The latest found is taken first, so that those that wait stay few.
 *
 * @throws the first failure; from then on no step is begun
 */
export function takeSteps(first: Step, atOnce: number): Promise<void> {
  const waiting = [first];
  let underWay = 0;
  return new Promise((resolve, reject) => {
    let failed = false;
    function begin(): void {
      while (underWay < atOnce && !failed) {
        const step = waiting.pop();
        if (!step) break;
        underWay++;
        step().then(end, fail);
      }
      if (underWay === 0) resolve();
    }
    function end(found: readonly Step[]): void {
      underWay--;
      for (const step of found) waiting.push(step);
      begin();
    }
    function fail(reason: unknown): void {
      failed = true;
      reject(reason instanceof Error ? reason : new Error('a step failed', { cause: reason }));
    }
    begin();
  });
}
