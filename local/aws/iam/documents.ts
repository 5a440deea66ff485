/**
 * Policy documents: parsed and checked once per text, then reused by every evaluation.
 */
import {
  createValidatedPolicy,
  validateIdentityPolicy,
  validateResourcePolicy,
  validateSessionPolicy,
  validateTrustPolicy,
} from '@cloud-copilot/iam-policy';
import type { ValidatedPolicy } from '@cloud-copilot/iam-policy';

export type DocumentKind = 'identity' | 'session' | 'resource' | 'trust';

const VALIDATORS = {
  identity: validateIdentityPolicy,
  session: validateSessionPolicy,
  resource: validateResourcePolicy,
  trust: validateTrustPolicy,
} as const;

/** Thrown for text that is no policy of the kind it should be. The message is fit to show. */
export class InvalidDocument extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InvalidDocument';
  }
}

/** Enough for every policy of a laptop's roles, and for the session policies of the last few hundred grants. */
const CACHE_LIMIT = 1_000;
const cache = new Map<string, ValidatedPolicy>();

/** The policy in `text`, checked by the grammar of its kind. @throws {InvalidDocument} */
export function parseDocument(kind: DocumentKind, text: string): ValidatedPolicy {
  const key = `${kind}:${text}`;
  const known = cache.get(key);
  if (known) return known;
  const parsed = check(kind, text);
  if (cache.size >= CACHE_LIMIT) cache.clear();
  cache.set(key, parsed);
  return parsed;
}

function check(kind: DocumentKind, text: string): ValidatedPolicy {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new InvalidDocument('This policy contains invalid Json');
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new InvalidDocument('Syntax errors in policy: not a JSON object');
  }
  if (!('Statement' in json)) throw new InvalidDocument('Syntax errors in policy: Statement is missing');
  const policy = createValidatedPolicy(json, VALIDATORS[kind]);
  const [first] = policy.errors;
  if (first) throw new InvalidDocument(`Syntax errors in policy: ${first.path}: ${first.message}`);
  return policy;
}
