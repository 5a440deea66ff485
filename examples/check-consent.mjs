/**
 * Checks a consent record by hand: reads `writ consents --json`, hashes the first record as RFC 8785 says, and compares.
 *
 *     writ consents --json | node examples/check-consent.mjs
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

const { sha256, withdrawnAt, ...record } = JSON.parse(readFileSync(0, 'utf8')).items[0];
// What happened to the consent later is not part of what was agreed. Times are hashed as epoch milliseconds.
record.givenAt = Date.parse(record.givenAt);
record.expiresAt = Date.parse(record.expiresAt);
const canonical = JSON.stringify(record, Object.keys(record).sort());
const computed = createHash('sha256').update(canonical, 'utf8').digest('hex');
const finding = computed === sha256 ? `is what was agreed: ${computed}` : 'was changed';
process.stdout.write(`${record.id} ${finding}${withdrawnAt === undefined ? '' : `; withdrawn at ${withdrawnAt}`}\n`);
process.exitCode = computed === sha256 ? 0 : 1;
