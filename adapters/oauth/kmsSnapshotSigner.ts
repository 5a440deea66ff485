import type { KmsKeys } from './kmsKeys.ts';

/** Of a signed status list (Token Status List draft §5.1). */
const SNAPSHOT_TYP = 'statuslist+jwt';

/** Signs the revocation snapshot, with a key of its own: no token can be taken for one, nor one for a token. */
export interface SnapshotSigner {
  /** @param claims a plain JSON object; signed as it stands. @returns a `statuslist+jwt`. Public. */
  sign(claims: Readonly<Record<string, unknown>>): Promise<string>;
}

/** @param keyArns the one that signs first; the others are published only */
export function createKmsSnapshotSigner(keys: KmsKeys, [keyArn]: readonly string[]): SnapshotSigner {
  if (keyArn === undefined) throw new TypeError('there is no key that signs snapshots');
  return { sign: (claims) => keys.signJwt(keyArn, SNAPSHOT_TYP, claims) };
}
