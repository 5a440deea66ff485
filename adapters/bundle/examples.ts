import { WritError } from '../../core/errors.ts';
import { parseParameters, type ParameterSpecs } from '../../core/parameters.ts';

/** Examples and values of parameters that a requester could not give. */
export function exampleProblems(parameters: ParameterSpecs): string[] {
  return Object.entries(parameters).flatMap(([name, spec]) =>
    [spec.example, ...(spec.values ?? [])].flatMap((value) => {
      try {
        parseParameters({ [name]: spec }, { [name]: value });
        return [];
      } catch (error) {
        if (error instanceof WritError) return [`parameters.${name}: \`${value}\`: ${error.message}`];
        throw error;
      }
    }),
  );
}
