import { editing, type Change } from './bundleDir.ts';

interface Entry {
  readonly [member: string]: unknown;
}

/** The first entitlement, `orders-read`, with other members. */
export const withMembers = (members: object): Change => ({
  'catalogue.json': editing<[Entry, ...Entry[]]>(([entry, ...rest]) => [{ ...entry, ...members }, ...rest]),
});

/** It with this ceiling and no parameters. */
export const withCeiling = (...ceiling: object[]): Change => withMembers({ ceiling, parameters: {} });

/** A statement of a ceiling. */
export const line = (actions: string[], resources: string[], leadingKeys?: string[]) => ({
  actions,
  resources,
  ...(leadingKeys && { leadingKeys }),
});
