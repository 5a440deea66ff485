/** Documents hold together: links lead somewhere, and every ADR is in the index. The commands in them are run by tests. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], { encoding: 'utf8' })
  .trim()
  .split('\n');
const problems: string[] = [];

for (const file of files) {
  const text = readFileSync(file, 'utf8').replace(/```[\s\S]*?```/g, '');
  for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^(https?:|mailto:|#)/.test(target)) continue;
    const path = join(dirname(file), target.replace(/#.*$/, ''));
    if (!existsSync(path)) problems.push(`${file}: the link to ${target} leads nowhere`);
  }
}

const index = readFileSync('docs/adr/README.md', 'utf8');
for (const file of files.filter((name) => /^docs\/adr\/\d{4}-/.test(name))) {
  if (!index.includes(file.replace('docs/adr/', ''))) problems.push(`docs/adr/README.md: does not list ${file}`);
}

if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exitCode = 1;
} else {
  console.log(`documents: ${files.length}, all links lead somewhere`);
}
