/**
 * PartiQL: stated to IAM, so that a policy that doesn't allow it is seen to refuse it, and not executed.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html
 */
import type { Access, Call, Operation } from '../service.ts';
import { itemAccess } from './access.ts';
import type { Engine } from './engine.ts';
import { validationError } from './errors.ts';
import type { FaultHook } from './faults.ts';
import { operation } from './operation.ts';
import { tableName } from './validate.ts';
import type { TableName } from './validate.ts';

interface Statement {
  readonly action: string;
  readonly table: TableName;
  readonly index: string | undefined;
}

const TARGET = String.raw`(?:"([^"]+)"|([\w.-]+))(?:\."([\w.-]+)")?`;

/** What each verb is called in IAM, and where its table stands. */
const VERBS: readonly (readonly [action: string, statement: RegExp])[] = [
  ['PartiQLSelect', new RegExp(String.raw`^\s*(?:EXISTS\s*\(\s*)?SELECT\b[^]*?\bFROM\s+${TARGET}`, 'i')],
  ['PartiQLInsert', new RegExp(String.raw`^\s*INSERT\s+INTO\s+${TARGET}`, 'i')],
  ['PartiQLUpdate', new RegExp(String.raw`^\s*UPDATE\s+${TARGET}`, 'i')],
  ['PartiQLDelete', new RegExp(String.raw`^\s*DELETE\s+FROM\s+${TARGET}`, 'i')],
];

export function partiqlOperations(engine: Engine, faults: FaultHook | undefined): Record<string, Operation<object>> {
  const statements = (name: string, parse: (input: object) => readonly Statement[]): Operation<object> =>
    operation(name, faults, {
      parse,
      access: (parsed, call) => parsed.map((statement) => statementAccess(engine, call, statement)),
      run: () => Promise.reject(validationError('PartiQL is not supported by the local DynamoDB')),
    });
  return {
    ExecuteStatement: statements('ExecuteStatement', (input) => [parseStatement(input)]),
    BatchExecuteStatement: statements('BatchExecuteStatement', (input) =>
      parseList('Statements' in input ? input.Statements : undefined),
    ),
    ExecuteTransaction: statements('ExecuteTransaction', (input) =>
      parseList('TransactStatements' in input ? input.TransactStatements : undefined),
    ),
  };
}

/** No leading keys: AWS knows them for some statements only, and a policy that needs them should refuse. */
function statementAccess(engine: Engine, call: Call, { action, table, index }: Statement): Access {
  return itemAccess(engine, call, { action, table, index });
}

function parseList(statements: unknown): readonly Statement[] {
  if (!Array.isArray(statements) || statements.length === 0) throw malformed();
  return statements.map(parseStatement);
}

function parseStatement(input: unknown): Statement {
  const isStatement = typeof input === 'object' && input !== null && 'Statement' in input;
  const text = isStatement && typeof input.Statement === 'string' ? input.Statement : '';
  for (const [action, pattern] of VERBS) {
    const [, quoted, bare, index] = pattern.exec(text) ?? [];
    const name = quoted ?? bare;
    if (name !== undefined) return { action, table: tableName(name), index };
  }
  throw malformed();
}

function malformed(): Error {
  return validationError("Statement wasn't well formed, can't be processed: it names no table");
}
