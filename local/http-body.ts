/** The body of a request. */
import type { IncomingMessage } from 'node:http';

/**
 * The body, or `undefined` if it is larger than that: then the rest of it is not read, and no other request can follow.
 *
 * By events: an iterator over a request costs more than all else that is done to read a small one.
 *
 * @throws {Error} when the connection ends before the body does
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      chunks.push(chunk);
      if (size <= maxBytes) return;
      request.off('data', onData);
      request.pause();
      resolve(undefined);
    };
    request.on('data', onData);
    request.once('end', () => {
      const [only] = chunks;
      resolve(only && chunks.length === 1 ? only : Buffer.concat(chunks));
    });
    request.once('error', reject);
    request.once('close', () => {
      if (!request.complete) reject(new Error('the connection ended before the request did'));
    });
  });
}
