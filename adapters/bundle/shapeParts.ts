import { z } from 'zod';
import type { PrincipalId } from '../../core/principal.ts';
import { DOMAINS } from '../../core/principal.ts';

/** What the shapes of several files are made of. */

export const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be up to 64 letters, digits, `.`, `_`, `-`');

/** As in `contract/`; names of roles and secrets come from such ids. */
export const slug = z.string().regex(/^[a-z][a-z0-9-]{1,40}$/, 'must be lower-case letters, digits and hyphens');

export const line = (max: number) =>
  z
    .string()
    .min(1, 'must not be empty')
    .max(max, `must be at most ${max} characters`)
    .regex(/^\P{C}+$/u, 'must be one line of text');

export const seconds = z.number().int();

const PRINCIPAL = new RegExp(`^(${DOMAINS.join('|')}):[A-Za-z0-9._-]{1,64}:\\S{1,200}$`);

export const principal = z
  .string()
  .regex(PRINCIPAL, 'must be a principal id such as admin:local-admin:bob')
  .transform((id) => id as PrincipalId);
