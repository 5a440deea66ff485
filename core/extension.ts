import type { Approval, Question, Standing } from './approval.ts';
import type { Decision } from './decision.ts';
import type { PrincipalRef } from './principal.ts';

/** A wish for more time on a live grant: a decision of its own. Times are epoch milliseconds. */
export interface Extension {
  /** `ext_` and a ULID. */
  readonly id: string;
  readonly durationSeconds: number;
  readonly justification: string;
  readonly requestedAt: number;
  /** Who asked in the holder's name, by a token with `act`: none of them decides it (I2). */
  readonly actors?: readonly PrincipalRef[];
  /** Over the grant, its expiry and the wish: what an approval of it binds to. */
  readonly requestSha256: string;
  readonly decision: Decision;
  readonly state: ExtensionState;
  readonly approvals: readonly Approval[];
}

export type ExtensionState =
  | ({ readonly status: 'pending' } & Standing)
  | { readonly status: 'allowed'; readonly at: number; readonly from: number; readonly to: number }
  /** `void`: the grant ended first. */
  | { readonly status: 'denied' | 'lapsed' | 'void'; readonly at: number };

export type PendingExtension = Extension & { readonly state: { readonly status: 'pending' } & Standing };

const isPending = (extension: Extension | undefined): extension is PendingExtension =>
  extension?.state.status === 'pending';

/** The extension that people are asked about. */
export function pendingExtension({ extensions }: { readonly extensions: readonly Extension[] }) {
  const last = extensions.at(-1);
  return isPending(last) ? last : undefined;
}

export const questionOf = ({ state, requestSha256, decision, approvals }: PendingExtension): Question => ({
  stage: state.stage,
  stageSince: state.stageSince,
  lapsesAt: state.lapsesAt,
  requestSha256,
  bundleSha256: decision.bundleSha256,
  approvals,
});
