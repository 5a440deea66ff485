import { WritError } from '../errors.ts';
import type { KeyRing, KeyRingStore } from '../oauth/ports.ts';
import { refOf } from '../principal.ts';
import { auditLeaf } from './auditLeaf.ts';
import type { Answer, Caller, Deps, Idempotency } from './deps.ts';
import { answerOf, earlierAnswer, recordOf } from './idempotently.ts';

export interface KeyRingDeps extends Deps {
  readonly rings: KeyRingStore;
  /** Names of the generations that the deployment has; the first one signs until the first rotation. */
  readonly generations: readonly [string, ...string[]];
}

/** Which keys sign, and which could. */
export interface KeyRingView {
  readonly ring: KeyRing;
  readonly generations: readonly string[];
}

/** @throws WritError `forbidden` for whom policy does not let administer */
export async function readKeyRing(deps: KeyRingDeps, caller: Caller): Promise<KeyRingView> {
  checkAdministrator(deps, caller);
  return { ring: ringOf(deps, await deps.rings.readRing()), generations: deps.generations };
}

/**
 * Has another generation of keys sign. Its public halves have been published since it was deployed, and those of the old
 * one stay, so no verifier has to hurry. A function that has just looked signs with the old one for half a minute more.
 *
 * @param to the generation; by default the next one of the deployment's, in turn
 * @throws WritError `forbidden`, `step_up_required` without a second factor, `invalid_request` for a generation that there
 * is not, or that signs already, `version_conflict`, `idempotency_key_reused`
 */
export async function rotateKeys(
  deps: KeyRingDeps,
  caller: Caller,
  to: string | undefined,
  idempotency: Idempotency | undefined,
  respond: (view: KeyRingView) => Answer,
): Promise<Answer> {
  checkAdministrator(deps, caller);
  if (!caller.principal.authentication.mfa) {
    throw new WritError('step_up_required', 'changing the signing keys needs a second factor', {
      remediation: 'Sign in again: writ login --mfa.',
    });
  }
  const earlier = await earlierAnswer(deps, idempotency);
  if (earlier) return earlier;
  const { rings, generations } = deps;
  const stored = await rings.readRing();
  const ring = ringOf(deps, stored);
  const next = to ?? generations[(generations.indexOf(ring.current) + 1) % generations.length];
  if (next === undefined || !generations.includes(next) || next === ring.current) {
    throw new WritError('invalid_request', 'there is no other generation of keys of that name', {
      remediation: `Deploy one (context tokenKeys), or name one of ${generations.join(', ')}; ${ring.current} signs now.`,
    });
  }
  const moved: KeyRing = { version: ring.version + 1, current: next, since: deps.clock() };
  const facts = { from: ring.current, to: next, version: moved.version };
  const leaf = auditLeaf(deps, 'keys.rotated', refOf(caller.principal), facts);
  const answer = respond({ ring: moved, generations });
  const outcome = await rings.moveRing(stored, moved, leaf, idempotency && recordOf(idempotency, answer, moved.since));
  if (outcome === 'moved') return answer;
  if (outcome !== 'conflict') return answerOf(outcome, idempotency);
  throw new WritError('version_conflict', 'somebody else rotated the keys at the same time');
}

const ringOf = ({ generations: [first] }: KeyRingDeps, stored: KeyRing | undefined): KeyRing =>
  stored ?? { version: 0, current: first, since: 0 };

function checkAdministrator(deps: Deps, { principal, sourceIp }: Caller): void {
  const verdict = deps.engine.decide(principal, 'administer', { type: 'system' }, { now: deps.clock(), sourceIp });
  if (verdict.allowed) return;
  throw new WritError('forbidden', verdict.reasons[0] ?? 'only administrators look after the keys', {
    ...(verdict.remediation !== undefined && { remediation: verdict.remediation }),
  });
}
