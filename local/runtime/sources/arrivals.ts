/** Wakes those who wait for something to arrive at a stream. */
export interface Arrivals {
  /** Resolves when something next arrives. */
  next(arn: string): Promise<void>;
  arrived(arn: string): void;
}

export function createArrivals(): Arrivals {
  const waiting = new Map<string, { readonly promise: Promise<void>; readonly wake: () => void }>();
  return {
    next(arn) {
      const known = waiting.get(arn);
      if (known) return known.promise;
      let wake = (): void => undefined;
      const promise = new Promise<void>((resolve) => {
        wake = resolve;
      });
      waiting.set(arn, { promise, wake });
      return promise;
    },
    arrived(arn) {
      const entry = waiting.get(arn);
      waiting.delete(arn);
      entry?.wake();
    },
  };
}
