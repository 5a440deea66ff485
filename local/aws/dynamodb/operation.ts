/** How an operation is put together, so that what was authorized is what runs. */
import type { Access, AwsError, Call, Operation } from '../service.ts';
import { firstFault, underFault } from './faults.ts';
import type { FaultHook } from './faults.ts';

export interface OperationParts<Parsed> {
  /** @throws ValidationException, SerializationException */
  parse(input: object): Parsed;
  access(parsed: Parsed, call: Call): readonly Access[];
  run(parsed: Parsed, call: Call): Promise<unknown>;
  /** Names of the tables that the call is about, for faults. */
  tables?(parsed: Parsed): readonly string[];
  /** What a caller gets where another transaction is at the same items. */
  readonly conflict?: (parsed: Parsed) => AwsError;
}

export function operation<Parsed>(
  name: string,
  faults: FaultHook | undefined,
  parts: OperationParts<Parsed>,
): Operation<object> {
  // `access` and `handle` get the same object: it is read once, and IAM decides on the very thing that runs.
  const requests = new WeakMap<object, { readonly parsed: Parsed }>();
  const parse = (input: object): Parsed => {
    const known = requests.get(input) ?? { parsed: parts.parse(input) };
    requests.set(input, known);
    return known.parsed;
  };
  return {
    access: (input, call) => parts.access(parse(input), call),
    async handle(input, call) {
      const parsed = parse(input);
      const fault = await firstFault(faults, name, parts.tables?.(parsed) ?? []);
      const { conflict } = parts;
      return underFault(fault, conflict && (() => conflict(parsed)), () => parts.run(parsed, call));
    },
  };
}
