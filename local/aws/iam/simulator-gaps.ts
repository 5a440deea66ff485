/**
 * Where the simulator knows less of AWS than we need: policies and context are reworded so that it answers as AWS does,
 * and shortened so that it answers soon.
 */
import type { Context } from './context.ts';

/**
 * `sts:TagSession` and `sts:SetSourceIdentity` have no API of their own: they are permissions that an AssumeRole call
 * needs besides, and AWS decides them with that call's whole context. Trust policies rely on it, such as one statement
 * that allows AssumeRole and TagSession under a condition on `sts:ExternalId`.
 *
 * The simulator knows only the condition keys that the Service Authorization Reference lists, which leaves out
 * `sts:ExternalId` there. So such a permission is decided as AssumeRole, on policies rewritten to speak of it.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/pod-id-assign-target-role.html
 */
const AS_ASSUME_ROLE = { action: 'sts:AssumeRole', moot: 'sts:AssumeRoleWithSAML' } as const;

/**
 * The Service Authorization Reference lists no resource for answers to tasks, so the simulator takes none. On AWS
 * policies that name the state machine work; the CDK's `grantTaskResponse` writes such ones.
 */
const AS_START = { action: 'states:StartExecution', moot: 'states:StopExecution' } as const;

/** Which action is decided in place of another; `moot` is one that the request is not about. */
const STAND_INS: Readonly<Record<string, { readonly action: string; readonly moot: string }>> = {
  'sts:TagSession': AS_ASSUME_ROLE,
  'sts:SetSourceIdentity': AS_ASSUME_ROLE,
  'states:SendTaskSuccess': AS_START,
  'states:SendTaskFailure': AS_START,
  'states:SendTaskHeartbeat': AS_START,
};

/**
 * A condition key whose name has a variable part after a colon is dropped by the simulator; one after a slash is not.
 * No KMS action that has an encryption context has request tags too, so the names can't meet.
 */
const ENCRYPTION_CONTEXT = /kms:EncryptionContext:/gi;
const STAND_IN = 'aws:RequestTag/kms:EncryptionContext:';

/**
 * The Service Authorization Reference has these as lists, because a rule's pattern may hold several; of `PutEvents` each
 * is one text, which the plain string operators compare. The simulator lets those operators have no list.
 */
const ONE_OF_EVENT = /\bevents:(source|detail-type)\b/gi;
const ONE_STAND_IN = 'aws:RequestTag/events:$1';

const reworded = (text: string): string =>
  text.replace(ENCRYPTION_CONTEXT, STAND_IN).replace(ONE_OF_EVENT, ONE_STAND_IN);

/** The action to simulate for `action`. */
export function simulatedAction(action: string): string {
  return STAND_INS[action]?.action ?? action;
}

/** Enough for every policy of a laptop's roles, and for the session policies of the last few hundred grants. */
const CACHE_LIMIT = 1_000;
const cache = new Map<string, Map<string, string>>();

/**
 * A policy document for a decision on `action`: reworded, and without the statements on other actions. They change no
 * answer, and the simulator would evaluate their conditions all the same.
 */
export function simulatedDocument(action: string, document: string): string {
  const byAction = cache.get(document) ?? new Map<string, string>();
  const known = byAction.get(action);
  if (known !== undefined) return known;
  const result = documentFor(action, reworded(document));
  if (cache.size >= CACHE_LIMIT) cache.clear();
  cache.set(document, byAction.set(action, result));
  return result;
}

/** The condition keys of a request, reworded likewise. */
export function simulatedContext(context: Context): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(context).map(([key, value]) => [rewordedKey(key), typeof value === 'string' ? value : [...value]]),
  );
}

const rewordedKeys = new Map<string, string>();

function rewordedKey(key: string): string {
  const known = rewordedKeys.get(key);
  if (known !== undefined) return known;
  const name = reworded(key);
  if (rewordedKeys.size >= CACHE_LIMIT) rewordedKeys.clear();
  rewordedKeys.set(key, name);
  return name;
}

interface Statement {
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
}

/** A policy that is silent must stay one, as none at all says another thing: then its first statement is left, moot. */
function documentFor(action: string, document: string): string {
  const policy = JSON.parse(document) as { Statement: Statement | readonly Statement[] };
  const statements: readonly Statement[] = [policy.Statement].flat<(Statement | readonly Statement[])[]>();
  const applicable = statements.filter((statement) => isOn(action, statement));
  const isSilent = applicable.length === 0;
  const left = isSilent ? statements.slice(0, 1) : applicable;
  const standIn = STAND_INS[action];
  const worded = standIn
    ? left.map(({ NotAction: _, ...rest }) => ({ ...rest, Action: isSilent ? standIn.moot : standIn.action }))
    : left;
  return JSON.stringify({ ...policy, Statement: worded });
}

const isOn = (action: string, { Action, NotAction }: Statement): boolean =>
  NotAction === undefined ? matches(Action, action) : !matches(NotAction, action);

function matches(patterns: string | readonly string[] | undefined, action: string): boolean {
  return [patterns ?? []].flat().some((pattern) => {
    const regex = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replace(/\*+/g, '.*')
      .replace(/\?/g, '.');
    return new RegExp(`^${regex}$`, 'i').test(action);
  });
}
