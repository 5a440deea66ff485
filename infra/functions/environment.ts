import { BAKED_BUNDLE_FILE } from '../../adapters/bundle/baked.ts';
import { AUDIT_TABLE, GRANTS_TABLE } from '../../adapters/aws/tables.ts';
import { ENV } from '../../functions/shared/env.ts';
import type { SigningKeys } from '../stacks/KeysStack.ts';

/** Variables that several functions have with the same value. */

export const GRANTS = { [ENV.grantsTable]: GRANTS_TABLE.name } as const;
export const STORES = { ...GRANTS, [ENV.auditTable]: AUDIT_TABLE.name } as const;
export const BUNDLE = { [ENV.bundlePath]: BAKED_BUNDLE_FILE } as const;

/** ARNs hold nothing that JSON escapes, so they may be references to another stack. */
export const tokenKeysOf = ({ token }: SigningKeys) => ({
  [ENV.tokenKeys]: JSON.stringify(token.map(({ name, keys }) => ({ name, keys: keys.map(({ keyArn }) => keyArn) }))),
});

export const snapshotKeysOf = ({ snapshot }: SigningKeys) => ({
  [ENV.snapshotKeys]: JSON.stringify(snapshot.map(({ keyArn }) => keyArn)),
});

/** All keys that sign tokens, of all generations. */
export const tokenKeyList = ({ token }: SigningKeys) => token.flatMap(({ keys }) => keys);
