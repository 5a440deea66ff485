/** Whether some string is matched by both patterns, in IAM's wildcards (`*`, `?`). Time is their lengths' product. */
export function patternsMeet(a: string, b: string): boolean {
  // row[j]: what remains of `a` meets b[j..]
  let row = Array.from({ length: b.length + 1 }, (_, j) => /^\**$/.test(b.slice(j)));
  for (let i = a.length - 1; i >= 0; i--) {
    const left = a[i];
    const next: boolean[] = [];
    for (let j = b.length; j >= 0; j--) {
      const right = b[j];
      const both = right !== undefined && (left === right || left === '?' || right === '?') && row[j + 1] === true;
      const leftMany = left === '*' && (row[j] === true || (right !== undefined && next[j + 1] === true));
      const rightMany = right === '*' && (row[j] === true || next[j + 1] === true);
      next[j] = both || leftMany || rightMany;
    }
    row = next;
  }
  return row[0] === true;
}

/** IAM compares actions without regard to case. */
export const actionsMeet = (a: string, b: string): boolean => patternsMeet(a.toLowerCase(), b.toLowerCase());
