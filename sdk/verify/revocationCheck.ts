import { SNAPSHOT_TYP } from '../../contract/accessToken.ts';
import type { AccessTokenClaims } from '../../contract/accessToken.ts';
import { OAUTH_PATHS } from '../../contract/metadata.ts';
import type { Transport } from '../../tokens/download.ts';
import { introspect } from './introspection.ts';
import { createKeySource } from './keySource.ts';
import type { Revocation } from './options.ts';
import { Refusal } from './refusal.ts';
import { createSnapshotSource } from './snapshotSource.ts';
import type { RevocationKnowledge } from './verifiedToken.ts';

/** Finds out, at each use of a token, whether it was revoked. */
export interface RevocationCheck {
  /** What results say of it. */
  readonly knowledge: RevocationKnowledge;
  /**
   * @returns whether it ended; at once, where that is known
   * @throws Refusal `revocation_unknown`, `keys_unavailable`
   */
  isEnded(token: string, claims: AccessTokenClaims, now: number): boolean | Promise<boolean>;
}

export function createRevocationCheck(revocation: Revocation, issuer: string, transport: Transport): RevocationCheck {
  if (revocation === 'unchecked') return { knowledge: 'unchecked', isEnded: () => false };
  if ('introspection' in revocation) {
    const { authenticate, uri = issuer + OAUTH_PATHS.introspect } = revocation.introspection;
    return {
      knowledge: 'active',
      isEnded: async (token, { jti }) => !(await introspect(uri, { token, tokenId: jti }, authenticate, transport)),
    };
  }
  const { uri = issuer + OAUTH_PATHS.snapshot, maxAgeSeconds } = revocation.snapshot;
  const keys = revocation.snapshot.keys ?? { jwksUri: issuer + OAUTH_PATHS.snapshotJwks };
  const source = createSnapshotSource(
    {
      uri,
      issuer,
      keys: createKeySource(keys, SNAPSHOT_TYP, transport),
      ...(maxAgeSeconds !== undefined && { maxAgeSeconds }),
    },
    transport,
  );
  return {
    knowledge: 'active',
    isEnded(_token, { status }, now) {
      // An entry of another list says nothing here.
      if (status.status_list.uri !== uri) {
        throw new Refusal('revocation_unknown', 'the token’s revocation is told in another list');
      }
      return source.isEnded(status.status_list.idx, now);
    },
  };
}
