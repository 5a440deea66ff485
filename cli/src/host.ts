import type { Keychain } from './store/keychain.ts';
import type { Prompts } from './prompts.ts';

export interface Sink {
  readonly write: (text: string) => void;
  readonly isTTY: boolean;
  /** Of the terminal, now; undefined where there is none. */
  readonly columns?: () => number | undefined;
}

export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGQUIT';

export type CommandResult =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'signalled'; readonly signal: NodeJS.Signals }
  | { readonly kind: 'not_started'; readonly reason: 'missing' | 'refused'; readonly message: string };

export interface RunningCommand {
  readonly ended: Promise<CommandResult>;
  readonly signal: (signal: StopSignal) => void;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Everything of the outside that a command may touch: tests replace it, `main.ts` makes the real one. */
export interface Host {
  readonly env: Environment;
  readonly platform: NodeJS.Platform;
  readonly homeDirectory: string;
  /** The program and script that this process runs as, for lines that other programs will run. */
  readonly self: readonly [program: string, script: string];
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** Somebody sits there and can be asked. */
  readonly interactive: boolean;
  /** A terminal sends Ctrl-C to the whole process group, so passing it on would double it. */
  readonly hasTerminal: boolean;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Rejects when the signal aborts. */
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  readonly randomBytes: (size: number) => Buffer;
  readonly fetch: typeof fetch;
  readonly keychain: Keychain;
  readonly prompts: () => Promise<Prompts>;
  /** False when there is no browser to open. */
  readonly openUrl: (url: string) => Promise<boolean>;
  /** Starts a command on this process's terminal. */
  readonly run: (command: readonly string[], env: Environment) => RunningCommand;
  /** What a short command prints; undefined when it is missing, fails or takes too long. */
  readonly capture: (command: readonly string[]) => Promise<string | undefined>;
  /** Takes stop signals over until the returned function is called. */
  readonly onStop: (handler: (signal: StopSignal) => void) => () => void;
}
