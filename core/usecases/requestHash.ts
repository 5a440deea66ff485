import { canonicalJson } from '../canonical.ts';
import type { GrantRequest } from '../grant.ts';
import type { Sha256 } from '../ports.ts';

/** What an approval binds to (I7): the RFC 8785 form of everything that was asked for, and the bundle. */
export function requestSha256Of(deps: { sha256: Sha256 }, request: GrantRequest, bundleSha256: string): string {
  const { requester, actors, scope, details, ...rest } = request;
  return deps.sha256(
    canonicalJson({
      ...rest,
      requester: requester.id,
      ...(actors && { actors: actors.map(({ id }) => id) }),
      scope: scope.map((line) => ({ ...line })),
      ...(details && { details: details.map((detail) => ({ ...detail })) }),
      bundleSha256,
    }),
  );
}

/** What an approval of an extension binds to: the grant as it runs, and the wish. */
export function extensionSha256Of(
  deps: { sha256: Sha256 },
  grant: { readonly id: string; readonly requestSha256: string },
  wish: {
    readonly id: string;
    readonly durationSeconds: number;
    readonly justification: string;
    readonly expiresAt: number;
    readonly actors: readonly string[];
    readonly bundleSha256: string;
  },
): string {
  return deps.sha256(canonicalJson({ grant: grant.id, grantRequestSha256: grant.requestSha256, ...wish }));
}
