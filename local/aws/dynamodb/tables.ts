/** Operations on whole tables. */
import { AwsError } from '../service.ts';
import type { Call, Operation } from '../service.ts';
import { tableAccess } from './access.ts';
import { placeOf } from './engine.ts';
import type { Engine } from './engine.ts';
import { tableNotFound, validationError } from './errors.ts';
import { operation } from './operation.ts';
import type { OperationParts } from './operation.ts';
import type { ListTablesRequest } from './request.ts';
import { streamArn, tableArn } from './table.ts';
import type { Table, TableDefinition } from './table.ts';
import { addTable, changeTable, parseDefinition, removeTable } from './table-lifecycle.ts';
import { validated, validatedOnTable } from './validate.ts';
import type { TableName } from './validate.ts';
import { listTables } from './validators.ts';
import type { Validation } from './validators.ts';

interface OnTable {
  readonly table: TableName;
}

interface TimeToLiveRequest extends OnTable {
  readonly TimeToLiveSpecification: { readonly AttributeName: string; readonly Enabled: boolean };
}

const TABLE_NAME = {
  type: 'String',
  notNull: true,
  regex: '[a-zA-Z0-9_.-]+',
  lengthGreaterThanOrEqual: 3,
  lengthLessThanOrEqual: 255,
};
const ON_TABLE: Validation<object> = { types: { TableName: TABLE_NAME } };
const TIME_TO_LIVE: Validation<Omit<TimeToLiveRequest, 'table'>> = {
  types: {
    TableName: TABLE_NAME,
    TimeToLiveSpecification: {
      type: 'FieldStruct<TimeToLiveSpecification>',
      notNull: true,
      children: {
        AttributeName: {
          type: 'String',
          notNull: true,
          lengthGreaterThanOrEqual: 1,
          lengthLessThanOrEqual: 255,
        },
        Enabled: { type: 'Boolean', notNull: true },
      },
    },
  },
};

export function tableOperations(engine: Engine): Record<string, Operation<object>> {
  /** An operation that needs the permission of its name on its table. */
  function onTable<Parsed extends OnTable>(
    name: string,
    parts: Pick<OperationParts<Parsed>, 'parse' | 'run'>,
  ): Record<string, Operation<object>> {
    // Faults are for the data path; a caller can't tell a failed definition from one that was never sent.
    return {
      [name]: operation<Parsed>(name, undefined, {
        ...parts,
        access: (request, call) => [tableAccess(name, request.table, call)],
      }),
    };
  }
  const parse = (input: object): OnTable => validatedOnTable(input, ON_TABLE);
  const found = ({ table }: OnTable, call: Call): Table => {
    const known = engine.find(placeOf(table, call));
    if (!known) throw tableNotFound(table.name);
    return known;
  };

  return {
    ...onTable<OnTable & { readonly definition: TableDefinition }>('CreateTable', {
      parse(input) {
        const definition = parseDefinition(input);
        const { TableName: name } = definition;
        return { definition, table: { given: name, name } };
      },
      run: ({ table, definition }, call) =>
        engine.store.exclusively(async () => {
          const place = placeOf(table, call);
          if (engine.find(place)) throw new AwsError('ResourceInUseException', `Table already exists: ${table.name}`);
          return { TableDescription: described(engine, await addTable(engine, place, definition)) };
        }),
    }),

    ...onTable('DescribeTable', {
      parse,
      run: async (request, call) => ({ Table: described(engine, found(request, call)) }),
    }),

    ...onTable('DeleteTable', {
      parse,
      run: (request, call) =>
        engine.store.exclusively(async () => {
          const table = found(request, call);
          const TableDescription = { ...described(engine, table), TableStatus: 'DELETING' };
          await removeTable(engine, table);
          return { TableDescription };
        }),
    }),

    ...onTable<TimeToLiveRequest>('UpdateTimeToLive', {
      parse: (input) => validatedOnTable(input, TIME_TO_LIVE),
      run: (request, call) =>
        engine.store.exclusively(async () => {
          const table = found(request, call);
          const { AttributeName, Enabled } = request.TimeToLiveSpecification;
          if (Enabled === Boolean(table.ttl)) {
            throw validationError(`TimeToLive is already ${Enabled ? 'enabled' : 'disabled'}`);
          }
          if (table.ttl && table.ttl.attribute !== AttributeName) {
            throw validationError(
              `TimeToLive is active on a different AttributeName: current AttributeName is ${table.ttl.attribute}`,
            );
          }
          const TimeToLiveSpecification = { AttributeName, Enabled };
          await changeTable(engine, table, { ...table.definition, TimeToLiveSpecification });
          return { TimeToLiveSpecification };
        }),
    }),

    ...onTable('DescribeTimeToLive', {
      parse,
      run: async (request, call) => {
        const { ttl } = found(request, call);
        return {
          TimeToLiveDescription: ttl
            ? { TimeToLiveStatus: 'ENABLED', AttributeName: ttl.attribute }
            : { TimeToLiveStatus: 'DISABLED' },
        };
      },
    }),

    ...onTable('DescribeContinuousBackups', {
      parse,
      run: async (request, call) => {
        const { definition } = found(request, call);
        const recovery = definition.PointInTimeRecoverySpecification?.PointInTimeRecoveryEnabled;
        return {
          ContinuousBackupsDescription: {
            ContinuousBackupsStatus: 'ENABLED',
            PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: recovery ? 'ENABLED' : 'DISABLED' },
          },
        };
      },
    }),

    ListTables: operation<ListTablesRequest>('ListTables', undefined, {
      parse: (input) => validated(input, listTables),
      access: () => [{ action: 'dynamodb:ListTables', resource: '*' }],
      async run({ Limit = 100, ExclusiveStartTableName: start = '' }, call) {
        const names = engine
          .tables()
          .filter((table) => table.accountId === call.caller.accountId && table.region === call.region)
          .map((table) => table.name)
          .filter((name) => name > start)
          .sort();
        const TableNames = names.slice(0, Limit);
        const last = names.length > Limit ? TableNames.at(-1) : undefined;
        return { TableNames, ...(last !== undefined && { LastEvaluatedTableName: last }) };
      },
    }),
  };
}

function described(engine: Engine, table: Table): object {
  const { definition } = table;
  const arn = tableArn(table);
  const { items, bytes } = engine.count(table);
  return {
    TableName: table.name,
    TableArn: arn,
    TableStatus: 'ACTIVE',
    CreationDateTime: table.createdAt / 1000,
    KeySchema: definition.KeySchema,
    AttributeDefinitions: definition.AttributeDefinitions,
    BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
    ProvisionedThroughput: { ReadCapacityUnits: 0, WriteCapacityUnits: 0 },
    ItemCount: items,
    TableSizeBytes: bytes,
    DeletionProtectionEnabled: definition.DeletionProtectionEnabled ?? false,
    ...(table.indexes.length > 0 && {
      GlobalSecondaryIndexes: table.indexes.map((index) => ({
        ...index.definition,
        IndexArn: `${arn}/index/${index.definition.IndexName}`,
        IndexStatus: 'ACTIVE',
      })),
    }),
    ...(table.stream && {
      StreamSpecification: { StreamEnabled: true, StreamViewType: table.stream.viewType },
      LatestStreamArn: streamArn(table),
      LatestStreamLabel: table.stream.label,
    }),
  };
}
