import { CommanderError } from 'commander';
import type { Failure } from './failure.ts';
import { failureOf } from './failure.ts';
import { EXIT } from './exit.ts';
import type { Host } from './host.ts';
import { Output } from './output.ts';
import { buildProgram } from './program.ts';

/** Runs one command line. @returns the exit code */
export async function run(argv: readonly string[], host: Host): Promise<number> {
  const dashes = argv.indexOf('--');
  const [own, wrapped] = dashes < 0 ? [argv, undefined] : [argv.slice(0, dashes), argv.slice(dashes + 1)];
  let code: number = EXIT.ok;
  const program = buildProgram(host, wrapped, (finished) => {
    code = finished;
  });
  try {
    if (own.length === 0) {
      host.stdout.write(program.helpInformation());
      return EXIT.ok;
    }
    await program.parseAsync([...own], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok; // help or version was printed
    const failure = error instanceof CommanderError ? usageFailure(error) : failureOf(error);
    const command = commandOf(own);
    // The stdout of these belongs to somebody else: the wrapped command, or an AWS SDK.
    const json = own.includes('--json') && command !== 'sudo' && command !== 'creds';
    new Output(host, json).failure(failure);
    return command === 'sudo' ? wrapperCode(failure.exit) : failure.exit;
  }
}

/** Which command was meant, also when its line could not be parsed. */
function commandOf(own: readonly string[]): string | undefined {
  return own.find((word, index) => !word.startsWith('-') && !['--profile', '--api'].includes(own[index - 1] ?? ''));
}

const usageFailure = (error: CommanderError): Failure => ({
  exit: EXIT.usage,
  code: 'usage',
  detail: error.message.replace(/^error: /, '').replaceAll('\n', ' '),
  remediation: 'writ help',
});

/** `writ sudo` answers with the command's code, so its own failures need codes that a command hardly has. */
const wrapperCode = (exit: number): number =>
  exit === EXIT.commandNotFound || exit === EXIT.notExecutable || exit === EXIT.interrupted ? exit : EXIT.wrapper;
