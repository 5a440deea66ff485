/**
 * Remembers DPoP proofs, so that each is taken once (RFC 9449 §11.1). Servers that share a name must share the store.
 */
export interface ReplayStore {
  /**
   * Notes a mark, atomically: of any number of callers at once, exactly one gets `spent`.
   *
   * @param mark of bounded length
   * @param until epoch milliseconds: afterwards it may be forgotten
   * @param now epoch milliseconds, by the verifier's clock
   * @throws anything, where that can't be known: then the proof is not taken
   */
  spend(mark: string, until: number, now: number): Promise<'spent' | 'replayed'>;
}

const DEFAULT_CAPACITY = 100_000;

/** For a server that is one process. When it is full of marks that still count, nothing more is taken. */
export function memoryReplay(capacity = DEFAULT_CAPACITY): ReplayStore {
  /** In the order in which they came, which is nearly that in which they lapse. */
  const marks = new Map<string, number>();
  return {
    async spend(mark, until, now) {
      for (const [old, lapses] of marks) {
        if (lapses > now) break;
        marks.delete(old);
      }
      const known = marks.get(mark);
      if (known !== undefined && known > now) return 'replayed';
      if (marks.size >= capacity) throw new Error('the memory for DPoP proofs is full');
      marks.delete(mark);
      marks.set(mark, until);
      return 'spent';
    },
  };
}
