/**
 * What a rule's target is given of an event: the event itself, a part of it, a constant, or a text made from a template.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
import { isObject, member } from '../../runtime/json.ts';
import type { Json, JsonObject } from '../../runtime/json.ts';

/** As a rule's target states it; at most one of the three. */
export interface TargetInput {
  /** JSON text. */
  readonly input?: string;
  /** Such as `$.detail`. */
  readonly inputPath?: string;
  readonly transformer?: {
    /** Paths by variable. */
    readonly paths: Readonly<Record<string, string>>;
    /** With variables as `<name>`. */
    readonly template: string;
  };
}

/** What a template may name besides its own variables. */
export interface RuleFacts {
  readonly ruleArn: string;
  readonly ruleName: string;
  /** When the event came in; ISO 8601. */
  readonly ingestionTime: string;
}

/** Thrown for a path that is not built. */
export class InputError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InputError';
  }
}

const PATH = /^\$(?:\.[\w/-]+|\[\d+\]|\['[^']+'\])*$/;
const STEP = /\.([\w/-]+)|\[(\d+)\]|\['([^']+)'\]/g;
const VARIABLE = /<([\w.-]+)>/g;

/** @throws {InputError} for what `inputFor` could not do at run time */
export function checkInput({ input, inputPath, transformer }: TargetInput): void {
  const paths = [...(inputPath === undefined ? [] : [inputPath]), ...Object.values(transformer?.paths ?? {})];
  for (const path of paths) {
    if (!PATH.test(path)) throw new InputError(`the path \`${path}\` is not understood by the local AWS`);
  }
  if (input !== undefined) JSON.parse(input);
  const known = new Set([...Object.keys(transformer?.paths ?? {}), ...Object.keys(PREDEFINED)]);
  for (const [, name = ''] of (transformer?.template ?? '').matchAll(VARIABLE)) {
    if (!known.has(name)) throw new InputError(`the input template names \`<${name}>\`, which has no path`);
  }
}

/** The text that the target gets: JSON, unless a template makes something else. */
export function inputFor({ input, inputPath, transformer }: TargetInput, event: JsonObject, facts: RuleFacts): string {
  if (input !== undefined) return input;
  if (inputPath !== undefined) return JSON.stringify(at(event, inputPath) ?? {});
  if (transformer === undefined) return JSON.stringify(event);
  const { paths, template } = transformer;
  const valueOf = (name: string): Json | undefined => {
    const path = Object.hasOwn(paths, name) ? paths[name] : undefined;
    return path === undefined ? PREDEFINED[name]?.(event, facts) : at(event, path);
  };
  const inText = insideQuotes(template);
  return template.replace(VARIABLE, (_whole, name: string, offset: number) => {
    const value = valueOf(name);
    if (!inText(offset)) return JSON.stringify(value ?? '');
    return typeof value === 'string' ? quoted(value) : value === undefined ? '' : quoted(JSON.stringify(value));
  });
}

const PREDEFINED: Readonly<Record<string, (event: JsonObject, facts: RuleFacts) => Json>> = {
  'aws.events.rule-arn': (_event, facts) => facts.ruleArn,
  'aws.events.rule-name': (_event, facts) => facts.ruleName,
  'aws.events.event.ingestion-time': (_event, facts) => facts.ingestionTime,
  'aws.events.event.json': (event) => event,
  'aws.events.event': ({ detail: _detail, ...event }) => event,
};

/** The value at a path; `undefined` where there is none. */
function at(event: Json, path: string): Json | undefined {
  let value: Json | undefined = event;
  for (const [, name, index, quotedName] of path.matchAll(STEP)) {
    const key = name ?? quotedName;
    if (key !== undefined) value = isObject(value) ? member(value, key) : undefined;
    else value = Array.isArray(value) ? (value as readonly Json[])[Number(index)] : undefined;
  }
  return value;
}

/** As it stands within the quotes of a JSON text. */
const quoted = (text: string): string => JSON.stringify(text).slice(1, -1);

/** Tells of an offset in a JSON template whether it lies within a text. */
function insideQuotes(template: string): (offset: number) => boolean {
  const quotes = [...template.matchAll(/\\.|"/gs)].filter(([mark]) => mark === '"').map((match) => match.index);
  return (offset) => quotes.filter((quote) => quote < offset).length % 2 === 1;
}
