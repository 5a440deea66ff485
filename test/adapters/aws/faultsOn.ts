import type { FaultHook } from '../../../local/aws/dynamodb/dynamodb.ts';

export type Fault = Exclude<Awaited<ReturnType<FaultHook>>, 'none'>;

/** The first calls of an operation meet these faults, one each; a call counts once, however many tables it names. */
export function faultsOn(operation: string, ...faults: Fault[]): FaultHook {
  const left = [...faults];
  let firstTable: string | undefined;
  return (name, table) => {
    if (name !== operation) return 'none';
    firstTable ??= table;
    return table === firstTable ? (left.shift() ?? 'none') : 'none';
  };
}
