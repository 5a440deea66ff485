import type { OnceStore } from '../../core/approvalPorts.ts';
import type { ErrorCode } from '../../core/errors.ts';
import { WritError } from '../../core/errors.ts';
import type { Leaf } from '../../core/leaf.ts';
import { leafOf, personHash } from '../../core/leafOf.ts';
import type { Clock, GrantStore, Ids, Sha256 } from '../../core/ports.ts';
import type { PrincipalRef } from '../../core/principal.ts';
import { SYSTEM } from '../../core/principal.ts';
import { AUDIT_STREAM } from '../../core/usecases/auditLeaf.ts';

/** Why a callback changed nothing: in its leaf, and with a status in its answer. */
const REASONS = {
  too_large: ['payload_too_large', 'the body is larger than 32 kB'],
  wrong_type: ['unsupported_media_type', 'the body is of another content type'],
  unsigned: ['unauthenticated', 'the signature is missing or malformed'],
  forged: ['unauthenticated', 'the signature is not of this body by the shared key'],
  late: ['unauthenticated', 'the signature is older than five minutes, or of the future'],
  malformed: ['invalid_request', 'the body is not as it should be'],
  replayed: ['callback_replayed', 'this message was received before'],
  unknown_button: ['invalid_request', 'the button is none of Writ’s'],
  unknown_person: ['forbidden', 'nobody in the directory has this chat account'],
  other_project: ['not_found', 'there is no such grant that you may see'],
} as const satisfies Readonly<Record<string, readonly [ErrorCode, string]>>;

type Reason = keyof typeof REASONS;

/** Those of messages that nobody has signed as far as is known: anybody can send as many as they like. */
const UNSIGNED: readonly string[] = ['too_large', 'wrong_type', 'unsigned', 'forged'] satisfies Reason[];
const MINUTE_MS = 60_000;

/** What to do about those whose code says something else elsewhere. */
const REMEDIATIONS: Partial<Record<Reason, string>> = {
  unsigned: 'Sign it as docs/notifications.md says.',
  forged: 'Check the shared key, and sign the bytes that are sent.',
  late: 'Check the clock, and send it when it is signed.',
  unknown_person: 'Decide with the command line, or have your chat account added to the directory.',
};

/** A callback that is not taken. */
export class Refusal extends WritError {
  readonly reason: Reason;

  constructor(reason: Reason) {
    const [code, detail] = REASONS[reason];
    const remediation = REMEDIATIONS[reason];
    super(code, detail, remediation === undefined ? {} : { remediation });
    this.name = 'Refusal';
    this.reason = reason;
  }
}

export interface RefusalDeps {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly sha256: Sha256;
  readonly store: Pick<GrantStore, 'get' | 'append'>;
  readonly once: Pick<OnceStore, 'appendOnce'>;
}

/** What is known of a callback by the time it is refused. */
export interface Known {
  grantId?: string;
  by?: PrincipalRef;
}

/**
 * A callback that changes nothing leaves this behind (I9): with the grant that it was about, where there is one. Of
 * those that nobody signed, the first of each minute, route and reason: else whoever likes could fill the log for good.
 */
export async function recordRefused(
  deps: RefusalDeps,
  route: 'chat' | 'tickets',
  error: WritError,
  { grantId, by = SYSTEM }: Known,
): Promise<void> {
  const reason = error instanceof Refusal ? error.reason : error.code;
  const at = deps.clock();
  const what = { type: 'callback.refused', role: 'event', at } as const;
  const facts: Leaf['facts'] = { route, reason };
  const grant = grantId === undefined ? undefined : await deps.store.get(grantId);
  if (grant) {
    await deps.store.append(leafOf(deps, grant, { ...what, by, facts }));
    return;
  }
  const leaf: Leaf = {
    ...what,
    id: deps.ids.event(),
    stream: AUDIT_STREAM,
    version: 0,
    actor: { domain: by.domain, hash: personHash(deps.sha256, AUDIT_STREAM, by) },
    facts,
  };
  if (!UNSIGNED.includes(reason)) {
    await deps.store.append(leaf);
    return;
  }
  const minute = Math.floor(at / MINUTE_MS);
  await deps.once.appendOnce(`callback#${route}#${reason}#${minute}`, (minute + 2) * MINUTE_MS, leaf);
}
