import { TokenError } from '../../adapters/oidc/tokenError.ts';
import type { TokenErrorCode } from '../../adapters/oidc/tokenError.ts';
import type { OnceStore } from '../../core/approvalPorts.ts';
import type { SealedKey } from '../../core/breakGlass.ts';
import type { Clock, Ids, Sha256 } from '../../core/ports.ts';
import { SYSTEM } from '../../core/principal.ts';
import { auditLeaf } from '../../core/usecases/auditLeaf.ts';

/** Whoever signs with a key that doesn't count is not told why. */
const NOBODYS = 'no registered key of a person in the directory signed this request';

/** Why a sealed signature was not taken: in its leaf, and for the answer. */
const REASONS = {
  malformed: ['token_malformed', 'what follows `Writ-Sealed` is not a sealed signature'],
  late: ['token_expired', 'the signature’s time is too far from the server’s'],
  ambiguous: ['signature_invalid', NOBODYS],
  unknown_key: ['signature_invalid', NOBODYS],
  removed_key: ['signature_invalid', NOBODYS],
  forged: ['signature_invalid', NOBODYS],
  unlisted: ['signature_invalid', NOBODYS],
  replayed: ['token_expired', 'the signature has been used before'],
} as const satisfies Readonly<Record<string, readonly [TokenErrorCode, string]>>;

type Reason = keyof typeof REASONS;

const MINUTE_MS = 60_000;

/** A sealed signature that is not taken. */
export class SealedRefusal extends TokenError {
  readonly reason: Reason;
  /** Of the registered key that it names, where it names one: whether that signed is another matter. */
  readonly keyId: string | undefined;

  constructor(reason: Reason, key?: Pick<SealedKey, 'id'>) {
    const [code, detail] = REASONS[reason];
    super(code, detail);
    this.name = 'SealedRefusal';
    this.reason = reason;
    this.keyId = key?.id;
  }
}

export interface SealedRefusalDeps {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly sha256: Sha256;
  readonly once: Pick<OnceStore, 'appendOnce'>;
}

/**
 * A signature that was refused leaves this behind (I9): the first of each minute and reason, as anybody can send as many
 * as they like. Security is told of those that name a registered key, each key by itself, so that a flood of rubbish
 * neither reaches people nor hides one of them. Nobody has proved who they are: the leaf names no person.
 */
export async function recordUnsealed(deps: SealedRefusalDeps, { reason, keyId }: SealedRefusal): Promise<void> {
  const type = keyId === undefined ? 'breakglass.unsigned' : 'breakglass.refused';
  const leaf = auditLeaf(deps, type, SYSTEM, { reason, ...(keyId !== undefined && { key: keyId }) });
  const minute = Math.floor(leaf.at / MINUTE_MS);
  await deps.once.appendOnce(`${type}#${reason}#${keyId ?? ''}#${minute}`, (minute + 2) * MINUTE_MS, leaf);
}
