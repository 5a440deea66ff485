/** Scan: a whole table or index, or one of its segments, in no useful order. */
import type { Operation } from '../service.ts';
import { attributesIn, itemAccess } from './access.ts';
import type { Engine } from './engine.ts';
import { validationError } from './errors.ts';
import type { FaultHook } from './faults.ts';
import { everything, HASH_SPACE } from './layout.ts';
import type { KeyRange } from './layout.ts';
import { operation } from './operation.ts';
import { checkPage, effectiveSelect, readPage, sourceOf } from './page.ts';
import type { PageSource } from './page.ts';
import type { ScanRequest } from './request.ts';
import { storedIndexKey, storedItemKey } from './table.ts';
import { validatedOnTable } from './validate.ts';
import type { TableName } from './validate.ts';
import * as validators from './validators.ts';

interface Scan extends ScanRequest {
  readonly table: TableName;
}

export function scanOperation(engine: Engine, faults: FaultHook | undefined): Operation<object> {
  return operation<Scan>('Scan', faults, {
    parse: (input) => validatedOnTable(input, validators.scan),
    tables: (scan) => [scan.table.name],
    access: (scan, call) => [
      itemAccess(engine, call, {
        action: 'Scan',
        table: scan.table,
        index: scan.IndexName,
        attributes: attributesIn({
          condition: scan._filter,
          projection: scan._projection,
          attributesToGet: scan.AttributesToGet,
        }),
        select: effectiveSelect(scan),
        returnConsumedCapacity: scan.ReturnConsumedCapacity,
      }),
    ],
    async run(scan, call) {
      const source = sourceOf(engine.table(scan.table, call), scan.IndexName);
      checkPage(source, scan);
      const range = segmentRange(source.prefix, scan);
      checkStartInSegment(source, scan, range);
      return readPage(engine, source, scan, { range, reverse: false });
    },
  });
}

/** A segment is a part of the hash space, which is the front of every key. */
function segmentRange(prefix: string, { Segment, TotalSegments }: Scan): KeyRange {
  const all = everything(prefix);
  if (Segment === undefined || TotalSegments === undefined) return all;
  const start = (segment: number): string =>
    prefix +
    Math.ceil((HASH_SPACE * segment) / TotalSegments)
      .toString(16)
      .padStart(4, '0');
  return { gte: start(Segment), lt: Segment + 1 === TotalSegments ? all.lt : start(Segment + 1) };
}

function checkStartInSegment({ table, index }: PageSource, scan: Scan, range: KeyRange): void {
  const { ExclusiveStartKey: start } = scan;
  if (!start) return;
  const key = index ? storedIndexKey(table, index, start) : storedItemKey(table, start);
  if (key < (range.gte ?? '') || key >= range.lt) {
    throw validationError(
      'The provided starting key is invalid: Invalid ExclusiveStartKey. ' +
        'Please use ExclusiveStartKey with correct Segment.',
    );
  }
}
