import { BAKED_BUNDLE_FILE } from '../../adapters/bundle/baked.ts';
import { AUDIT_TABLE, GRANTS_TABLE } from '../../adapters/aws/tables.ts';
import { ENV } from '../../functions/shared/env.ts';

/** Variables that several functions have with the same value. */

export const GRANTS = { [ENV.grantsTable]: GRANTS_TABLE.name } as const;
export const STORES = { ...GRANTS, [ENV.auditTable]: AUDIT_TABLE.name } as const;
export const BUNDLE = { [ENV.bundlePath]: BAKED_BUNDLE_FILE } as const;
