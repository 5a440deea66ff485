/**
 * CloudFormation's intrinsic functions, as far as the CDK emits them.
 *
 * One table; a function that is not in it is an error that names it, never text that is passed on.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
 */
import { isObject, member } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';

/** What a template's functions refer to. Resources are deployed when they are first asked for. */
export interface References {
  /** A parameter, a pseudo parameter or a resource. `undefined` is `AWS::NoValue`. */
  ref(name: string): Promise<Json | undefined>;
  getAtt(logicalId: string, attribute: string): Promise<Json>;
  importValue(exportName: string): Json;
  condition(name: string): Promise<boolean>;
  mapping(map: string, first: string, second: string): Json;
}

export class TemplateError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TemplateError';
  }
}

type Evaluate = (argument: Json, references: References) => Promise<Json | undefined>;

const FUNCTIONS: Readonly<Record<string, Evaluate>> = {
  Ref: (name, references) => references.ref(text(name, 'Ref')),

  'Fn::GetAtt': async (argument, references) => {
    const parts = typeof argument === 'string' ? splitOnce(argument, '.') : texts(argument, 'Fn::GetAtt');
    const [logicalId, ...attribute] = parts;
    return references.getAtt(logicalId ?? '', attribute.join('.'));
  },

  'Fn::Join': async (argument, references) => {
    const [separator, values] = list(argument, 'Fn::Join');
    return texts(await resolved(values, references), 'Fn::Join').join(text(separator, 'Fn::Join'));
  },

  'Fn::Split': async (argument, references) => {
    const [separator, source] = list(argument, 'Fn::Split');
    return text(await resolved(source, references), 'Fn::Split').split(text(separator, 'Fn::Split'));
  },

  'Fn::Select': async (argument, references) => {
    const [index, values] = list(argument, 'Fn::Select');
    const chosen = list(await resolved(values, references), 'Fn::Select')[Number(await resolved(index, references))];
    if (chosen === undefined) throw new TemplateError('Fn::Select: no such element');
    return chosen;
  },

  'Fn::Sub': async (argument, references) => {
    const [template, variables] = typeof argument === 'string' ? [argument, {}] : list(argument, 'Fn::Sub');
    return substitute(text(template, 'Fn::Sub'), isObject(variables) ? variables : {}, references);
  },

  'Fn::ImportValue': async (argument, references) =>
    references.importValue(text(await resolved(argument, references), 'Fn::ImportValue')),

  'Fn::FindInMap': async (argument, references) => {
    const [map, first, second] = texts(await resolved(argument, references), 'Fn::FindInMap');
    return references.mapping(map ?? '', first ?? '', second ?? '');
  },

  'Fn::Base64': async (argument, references) =>
    Buffer.from(text(await resolved(argument, references), 'Fn::Base64')).toString('base64'),

  'Fn::If': async (argument, references) => {
    const [name, whenTrue, whenFalse] = list(argument, 'Fn::If');
    const chosen = (await references.condition(text(name, 'Fn::If'))) ? whenTrue : whenFalse;
    return chosen === undefined ? undefined : resolve(chosen, references);
  },

  'Fn::Equals': async (argument, references) => {
    const [left, right] = list(await resolved(argument, references), 'Fn::Equals');
    return JSON.stringify(left) === JSON.stringify(right);
  },
  'Fn::And': async (argument, references) => (await truths(argument, 'Fn::And', references)).every(Boolean),
  'Fn::Or': async (argument, references) => (await truths(argument, 'Fn::Or', references)).some(Boolean),
  'Fn::Not': async (argument, references) => !(await truths(argument, 'Fn::Not', references))[0],
};

/**
 * `value` with every function in it evaluated. `undefined` where it is `AWS::NoValue`; members and elements of that
 * value are left out.
 *
 * @throws {TemplateError} for a function that is not known, or one that is used wrongly.
 */
export async function resolve(value: Json, references: References): Promise<Json | undefined> {
  if (Array.isArray(value)) {
    const elements: (Json | undefined)[] = [];
    for (const element of value as readonly Json[]) elements.push(await resolve(element, references));
    return elements.filter((element) => element !== undefined);
  }
  if (!isObject(value)) return value;

  const [name, ...others] = Object.keys(value);
  const isFunction = name !== undefined && others.length === 0 && (name === 'Ref' || name.startsWith('Fn::'));
  if (isFunction) {
    const evaluate = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
    if (!evaluate) throw new TemplateError(`the function \`${name}\` is not known to the local runtime`);
    return evaluate(value[name] ?? null, references);
  }
  const members: [string, Json][] = [];
  for (const [key, inner] of Object.entries(value)) {
    const found = await resolve(inner, references);
    if (found !== undefined) members.push([key, found]);
  }
  return Object.fromEntries(members);
}

/** Whether the condition holds; conditions may name others by `{Condition: name}`. */
export async function holds(condition: Json, references: References): Promise<boolean> {
  const named = isObject(condition) ? member(condition, 'Condition') : undefined;
  if (typeof named === 'string') return references.condition(named);
  const value = await resolve(condition, references);
  if (typeof value !== 'boolean') throw new TemplateError('a condition must be true or false');
  return value;
}

async function resolved(value: Json | undefined, references: References): Promise<Json> {
  return (value === undefined ? undefined : await resolve(value, references)) ?? null;
}

async function truths(argument: Json, where: string, references: References): Promise<boolean[]> {
  const answers: boolean[] = [];
  for (const condition of list(argument, where)) answers.push(await holds(condition, references));
  return answers;
}

/** `${Name}`, `${Resource.Attribute}`, `${Variable}`; `${!Literal}` stays as `${Literal}`. */
async function substitute(template: string, variables: JsonObject, references: References): Promise<string> {
  let out = '';
  let end = 0;
  for (const match of template.matchAll(/\$\{(!?)([^}]*)\}/g)) {
    const [whole, literal, name = ''] = match;
    out += template.slice(end, match.index);
    end = match.index + whole.length;
    out += literal === '!' ? `\${${name}}` : String(await variable(name.trim(), variables, references));
  }
  return out + template.slice(end);
}

async function variable(name: string, variables: JsonObject, references: References): Promise<string | number> {
  const own = member(variables, name);
  const [logicalId = '', attribute = ''] = splitOnce(name, '.');
  const value =
    own !== undefined
      ? await resolve(own, references)
      : attribute === ''
        ? await references.ref(name)
        : await references.getAtt(logicalId, attribute);
  if (typeof value === 'string' || typeof value === 'number') return value;
  throw new TemplateError(`Fn::Sub: \`${name}\` is no text`);
}

function text(value: Json | undefined, where: string): string {
  if (typeof value === 'string') return value;
  throw new TemplateError(`${where}: expected a string, got ${JSON.stringify(value)}`);
}

function list(value: Json | undefined, where: string): readonly Json[] {
  if (Array.isArray(value)) return value as readonly Json[];
  throw new TemplateError(`${where}: expected a list, got ${JSON.stringify(value)}`);
}

/** Numbers and booleans join as text, as in CloudFormation. */
function texts(value: Json | undefined, where: string): string[] {
  return list(value, where).map((element) =>
    typeof element === 'number' || typeof element === 'boolean' ? String(element) : text(element, where),
  );
}

function splitOnce(value: string, separator: string): string[] {
  const at = value.indexOf(separator);
  return at === -1 ? [value] : [value.slice(0, at), value.slice(at + 1)];
}
