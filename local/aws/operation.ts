/**
 * An operation whose input is checked by a schema before anything looks at it.
 */
import type { z } from 'zod';
import { AwsError } from './service.ts';
import type { Access, Call, Operation } from './service.ts';

export interface OperationParts<Input> {
  access(input: Input, call: Call): readonly Access[] | Promise<readonly Access[]>;
  handle(input: Input, call: Call): unknown;
}

/** Makes operations for a service whose answer to malformed input has the code `invalidCode`. */
export function operationsWith(
  invalidCode: 'ValidationError' | 'ValidationException' | 'InvalidParameter' | 'InvalidParameterValue',
) {
  return function operation<Schema extends z.ZodType>(
    schema: Schema,
    parts: OperationParts<z.output<Schema>>,
  ): Operation<unknown> {
    const parse = (input: unknown): z.output<Schema> => {
      const result = schema.safeParse(input);
      if (result.success) return result.data;
      throw new AwsError(invalidCode, validationMessage(result.error.issues));
    };
    return {
      access: (input, call) => parts.access(parse(input), call),
      handle: async (input, call) => parts.handle(parse(input), call),
    };
  };
}

function validationMessage(issues: readonly z.core.$ZodIssue[]): string {
  const parts = issues.map(
    (issue) => `Value at '${issue.path.join('.')}' failed to satisfy constraint: ${issue.message}`,
  );
  return `${issues.length} validation error${issues.length === 1 ? '' : 's'} detected: ${parts.join('; ')}`;
}
