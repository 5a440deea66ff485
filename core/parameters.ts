import { WritError } from './errors.ts';

/**
 * Typed parameters that narrow an entitlement. A type is a fixed, linear pattern: the catalogue can't bring a regular
 * expression of its own, and no value can hold a wildcard, a policy variable or an ARN separator.
 */
const TYPES = {
  /** A business id such as `C-42`. */
  id: { pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, says: 'up to 64 letters, digits, `.`, `_`, `-`' },
  uuid: { pattern: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, says: 'a lower-case UUID' },
  date: { pattern: /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, says: 'a date such as 2026-11-21' },
  integer: { pattern: /^(0|[1-9]\d{0,14})$/, says: 'a whole number' },
} as const;

export type ParameterType = keyof typeof TYPES;
export const PARAMETER_TYPES = Object.keys(TYPES) as [ParameterType, ...ParameterType[]];

export interface ParameterSpec {
  readonly type: ParameterType;
  readonly description: string;
  /** When given, the only values allowed. */
  readonly values?: readonly string[];
  readonly example: string;
}

export type ParameterSpecs = Readonly<Record<string, ParameterSpec>>;
/** Values that passed `parseParameters`: every declared one, nothing else. */
export type Parameters = Readonly<Record<string, string>>;

/**
 * Checks untrusted parameter values against the entitlement's specification.
 *
 * @throws WritError `invalid_parameters`, naming every problem at once.
 */
export function parseParameters(specs: ParameterSpecs, given: Readonly<Record<string, string>>): Parameters {
  const problems = [
    ...Object.keys(given)
      .filter((name) => !Object.hasOwn(specs, name))
      .map((name) => `\`${name}\` is not a parameter of this entitlement`),
    ...Object.entries(specs).flatMap(([name, spec]) => problemsOf(name, spec, given)),
  ];
  if (problems.length > 0) {
    const known = Object.entries(specs).map(
      ([name, spec]) => `${name} (${TYPES[spec.type].says}, e.g. ${spec.example})`,
    );
    throw new WritError('invalid_parameters', problems.join('; '), {
      remediation: known.length > 0 ? `Give exactly: ${known.join(', ')}.` : 'This entitlement takes no parameters.',
    });
  }
  return Object.fromEntries(Object.keys(specs).map((name) => [name, given[name] ?? '']));
}

function problemsOf(name: string, spec: ParameterSpec, given: Readonly<Record<string, string>>): string[] {
  const value = Object.hasOwn(given, name) ? given[name] : undefined;
  if (value === undefined) return [`\`${name}\` is missing`];
  if (!TYPES[spec.type].pattern.test(value)) return [`\`${name}\` must be ${TYPES[spec.type].says}`];
  if (spec.values && !spec.values.includes(value)) return [`\`${name}\` must be one of ${spec.values.join(', ')}`];
  return [];
}

const PLACEHOLDER = /\{([a-z][A-Za-z0-9]*)\}/g;

/** The names in `{braces}` of a catalogue template. */
export const placeholdersOf = (template: string): string[] =>
  [...template.matchAll(PLACEHOLDER)].map((match) => match[1] ?? '');

/** Fills `{name}` from `values`; an unknown name is a fault of the catalogue. */
export function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(PLACEHOLDER, (_, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) throw new TypeError(`template \`${template}\` names an unknown value \`${name}\``);
    return value;
  });
}
