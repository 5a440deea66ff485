/** TransactGetItems: up to a hundred items as they were at one moment. */
import type { Operation } from '../service.ts';
import { attributesIn, itemAccess } from './access.ts';
import { itemSize } from './attribute-value.ts';
import type { Item } from './attribute-value.ts';
import { CapacityByTable, inTransaction, NO_UNITS, readUnits } from './capacity.ts';
import type { Engine } from './engine.ts';
import { transactionConflicts, validationError } from './errors.ts';
import type { FaultHook } from './faults.ts';
import { grouped } from './grouped.ts';
import { parseItemRead, shown } from './items.ts';
import type { ItemRead } from './items.ts';
import { operation } from './operation.ts';
import type { ReturnConsumedCapacity } from './request.ts';
import { checkKey, storedItemKey } from './table.ts';
import { transactItems } from './transaction-writes.ts';
import { validated } from './validate.ts';
import type { Validation } from './validators.ts';

interface TransactGetRequest {
  readonly ReturnConsumedCapacity?: ReturnConsumedCapacity;
}

interface Reads {
  readonly reads: readonly ItemRead[];
  readonly returnConsumedCapacity: ReturnConsumedCapacity | undefined;
}

const REQUEST: Validation<TransactGetRequest> = {
  types: { ReturnConsumedCapacity: { type: 'String', enum: ['INDEXES', 'TOTAL', 'NONE'] } },
};

export function transactGetOperation(engine: Engine, faults: FaultHook | undefined): Operation<object> {
  return operation<Reads>('TransactGetItems', faults, {
    parse(input) {
      const { ReturnConsumedCapacity } = validated(input, REQUEST);
      const reads = transactItems(input).map((item) => {
        const get: unknown = 'Get' in item ? item.Get : undefined;
        if (typeof get === 'object' && get !== null) return parseItemRead(get);
        throw validationError('TransactItems can only contain Get');
      });
      return { reads, returnConsumedCapacity: ReturnConsumedCapacity };
    },
    tables: ({ reads }) => [...new Set(reads.map((read) => read.table.name))],
    conflict: ({ reads }) => transactionConflicts(reads.length),
    access: ({ reads, returnConsumedCapacity }, call) => {
      const facts = reads.map((read) => ({
        action: 'GetItem',
        table: read.table,
        keys: [read.Key],
        attributes: attributesIn({ key: read.Key, projection: read._projection }),
      }));
      return grouped(facts).map((group) =>
        itemAccess(engine, call, { ...group, returnConsumedCapacity, enclosing: 'TransactGetItems' }),
      );
    },
    async run({ reads, returnConsumedCapacity }, call) {
      const targets = reads.map((read) => ({ read, table: engine.table(read.table, call) }));
      for (const { read, table } of targets) checkKey(table, read.Key);
      const values = await engine.store.getTogether(targets.map(({ read, table }) => storedItemKey(table, read.Key)));
      const capacity = new CapacityByTable();
      const Responses = targets.map(({ read, table }, i) => {
        const value = values[i];
        const item = value === undefined ? undefined : (JSON.parse(value) as Item);
        const units = readUnits(item ? itemSize(item) : 0, true);
        capacity.add(table, read.table.given, inTransaction({ ...NO_UNITS, table: units }));
        return item ? { Item: shown(item, read) } : {};
      });
      return { Responses, ...capacity.answer(returnConsumedCapacity) };
    },
  });
}
