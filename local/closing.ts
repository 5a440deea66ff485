/** What has been opened and must be closed again, in reverse order, also when a later step of the start fails. */
import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Closing {
  add(close: () => Promise<void>): void;
  /** Closes everything, whatever fails. @throws {AggregateError} of all that failed */
  close(): Promise<void>;
}

export function createClosing(): Closing {
  const closers: (() => Promise<void>)[] = [];
  return {
    add: (close) => {
      closers.push(close);
    },
    async close() {
      const errors: unknown[] = [];
      for (const close of closers.splice(0).reverse()) await close().catch((error: unknown) => errors.push(error));
      if (errors.length > 0) throw new AggregateError(errors, 'not everything could be closed');
    },
  };
}

/** Takes no more connections, lets requests under way finish for `graceMs`, then cuts them. */
export async function closeServer(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    // Its only error is that it is not running, which is what is wanted.
    server.close(() => {
      resolve();
    });
  });
  await Promise.race([closed, sleep(graceMs, undefined, { ref: false })]);
  server.closeAllConnections();
  await closed;
}
