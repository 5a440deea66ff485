/** Checks a request with dynalite's validators, whose texts are AWS's. */
import dynalite from 'dynalite/validations/index.js';
import { AwsError } from '../service.ts';
import { validationError } from './errors.ts';
import { parseConditionsOnce } from './parsed-once.ts';
import type { Validation } from './validators.ts';

parseConditionsOnce();

/** A table as a caller names it: by name in the caller's own account, or by ARN in any. */
export interface TableName {
  /** What the caller wrote, which answers repeat. */
  readonly given: string;
  readonly name: string;
  readonly accountId?: string;
  readonly region?: string;
}

const TABLE_ARN = /^arn:aws:dynamodb:([a-z0-9-]+):(\d{12}):table\/([a-zA-Z0-9_.-]{3,255})$/;

export function tableName(given: unknown): TableName {
  if (typeof given !== 'string') return { given: '', name: '' };
  const [, region, accountId, name] = TABLE_ARN.exec(given) ?? [];
  if (region === undefined || accountId === undefined || name === undefined) return { given, name: given };
  return { given, name, accountId, region };
}

/**
 * Parameters from before expressions. They are refused rather than half supported; conditions on keys and lists of
 * attributes are the exception, as the AWS CLI's users still type them.
 */
const LEGACY = ['Expected', 'AttributeUpdates', 'QueryFilter', 'ScanFilter', 'ConditionalOperator'];

/** Attribute values nest 32 deep at most, with two levels of JSON each, in a few levels of request. */
const MAX_DEPTH = 80;

/** Sizes are checked where the table is known, by AWS's rule and not by dynalite's. */
const UNLIMITED = { options: { maxItemSize: Number.POSITIVE_INFINITY } };

/**
 * The request that `input` is, without what the operation doesn't know.
 *
 * @throws ValidationException, SerializationException
 */
export function validated<Parsed>(input: object, validation: Validation<Parsed>): Parsed {
  checkShape(input, 0);
  const legacy = LEGACY.filter((name) => Object.hasOwn(input, name));
  if (legacy.length > 0) {
    throw validationError(`${legacy.join(', ')}: not supported by the local DynamoDB; use an expression`);
  }
  try {
    const parsed = dynalite.checkTypes<Parsed>({ ...input }, validation.types);
    dynalite.checkValidations(parsed, validation.types, validation.custom?.bind(validation), UNLIMITED);
    return parsed;
  } catch (error) {
    throw isDynaliteError(error) ? new AwsError(error.body.__type.replace(/^.*#/, ''), error.message) : error;
  }
}

/** The same for a request that names its table in `TableName`. */
export function validatedOnTable<Parsed>(
  input: object,
  validation: Validation<Parsed>,
): Parsed & { readonly table: TableName } {
  const table = tableName('TableName' in input ? input.TableName : undefined);
  const named = 'TableName' in input && table.name !== '' ? { ...input, TableName: table.name } : input;
  return { ...validated(named, validation), table };
}

/** An error answer in dynalite's form. */
interface DynaliteError extends Error {
  readonly body: { readonly __type: string };
}

function isDynaliteError(error: unknown): error is DynaliteError {
  return error instanceof Error && 'body' in error;
}

/**
 * What JSON can say and dynalite's validators don't expect. `__proto__` as a key would change the objects that requests
 * and items are, so no attribute can be named so. A `null` member of the request itself is one that is not there.
 */
function checkShape(value: unknown, depth: number): void {
  if (value === null && depth > 1) throw validationError('Member must not be null');
  if (typeof value !== 'object' || value === null) return;
  if (depth > MAX_DEPTH) throw validationError('Nesting Levels have exceeded supported limits');
  if (Object.hasOwn(value, '__proto__')) throw validationError('`__proto__` is no attribute name here');
  for (const member of Object.values(value)) checkShape(member, depth + 1);
}
