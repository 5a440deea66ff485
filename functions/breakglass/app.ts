import { createHash } from 'node:crypto';
import { thumbprintOf, verifySignature } from '../../adapters/sealed/verifySignature.ts';
import { ROUTES } from '../../contract/routes.ts';
import type { DrillView, SealedKeyView } from '../../contract/schemas.ts';
import { registrationText, SEALED_SKEW_SECONDS, sealedMessage } from '../../contract/sealed.ts';
import type { SealedKey } from '../../core/breakGlass.ts';
import { WritError } from '../../core/errors.ts';
import type { PrincipalId } from '../../core/principal.ts';
import { drill } from '../../core/usecases/drill.ts';
import type { KeyInHand, SealedKeyDeps } from '../../core/usecases/sealedKeys.ts';
import { listKeys, registerKey, removeKey } from '../../core/usecases/sealedKeys.ts';
import { ok, time } from '../shared/answers.ts';
import type { ApiDeps, ApiHandler, ApiRequest } from '../shared/api.ts';
import { createApi } from '../shared/api.ts';
import { askOf } from '../shared/ask.ts';
import { decisionView } from '../shared/wire.ts';

/** Keys for break-glass, and drills with them. It makes no grant and holds no credential. */
export function createHandler(deps: SealedKeyDeps & ApiDeps & { readonly publicUrl: string }): ApiHandler {
  return createApi('breakglass', deps, {
    registerKey: async ({ caller, body }) => {
      const key = inHand(deps, caller.principal.id, body);
      return ok(keyView(await registerKey(deps, caller, key)), 201);
    },
    listKeys: async ({ caller }) => ok({ items: (await listKeys(deps, caller)).map(keyView) }),
    removeKey: async ({ caller, path }) => ok(keyView(await removeKey(deps, caller, path.id))),
    drill: async ({ caller, body }) => {
      const { decision, seconds, works, openReview } = await drill(deps, caller, askOf(body));
      const view: DrillView = {
        works,
        decision: decisionView(decision),
        seconds: seconds.map(({ id, name, hasKey }) => ({ id, name, hasKey })),
        ...(openReview !== undefined && { openReview }),
      };
      return ok(view);
    },
  });
}

/** @throws WritError `invalid_request` unless the key itself signed for its registration here, by this owner, just now */
function inHand(
  { clock, publicUrl }: { readonly clock: () => number; readonly publicUrl: string },
  owner: PrincipalId,
  { publicKey, label, proof }: ApiRequest<'registerKey'>['body'],
): KeyInHand {
  const id = thumbprintOf(publicKey);
  const { method, path } = ROUTES.registerKey;
  const bodySha256 = createHash('sha256').update(registrationText(owner, label)).digest('hex');
  const said = { ...proof, audience: publicUrl, method, path, bodySha256, idempotencyKey: '' };
  const isFresh = Math.abs(clock() - proof.at) <= SEALED_SKEW_SECONDS * 1000;
  const { fido } = proof;
  const signature = Buffer.from(proof.signature, 'base64url');
  const isIts = verifySignature(sealedMessage(said), { publicKey, signature, ...(fido && { fido }) });
  if (proof.key === id && isFresh && isIts) return { id, publicKey, label, holder: fido ? 'fido' : 'agent' };
  throw new WritError('invalid_request', '`proof` is not a fresh signature by this key of its registration by you', {
    remediation: 'Run writ breakglass register with the key plugged in.',
  });
}

const keyView = (key: SealedKey): SealedKeyView => ({
  id: key.id,
  owner: key.owner.id,
  holder: key.holder,
  label: key.label,
  publicKey: { ...key.publicKey },
  registeredAt: time(key.registeredAt),
  ...(key.removedAt !== undefined && { removedAt: time(key.removedAt) }),
});
