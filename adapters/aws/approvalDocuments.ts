import type { Approval } from '../../core/approval.ts';
import type { BreakGlassUse } from '../../core/breakGlass.ts';
import type { Extension, ExtensionState } from '../../core/extension.ts';
import type { Decoder } from './decode.ts';
import { list, number, object, oneOf, string, tagged } from './decode.ts';
import { decision, person, standing } from './grantDocuments.ts';

/** Decoders of what people said, as a grant item keeps it. */

export const approvals: Decoder<readonly Approval[]> = list(
  object(
    {
      id: string,
      by: person,
      verdict: oneOf('approve', 'deny'),
      comment: string,
      stage: number,
      stageSince: number,
      at: number,
      requestSha256: string,
      bundleSha256: string,
      via: oneOf('api', 'chat', 'sealed', 'remembered'),
    },
    { consent: string, withdrawnAt: number },
  ),
);

const notAllowed = <S extends 'denied' | 'lapsed' | 'void'>(status: S) => object({ status: oneOf(status), at: number });

const extensionState: Decoder<ExtensionState> = tagged<ExtensionState>('status', {
  pending: object({ status: oneOf('pending'), ...standing }),
  allowed: object({ status: oneOf('allowed'), at: number, from: number, to: number }),
  denied: notAllowed('denied'),
  lapsed: notAllowed('lapsed'),
  void: notAllowed('void'),
});

export const extensions: Decoder<readonly Extension[]> = list(
  object(
    {
      id: string,
      durationSeconds: number,
      justification: string,
      requestedAt: number,
      requestSha256: string,
      decision,
      state: extensionState,
      approvals,
    },
    { actors: list(person) },
  ),
);

export const breakGlassUse: Decoder<BreakGlassUse> = object(
  { keys: list(string) },
  { review: object({ by: person, verdict: oneOf('justified', 'unjustified'), comment: string, at: number }) },
);
