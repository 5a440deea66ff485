import type { SealedKeyStore } from '../approvalPorts.ts';
import type { SealedKey } from '../breakGlass.ts';
import { WritError } from '../errors.ts';
import { refOf } from '../principal.ts';
import type { Caller, Deps } from './deps.ts';
import { auditLeaf } from './auditLeaf.ts';

/** How many keys a person may have at a time: one in the pocket, one in the safe, one on its way. */
export const MAX_SEALED_KEYS = 5;

export interface SealedKeyDeps extends Deps {
  readonly keys: SealedKeyStore;
}

/** How long ago the second factor may have been given: a key is a way in for good, a token is stolen in a moment. */
const FRESH_MS = 900_000;

/** What the holder shows: verified by the caller to be in their hands. */
export interface KeyInHand {
  /** RFC 7638 thumbprint. */
  readonly id: string;
  readonly publicKey: SealedKey['publicKey'];
  readonly holder: SealedKey['holder'];
  readonly label: string;
}

/**
 * Registers a key for break-glass, before it is needed: by somebody whom the directory lists, signed in with a second
 * factor. A leaf tells of it, and so a message.
 *
 * @throws WritError `forbidden`, `step_up_required`, `invalid_request` for too many, `version_conflict` for a key that is known
 */
export async function registerKey(deps: SealedKeyDeps, caller: Caller, key: KeyInHand): Promise<SealedKey> {
  const { principal } = caller;
  const listed = deps.engine.bundle.directory.people.find(({ id }) => id === principal.id);
  if (listed?.person !== principal.person || principal.actors) {
    throw new WritError('forbidden', 'only people whom the directory lists register keys, each their own');
  }
  const { mfa, sealedKey, at } = principal.authentication;
  const now = deps.clock();
  if (!mfa || sealedKey !== undefined || at === undefined || now - at > FRESH_MS) {
    throw new WritError(
      'step_up_required',
      'a sealed key is registered by a sign-in with a second factor, within the last 15 minutes',
      { remediation: 'Sign in again: writ login --mfa.' },
    );
  }
  const held = await deps.keys.keysOf(principal.id);
  if (held.filter(({ removedAt }) => removedAt === undefined).length >= MAX_SEALED_KEYS) {
    throw new WritError('invalid_request', `you have ${MAX_SEALED_KEYS} keys already`, {
      remediation: 'Remove one first: writ breakglass keys.',
    });
  }
  const owner = refOf(principal);
  const { project, groups } = principal;
  const sealed: SealedKey = { ...key, owner, groups, project, registeredAt: now, registeredBy: principal.id };
  const leaf = auditLeaf(deps, 'breakglass.key_registered', owner, { key: key.id, holder: key.holder });
  if ((await deps.keys.putKey(sealed, leaf)) === 'stored') return sealed;
  throw new WritError('version_conflict', 'this key is registered already, or was removed');
}

export const listKeys = ({ keys }: SealedKeyDeps, { principal }: Caller): Promise<readonly SealedKey[]> =>
  keys.keysOf(principal.id);

/**
 * Takes a key out of use for good: by its owner, or by whoever administers Writ.
 *
 * @throws WritError `not_found`
 */
export async function removeKey(deps: SealedKeyDeps, caller: Caller, id: string): Promise<SealedKey> {
  const key = await deps.keys.getKey(id);
  const context = { now: deps.clock(), sourceIp: caller.sourceIp };
  const mine = key?.owner.id === caller.principal.id;
  const may = mine || deps.engine.decide(caller.principal, 'administer', { type: 'system' }, context).allowed;
  if (!key || !may) throw new WritError('not_found', 'there is no such key that you may see');
  if (key.removedAt !== undefined) return key;
  const removed = { ...key, removedAt: deps.clock() };
  const leaf = auditLeaf(deps, 'breakglass.key_removed', refOf(caller.principal), { key: id });
  if ((await deps.keys.putKey(removed, leaf)) === 'stored') return removed;
  return (await deps.keys.getKey(id)) ?? removed; // somebody else removed it meanwhile
}
