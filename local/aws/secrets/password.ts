/**
 * Random passwords as Secrets Manager makes them.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html
 */
import { randomInt } from 'node:crypto';
import { z } from 'zod';

export const PASSWORD_RULES = z.strictObject({
  PasswordLength: z.int().min(1).max(4_096).default(32),
  ExcludeCharacters: z.string().max(4_096).default(''),
  ExcludeLowercase: z.boolean().default(false),
  ExcludeNumbers: z.boolean().default(false),
  ExcludePunctuation: z.boolean().default(false),
  ExcludeUppercase: z.boolean().default(false),
  IncludeSpace: z.boolean().default(false),
  RequireEachIncludedType: z.boolean().default(true),
});
export type PasswordRules = z.output<typeof PASSWORD_RULES>;

const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';

/** `undefined` where the rules leave no password. */
export function randomPassword(rules: PasswordRules): string | undefined {
  const types = [
    rules.ExcludeLowercase ? '' : 'abcdefghijklmnopqrstuvwxyz',
    rules.ExcludeUppercase ? '' : 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
    rules.ExcludeNumbers ? '' : '0123456789',
    rules.ExcludePunctuation ? '' : PUNCTUATION,
    rules.IncludeSpace ? ' ' : '',
  ]
    .map((characters) => characters.split('').filter((character) => !rules.ExcludeCharacters.includes(character)))
    .filter((characters) => characters.length > 0);
  const all = types.flat();
  const required = rules.RequireEachIncludedType ? types : [];
  if (all.length === 0 || required.length > rules.PasswordLength) return undefined;
  const rest = Array.from({ length: rules.PasswordLength - required.length }, () => all);
  return shuffled([...required, ...rest].map(pick)).join('');
}

const pick = (characters: readonly string[]): string => characters[randomInt(characters.length)] ?? '';

function shuffled(characters: readonly string[]): string[] {
  const result = [...characters];
  for (let index = result.length - 1; index > 0; index -= 1) {
    const other = randomInt(index + 1);
    [result[index], result[other]] = [result[other] ?? '', result[index] ?? ''];
  }
  return result;
}
