/**
 * PackedPolicySize: how full AWS's compact form of a session's policy and tags is, in percent.
 *
 * AWS does not tell how it packs. This is an estimate that behaves alike: repeated text costs little, random text
 * costs most, and a policy well below 2,048 characters may still not fit. Never rely on its exact figure.
 */
import { deflateRawSync } from 'node:zlib';

const CAPACITY_BYTES = 1_024;

/** Words that AWS's form surely doesn't spell out. */
const DICTIONARY = Buffer.from(
  '"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["Resource":["arn:aws:"Effect":"Deny","NotAction":' +
    '"NotResource":"Condition":{"StringEquals":{"ForAllValues:StringEquals":{"Null":{"DateGreaterThanEquals":' +
    '{"aws:CurrentTime":"DateLessThan":{"aws:',
);

/** Rounded up; `undefined` where there is nothing to pack, as AWS leaves it out then. */
export function packedPolicySize(
  policy: string | undefined,
  tags: Readonly<Record<string, string>>,
): number | undefined {
  const entries = Object.entries(tags);
  if (policy === undefined && entries.length === 0) return undefined;
  const compact = policy === undefined ? '' : JSON.stringify(JSON.parse(policy));
  const text = [compact, ...entries.flat()].join('\n');
  const packed = deflateRawSync(text, { level: 9, dictionary: DICTIONARY }).length;
  return Math.ceil((100 * packed) / CAPACITY_BYTES);
}
