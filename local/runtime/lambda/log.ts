/** A function's log file: one JSON object a line, as Lambda's JSON log format has it. */
import { createWriteStream, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { createInterface } from 'node:readline';

export interface FunctionLog {
  write(entry: Readonly<Record<string, unknown>>): void;
  /** Copies what a worker prints; a line that is no JSON object is wrapped in one. */
  follow(output: Readable, stream: 'stdout' | 'stderr'): void;
  close(): Promise<void>;
}

/** One older file is kept beside it. */
const MAX_BYTES = 5 * 1024 * 1024;

/** What is logged within this time goes to the file in one write. */
const FLUSH_AFTER_MS = 50;

/** @param clock epoch milliseconds */
export function openLog(directory: string, functionName: string, clock: () => number): FunctionLog {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, `${functionName}.log`);
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > MAX_BYTES) renameSync(path, `${path}.old`);
  const file = createWriteStream(path, { flags: 'a', mode: 0o600 });
  let waiting = '';
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting !== '') file.write(waiting);
    waiting = '';
  };
  const put = (line: string): void => {
    waiting += `${line}\n`;
    timer ??= setTimeout(flush, FLUSH_AFTER_MS);
  };
  const write = (entry: Readonly<Record<string, unknown>>): void => {
    put(JSON.stringify({ time: new Date(clock()).toISOString(), ...entry }));
    // What may be the last that is heard of this process.
    if (entry['level'] === 'ERROR' || entry['level'] === 'FATAL') flush();
  };
  return {
    write,
    follow(output, stream) {
      createInterface({ input: output }).on('line', (line) => {
        if (isJsonObject(line)) put(line);
        else if (line !== '') write({ stream, message: line });
      });
    },
    close: () =>
      new Promise((resolve) => {
        flush();
        file.end(resolve);
      }),
  };
}

function isJsonObject(line: string): boolean {
  if (!line.startsWith('{')) return false;
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
