import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { EXIT } from '../../cli/src/exit.ts';
import { buildProgram } from '../../cli/src/program.ts';
import { fakeHost } from './fake-host.ts';

const DOCS = readFileSync('docs/cli.md', 'utf8');

const leaves = (command: Command, prefix: string): { name: string; command: Command }[] =>
  command.commands.flatMap((child) => {
    const name = `${prefix} ${child.name()}`;
    return child.commands.length > 0 ? leaves(child, name) : [{ name, command: child }];
  });

describe('docs/cli.md', () => {
  it('tells of every command and every option', () => {
    const program = buildProgram(fakeHost().host, undefined, () => undefined);
    const all = leaves(program, 'writ');
    expect(all.length).toBeGreaterThan(15);
    const options = [...program.options, ...all.flatMap(({ command }) => command.options)].map(
      ({ long }) => long ?? '',
    );
    const missing = [...all.map(({ name }) => name), ...options].filter((word) => !DOCS.includes(word));
    expect(missing).toEqual(['--version']);
  });

  it('tells of every exit code', () => {
    for (const code of Object.values(EXIT)) expect(DOCS).toMatch(new RegExp(`^\\| ${code} +\\|`, 'm'));
  });
});
