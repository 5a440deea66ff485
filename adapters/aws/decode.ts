/**
 * Strict reading of JSON that Writ itself wrote: exactly the members that are named, each of its type. The tables are
 * trusted no further than that. (zod would do, at the price of the functions' cold start.)
 */

/** Returns the value, typed, or throws `Misshapen`. `at` says where the value stands. */
export type Decoder<T> = (value: unknown, at: string) => T;

/** Says where a value is not what it must be; never what it was. */
export class Misshapen extends Error {
  constructor(at: string, expected: string) {
    super(`${at} is not ${expected}`);
    this.name = 'Misshapen';
  }
}

export const string: Decoder<string> = (value, at) => {
  if (typeof value !== 'string') throw new Misshapen(at, 'a string');
  return value;
};

export const number: Decoder<number> = (value, at) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new Misshapen(at, 'a number');
  return value;
};

export const boolean: Decoder<boolean> = (value, at) => {
  if (typeof value !== 'boolean') throw new Misshapen(at, 'true or false');
  return value;
};

export const scalar: Decoder<string | number | boolean> = (value, at) =>
  typeof value === 'boolean' ? value : typeof value === 'string' ? value : number(value, at);

export function oneOf<const T extends string>(...values: readonly T[]): Decoder<T> {
  return (value, at) => {
    const found = values.find((candidate) => candidate === value);
    if (found === undefined) throw new Misshapen(at, `one of ${values.join(', ')}`);
    return found;
  };
}

export function list<T>(item: Decoder<T>): Decoder<readonly T[]> {
  return (value, at) => {
    if (!Array.isArray(value)) throw new Misshapen(at, 'a list');
    return value.map((member: unknown, index) => item(member, `${at}[${index}]`));
  };
}

export function record<T>(member: Decoder<T>): Decoder<Readonly<Record<string, T>>> {
  return (value, at) =>
    Object.fromEntries(membersOf(value, at).map(([name, inner]) => [name, member(inner, `${at}.${name}`)]));
}

type Shape = Readonly<Record<string, Decoder<unknown>>>;
type Decoded<S extends Shape> = { readonly [K in keyof S]: ReturnType<S[K]> };

/** An object with all of `required`, some of `optional`, and nothing else. */
export function object<R extends Shape>(required: R): Decoder<Decoded<R>>;
export function object<R extends Shape, O extends Shape>(
  required: R,
  optional: O,
): Decoder<Decoded<R> & Partial<Decoded<O>>>;
export function object(required: Shape, optional: Shape = {}): Decoder<unknown> {
  const shape: Shape = { ...required, ...optional };
  return (value, at) => {
    const members = membersOf(value, at).map(([name, inner]) => {
      const decode = Object.hasOwn(shape, name) ? shape[name] : undefined;
      if (!decode) throw new Misshapen(`${at}.${name}`, 'a known member');
      return [name, decode(inner, `${at}.${name}`)] as const;
    });
    const read = Object.fromEntries(members);
    for (const name of Object.keys(required)) {
      if (!Object.hasOwn(read, name)) throw new Misshapen(`${at}.${name}`, 'there');
    }
    return read;
  };
}

/** An object whose member `tag` says which of the shapes it has. */
export function tagged<T>(tag: string, shapes: Readonly<Record<string, Decoder<T>>>): Decoder<T> {
  return (value, at) => {
    const name = Object.fromEntries(membersOf(value, at))[tag];
    const decode = typeof name === 'string' && Object.hasOwn(shapes, name) ? shapes[name] : undefined;
    if (!decode) throw new Misshapen(`${at}.${tag}`, `one of ${Object.keys(shapes).join(', ')}`);
    return decode(value, at);
  };
}

function membersOf(value: unknown, at: string): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Misshapen(at, 'an object');
  return Object.entries(value);
}
