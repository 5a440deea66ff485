import { spawn } from 'node:child_process';

/** A command of a document with the output that the document shows. `…` stands for anything, also several lines. */
export interface Step {
  readonly command: string;
  readonly expected: string;
}

/** The ` ```console ` blocks of a document: lines that begin with `$ ` are commands, the rest is their output. */
export function stepsOf(markdown: string): Step[] {
  const steps: { command: string; lines: string[] }[] = [];
  for (const [, block = ''] of markdown.matchAll(/^```console\n([\s\S]*?)^```/gm)) {
    for (const line of block.split('\n')) {
      const step = steps.at(-1);
      if (line.startsWith('$ ')) steps.push({ command: line.slice(2), lines: [] });
      else if (step?.command.endsWith('\\') && step.lines.length === 0) step.command += `\n${line}`;
      else step?.lines.push(line);
    }
  }
  return steps.map(({ command, lines }) => ({ command, expected: lines.join('\n').trim() }));
}

/** Whether the output is what the document shows. White space at the ends of lines does not count. */
export function agrees(expected: string, actual: string): boolean {
  const tidy = (text: string): string => text.replace(/[ \t]+$/gm, '').trim();
  const pattern = tidy(expected)
    .split('…')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('[\\s\\S]*?');
  return new RegExp(`^${pattern}$`, 'u').test(tidy(actual));
}

/** One shell for all commands, as a reader has it. */
export async function runShell(commands: readonly string[], env: NodeJS.ProcessEnv, cwd: string): Promise<string[]> {
  const mark = `--- end of command ${process.pid} ---`;
  const script = commands.map((command) => `${command}\nprintf '\\n%s\\n' '${mark}'`).join('\n');
  const shell = spawn('bash', ['-s'], { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [shell.stdout, shell.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => (output += text));
  }
  // stderr goes where stdout goes, as in a terminal.
  shell.stdin.end(`exec 2>&1\n${script}\n`);
  await new Promise((resolve) => shell.on('close', resolve));
  return output.split(`\n${mark}\n`).slice(0, commands.length);
}
