/**
 * The policies that decide on an action, worded for the simulator: once for each set of them, as functions ask the same
 * questions all day. Texts are compared once; from then on a set goes by a number.
 */
import { simulatedDocument } from './simulator-gaps.ts';

/** Policies as text. */
export interface Policies {
  readonly identity: readonly { readonly name: string; readonly document: string }[];
  readonly boundary?: string | undefined;
  readonly session?: string | undefined;
  /** The policy on the resource; of a role, its trust policy. */
  readonly attached?: string | undefined;
}

export interface WordedPolicies extends Policies {
  /** No other set has it. */
  readonly id: number;
  /** All of them. The same list each time. */
  readonly texts: readonly string[];
}

/** Enough for every policy of a laptop's roles, and for the session policies of the last few hundred grants. */
const CACHE_LIMIT = 2_000;

export function wordedPolicies(action: string, policies: Policies): WordedPolicies {
  const { identity, boundary, session, attached } = policies;
  const own = identity.map(({ name, document }) => `${numberOf(name)}:${numberOf(document)}`);
  const limits = [boundary, session, attached].map((text) => (text === undefined ? '' : numberOf(text)));
  const key = [action, own.join(), ...limits].join(' ');
  const known = sets.get(key);
  if (known) return known;
  const worded = reworded(action, policies);
  if (sets.size >= CACHE_LIMIT) sets.clear();
  sets.set(key, worded);
  return worded;
}

const sets = new Map<string, WordedPolicies>();
let lastSet = 0;

const texts = new Map<string, number>();
let lastText = 0;

/** A text's number. It may get another one later, but no two texts ever have the same. */
function numberOf(text: string): number {
  const known = texts.get(text);
  if (known !== undefined) return known;
  lastText += 1;
  if (texts.size >= CACHE_LIMIT) texts.clear();
  texts.set(text, lastText);
  return lastText;
}

function reworded(action: string, { identity, boundary, session, attached }: Policies): WordedPolicies {
  const reword = (document: string): string => simulatedDocument(action, document);
  const limits = {
    boundary: boundary === undefined ? undefined : reword(boundary),
    session: session === undefined ? undefined : reword(session),
    attached: attached === undefined ? undefined : reword(attached),
  };
  const own = identity.map(({ name, document }) => ({ name, document: reword(document) }));
  lastSet += 1;
  return {
    id: lastSet,
    identity: own,
    ...limits,
    texts: [...own.map(({ document }) => document), ...Object.values(limits)].filter((text) => text !== undefined),
  };
}
