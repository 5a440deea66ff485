import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { StreamRecord } from '../../../../local/aws/dynamodb/stream-record.ts';
import { openTail } from '../../../../local/aws/dynamodb/stream-tail.ts';

const sequence = (number: number): string => String(number).padStart(3, '0');
/** With its number alone: the tail reads nothing else of a record. */
const record = (number: number): StreamRecord =>
  ({ dynamodb: { SequenceNumber: sequence(number) } }) as unknown as StreamRecord;

test('answers as the whole stream would, or says that it can’t', () => {
  const step = fc.oneof(
    fc.record({ add: fc.nat({ max: 4 }) }),
    fc.record({ after: fc.nat({ max: 60 }), limit: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ trim: fc.nat({ max: 60 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.nat({ max: 6 }), (steps, size) => {
      const tail = openTail(sequence(5), size);
      let all: StreamRecord[] = [];
      let last = 5;
      for (const each of steps) {
        if ('add' in each) {
          const added = Array.from({ length: each.add }, () => record(++last));
          all.push(...added);
          tail.add(added);
        } else if ('trim' in each) {
          all = all.filter(({ dynamodb }) => dynamodb.SequenceNumber > sequence(each.trim));
          tail.trim(sequence(each.trim));
        } else {
          const wanted = all.filter(({ dynamodb }) => dynamodb.SequenceNumber > sequence(each.after));
          const found = tail.after(sequence(each.after), each.limit);
          if (found) expect(found).toEqual(wanted.slice(0, each.limit));
        }
      }
      // The newest are here, whatever came before.
      expect(tail.after(sequence(last), 1)).toEqual([]);
      const newest = all.slice(-Math.min(size, 1));
      if (newest[0] && size > 0) expect(tail.after(sequence(last - 1), 1)).toEqual(newest);
    }),
  );
});

test('knows nothing of what was there before it', () => {
  expect(openTail(sequence(5)).after(sequence(4), 10)).toBeUndefined();
});
