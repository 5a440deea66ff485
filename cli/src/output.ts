import pc from 'picocolors';
import type { Failure } from './failure.ts';
import { failureText } from './failure.ts';
import type { Host, Sink } from './host.ts';
import { jsonText, printable } from './text.ts';

/** Results go to stdout, everything said about them to stderr. */
export class Output {
  readonly json: boolean;
  /** For stdout; plain when it is no terminal or `NO_COLOR` is set (no-color.org). */
  readonly paint: ReturnType<typeof pc.createColors>;
  readonly #host: Host;

  constructor(host: Host, json: boolean) {
    this.#host = host;
    this.json = json;
    this.paint = pc.createColors(coloursOn(host, host.stdout));
  }

  /** With `--json` the value, else the text. */
  result(value: unknown, text: () => string): void {
    this.#host.stdout.write(this.json ? `${jsonText(value)}\n` : text());
  }

  /** One line for people, while something goes on; not part of the result. */
  note(text: string): void {
    this.#host.stderr.write(`${printable(text)}\n`);
  }

  /** Lines for people that are no result: what they are asked to decide on. Made of `facts` and `table`. */
  show(text: string): void {
    this.#host.stderr.write(text);
  }

  /** With `--json`, stdout gets the failure too, so that a program need not read stderr. */
  failure(failure: Failure): void {
    if (this.json) {
      const { exit, ...error } = failure;
      this.#host.stdout.write(`${jsonText({ error: { ...error, exitCode: exit } })}\n`);
    }
    this.#host.stderr.write(failureText(failure));
  }
}

export const coloursOn = (host: Pick<Host, 'env'>, sink: Sink): boolean =>
  sink.isTTY && (host.env['NO_COLOR'] ?? '') === '' && host.env['TERM'] !== 'dumb';
