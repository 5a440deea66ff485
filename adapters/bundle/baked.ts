import { createHash } from 'node:crypto';
import type { PolicyBundle } from '../../core/bundle.ts';
import { canonicalJson, type Json } from '../../core/canonical.ts';
import { BundleError } from './problems.ts';

/*
 * The bundle as one file, baked into each function when the stacks are synthesized. Nothing here needs Cedar's
 * validator or zod: a function only has to know that it reads what was validated then.
 */

/** Name of the file beside a function's bundle. */
export const BAKED_BUNDLE_FILE = 'bundle.json';

/** SHA-256, in hex, over the RFC 8785 form of everything in the bundle but the hash itself. */
export function bundleSha256(bundle: Parts): string {
  const { schema, policies, catalogue, chains, directory, channels, issuers, clients, targets } = bundle;
  const parts: Parts = { schema, policies, catalogue, chains, directory, channels, issuers, clients, targets };
  // Through JSON text, so that a member set to undefined and an absent one are the same.
  const json = JSON.parse(JSON.stringify(parts)) as Json;
  return createHash('sha256').update(canonicalJson(json)).digest('hex');
}

type Parts = Omit<PolicyBundle, 'sha256'>;

export const serializeBundle = (bundle: PolicyBundle): string => JSON.stringify(bundle);

/**
 * Reads a baked bundle at cold start. The hash is made again and compared: a file that was cut, merged or edited since
 * it was validated is refused.
 *
 * @throws BundleError
 */
export function parseBundle(text: string): PolicyBundle {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BundleError([`${BAKED_BUNDLE_FILE}: not JSON`]);
  }
  if (!hasParts(value)) throw new BundleError([`${BAKED_BUNDLE_FILE}: a part of the bundle is missing`]);
  const { sha256 } = value;
  const actual = bundleSha256(value);
  if (actual !== sha256) {
    throw new BundleError([`${BAKED_BUNDLE_FILE}: the content hashes to ${actual}, but it says ${sha256}`]);
  }
  return value;
}

/** The kind of each part. What is inside was validated before it was hashed. */
function hasParts(value: unknown): value is PolicyBundle {
  if (!isObject(value)) return false;
  const { sha256, schema, policies, catalogue, chains, directory, channels, issuers, clients, targets } = value;
  return (
    [sha256, schema].every((part) => typeof part === 'string') &&
    [policies, directory, targets].every(isObject) &&
    [catalogue, chains, channels, issuers, clients].every(Array.isArray)
  );
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
