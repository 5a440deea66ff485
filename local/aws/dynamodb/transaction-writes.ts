/**
 * TransactWriteItems: all actions or none, across tables and accounts, in one batch of the store.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
 */
import { AwsError } from '../service.ts';
import type { Call, Operation } from '../service.ts';
import { itemAccess } from './access.ts';
import { itemSize } from './attribute-value.ts';
import { CapacityByTable, inTransaction, NO_UNITS, readUnits, writeUnits } from './capacity.ts';
import type { ItemChange } from './change.ts';
import type { Engine } from './engine.ts';
import { transactionCanceled, transactionConflicts, validationError } from './errors.ts';
import type { CancellationReason } from './errors.ts';
import type { FaultHook } from './faults.ts';
import { actionsSha256, isRepeat, tokenWrites } from './idempotency.ts';
import { checkTarget, parseItemWrite, planWrite, writeFacts } from './item-write.ts';
import type { ItemWrite, WriteKind } from './item-write.ts';
import { grouped } from './grouped.ts';
import { operation } from './operation.ts';
import type { ReturnConsumedCapacity } from './request.ts';
import { storedItemKey } from './table.ts';
import type { Table } from './table.ts';
import { validated } from './validate.ts';
import type { Validation } from './validators.ts';

interface TransactWriteRequest {
  readonly TransactItems: readonly unknown[];
  readonly ClientRequestToken?: string;
  readonly ReturnConsumedCapacity?: ReturnConsumedCapacity;
}

interface Transaction {
  readonly writes: readonly ItemWrite[];
  readonly token: string | undefined;
  readonly actionsSha256: string;
  readonly returnConsumedCapacity: ReturnConsumedCapacity | undefined;
}

const REQUEST: Validation<TransactWriteRequest> = {
  types: {
    ReturnConsumedCapacity: { type: 'String', enum: ['INDEXES', 'TOTAL', 'NONE'] },
    ClientRequestToken: { type: 'String', lengthGreaterThanOrEqual: 1, lengthLessThanOrEqual: 36 },
  },
};

const KINDS = new Map<string, WriteKind>([
  ['Put', 'PutItem'],
  ['Update', 'UpdateItem'],
  ['Delete', 'DeleteItem'],
  ['ConditionCheck', 'ConditionCheckItem'],
]);

/** Checked by hand, as dynalite has no notation for a list of one-of. @throws ValidationException */
export function transactItems(input: object): readonly object[] {
  const items: unknown = 'TransactItems' in input ? input.TransactItems : undefined;
  if (!Array.isArray(items) || items.length < 1 || items.length > 100) {
    throw validationError(
      "1 validation error detected: Value at 'transactItems' failed to satisfy constraint: " +
        'Member must be a list of length between 1 and 100',
    );
  }
  return items.map((item: unknown) => {
    if (typeof item === 'object' && item !== null) return item;
    throw validationError('TransactItems can only contain objects');
  });
}

function parseAction(item: object): ItemWrite {
  const actions: readonly [string, unknown][] = Object.entries(item);
  const [[name, action] = ['', undefined]] = actions;
  const kind = KINDS.get(name);
  if (!kind || actions.length !== 1 || typeof action !== 'object' || action === null) {
    throw validationError('TransactItems can only contain one of Check, Put, Update or Delete');
  }
  return parseItemWrite(kind, action);
}

export function transactWriteOperation(engine: Engine, faults: FaultHook | undefined): Operation<object> {
  return operation<Transaction>('TransactWriteItems', faults, {
    parse(input) {
      const { ClientRequestToken, ReturnConsumedCapacity } = validated(input, REQUEST);
      const items = transactItems(input);
      return {
        writes: items.map(parseAction),
        token: ClientRequestToken,
        actionsSha256: actionsSha256(items),
        returnConsumedCapacity: ReturnConsumedCapacity,
      };
    },
    tables: ({ writes }) => [...new Set(writes.map((write) => write.table.name))],
    conflict: ({ writes }) => transactionConflicts(writes.length),
    access: ({ writes, returnConsumedCapacity }, call) =>
      grouped(writes.map(writeFacts)).map((facts) =>
        itemAccess(engine, call, { ...facts, returnConsumedCapacity, enclosing: 'TransactWriteItems' }),
      ),
    run: (transaction, call) => engine.store.exclusively(() => run(engine, transaction, call)),
  });
}

interface Target {
  readonly table: Table;
  readonly write: ItemWrite;
}

async function run(engine: Engine, transaction: Transaction, call: Call): Promise<unknown> {
  const { token, actionsSha256: sha256, returnConsumedCapacity } = transaction;
  const { accountId } = call.caller;
  const targets = transaction.writes.map((write) => ({ table: engine.table(write.table, call), write }));
  const repeat = token !== undefined && isRepeat(engine, accountId, token, sha256);
  const changes = repeat ? undefined : plan(engine, targets);
  if (changes) {
    const written = changes.filter((_, i) => targets[i]?.write.kind !== 'ConditionCheckItem');
    await engine.commit(written, token === undefined ? [] : tokenWrites(engine, accountId, token, sha256));
  }
  if (returnConsumedCapacity === undefined) return {}; // units are dear to count, and hardly anybody asks
  const capacity = new CapacityByTable();
  targets.forEach(({ table, write }, i) => {
    const change = changes?.[i];
    capacity.add(
      table,
      write.table.given,
      change ? inTransaction(writeUnits(change)) : repeatUnits(engine, table, write),
    );
  });
  return capacity.answer(returnConsumedCapacity);
}

/** A repeat only reads what the first call wrote. */
function repeatUnits(engine: Engine, table: Table, write: ItemWrite): typeof NO_UNITS {
  const item = engine.item(table, write.item);
  return inTransaction({ ...NO_UNITS, table: readUnits(item ? itemSize(item) : 0, true) });
}

/** @throws TransactionCanceledException with a reason for each action, ValidationException */
function plan(engine: Engine, targets: readonly Target[]): readonly ItemChange[] {
  const seen = new Set<string>();
  const outcomes = targets.map(({ table, write }) => {
    const checked = attempt(() => {
      checkTarget(write, table);
    });
    if ('reason' in checked) return checked;
    const key = storedItemKey(table, write.item);
    if (seen.has(key)) throw validationError('Transaction request cannot include multiple operations on one item');
    seen.add(key);
    return attempt(() => planWrite(engine, table, write));
  });
  const changes = outcomes.flatMap((outcome) => ('value' in outcome ? [outcome.value] : []));
  if (changes.length < outcomes.length) {
    throw transactionCanceled(outcomes.map((outcome) => ('reason' in outcome ? outcome.reason : { Code: 'None' })));
  }
  return changes;
}

type Outcome<T> = { readonly value: T } | { readonly reason: CancellationReason };

function attempt<T>(work: () => T): Outcome<T> {
  try {
    return { value: work() };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const { code, message, members } = error;
    const Code = code === 'ConditionalCheckFailedException' ? 'ConditionalCheckFailed' : 'ValidationError';
    return { reason: { Code, Message: message, ...members } };
  }
}
