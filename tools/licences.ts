/**
 * Nothing copyleft ships. Whatever the lock file installs for production must carry a permissive licence; a package
 * for development may carry another one only if it is listed here with the reason.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const PERMISSIVE = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Python-2.0',
  'Unlicense',
]);

const FOR_DEVELOPMENT_ONLY: Readonly<Record<string, string>> = {
  '@cloud-copilot/': 'AGPL-3.0-or-later: the IAM evaluator of the local AWS and its tests; import rules keep it there',
  lightningcss: 'MPL-2.0: a CSS engine that vitest’s bundler brings; unchanged and never shipped',
  'axe-core': 'MPL-2.0: accessibility rules for page tests; unchanged and never shipped',
  'caniuse-lite': 'CC-BY-4.0: data that build tools bring; never shipped',
};

interface Locked {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly optional?: boolean;
  readonly link?: boolean;
  readonly license?: string;
}

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Locked> };

const permissive = (expression: string): boolean =>
  expression
    .replace(/[()]/g, '')
    .split(' OR ')
    .some((option) => option.split(' AND ').every((licence) => PERMISSIVE.has(licence.trim())));

const problems: string[] = [];
let checked = 0;
for (const [path, entry] of Object.entries(lock.packages)) {
  if (!path.includes('node_modules/') || entry.link) continue;
  const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const manifest = join(path, 'package.json');
  if (!existsSync(manifest) && entry.license === undefined) continue; // another platform's optional binary
  const declared =
    entry.license ?? (JSON.parse(readFileSync(manifest, 'utf8')) as { license?: string }).license ?? 'none';
  checked++;
  if (permissive(declared)) continue;
  const known = Object.keys(FOR_DEVELOPMENT_ONLY).some((prefix) => name === prefix || name.startsWith(prefix));
  if (entry.dev === true && known) continue;
  problems.push(`${name}: ${declared}${entry.dev === true ? ' (development)' : ' (ships)'}`);
}

if (problems.length > 0) {
  console.error(`licences that may not be here:\n  ${problems.join('\n  ')}`);
  process.exitCode = 1;
} else {
  console.log(`licences: ${checked} packages, all permissive or for development only with a reason`);
}
