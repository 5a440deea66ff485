import type { KeyRingDeps, KeyRingView } from '../../core/usecases/rotateKeys.ts';
import { readKeyRing, rotateKeys } from '../../core/usecases/rotateKeys.ts';
import { ok, time } from '../shared/answers.ts';
import type { ApiDeps, ApiHandler } from '../shared/api.ts';
import { createApi } from '../shared/api.ts';

/** Says which generation of keys signs. It names keys and can use none. */
export function createHandler(deps: KeyRingDeps & ApiDeps): ApiHandler {
  return createApi('keys', deps, {
    getKeyRing: async ({ caller }) => ok(ringView(await readKeyRing(deps, caller))),
    rotateKeys: ({ caller, body: { to }, idempotency }) =>
      rotateKeys(deps, caller, to, idempotency, (view) => ok(ringView(view))),
  });
}

/** Before the first rotation, the first generation signs since nobody knows when. */
const ringView = ({ ring: { version, current, since }, generations }: KeyRingView) => ({
  version,
  current,
  ...(version > 0 && { since: time(since) }),
  generations,
});
