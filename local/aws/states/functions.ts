/**
 * What Step Functions adds to JSONata, and what it takes from the service's clock.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html#jsonata-functions
 */
import { createHash, randomUUID } from 'node:crypto';
import jsonata from 'jsonata';

const FROM_MILLIS = jsonata('$fromMillis($time, $picture, $zone)');

const HASHES = { MD5: 'md5', 'SHA-1': 'sha1', 'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512' } as const;

/** JSONata bindings. @param now epoch milliseconds: one time for the whole state, as JSONata has it for an expression */
export function functionsAt(now: number): Readonly<Record<string, unknown>> {
  return {
    millis: () => now,
    now: (picture?: string, zone?: string) => FROM_MILLIS.evaluate(undefined, { time: now, picture, zone }),
    uuid: () => randomUUID(),
    random(seed?: unknown) {
      if (seed !== undefined) throw new Error('$random with a seed is not known to the local Step Functions');
      return Math.random();
    },
    parse: (text: unknown) => JSON.parse(String(text)) as unknown,
    hash(data: unknown, algorithm: unknown) {
      const name = String(algorithm);
      if (!Object.hasOwn(HASHES, name)) throw new Error(`$hash: \`${name}\` is no algorithm`);
      return createHash(HASHES[name as keyof typeof HASHES])
        .update(String(data))
        .digest('hex');
    },
    range(first: number, last: number, step: number) {
      const count = Math.floor((last - first) / step) + 1;
      if (!(count <= 1_000)) throw new Error('$range makes at most 1000 numbers');
      return Array.from({ length: Math.max(0, count) }, (_, index) => first + index * step);
    },
    partition(list: readonly unknown[], size: number) {
      if (!(Number.isInteger(size) && size > 0)) throw new Error('$partition: the size must be a positive integer');
      return Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
        list.slice(index * size, (index + 1) * size),
      );
    },
  };
}
