import { CliFailure } from './failure.ts';
import { EXIT } from './exit.ts';
import { printable } from './text.ts';

export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly hint?: string;
}

/** Questions to a person. Each throws a `CliFailure` when the person cancels. */
export interface Prompts {
  readonly text: (question: {
    readonly message: string;
    readonly placeholder?: string;
    readonly initial?: string;
    /** What is wrong with the answer, if anything. */
    readonly refuse?: (answer: string) => string | undefined;
  }) => Promise<string>;
  readonly select: (question: { readonly message: string; readonly choices: readonly Choice[] }) => Promise<string>;
  readonly confirm: (message: string) => Promise<boolean>;
}

/** Draws on stderr: stdout is for results. */
export async function terminalPrompts(): Promise<Prompts> {
  const clack = await import('@clack/prompts');
  const output = process.stderr;
  const answered = <T>(answer: T): Exclude<T, symbol> => {
    if (typeof answer === 'symbol') throw new CliFailure(EXIT.interrupted, 'cancelled', 'cancelled');
    return answer as Exclude<T, symbol>;
  };
  return {
    text: async ({ message, placeholder, initial, refuse }) =>
      answered(
        await clack.text({
          message: printable(message),
          output,
          ...(placeholder !== undefined && { placeholder }),
          ...(initial !== undefined && { initialValue: initial }),
          validate: (answer) => refuse?.(answer ?? ''),
        }),
      ),
    select: async ({ message, choices }) =>
      answered(
        await clack.select({
          message: printable(message),
          output,
          options: choices.map(({ value, label, hint }) => ({
            value,
            label: printable(label),
            ...(hint !== undefined && { hint: printable(hint) }),
          })),
        }),
      ),
    confirm: async (message) =>
      answered(await clack.confirm({ message: printable(message), output, initialValue: false })),
  };
}
