import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { wireString, wireUint32 } from '../../../cli/src/breakglass/wire.ts';

export interface FakeKey {
  readonly blob: Buffer;
  readonly comment: string;
  /** The signature blob over a message, as the agent sends it. */
  readonly sign: (message: Buffer) => Buffer;
}

const mpint = (bytes: Buffer): Buffer => {
  const from = bytes.findIndex((byte) => byte !== 0);
  const digits = bytes.subarray(from < 0 ? bytes.length : from);
  return wireString((digits[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), digits]) : digits);
};

/** A key in software, in OpenSSH's words: `fido` makes it one of an authenticator that is touched. */
export function fakeKey(comment: string, { fido = false, flags = 0x01 } = {}): FakeKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  const type = fido ? 'sk-ecdsa-sha2-nistp256@openssh.com' : 'ecdsa-sha2-nistp256';
  const blob = Buffer.concat([
    wireString(type),
    wireString('nistp256'),
    wireString(point),
    ...(fido ? [wireString('ssh:')] : []),
  ]);
  let counter = 0;
  return {
    blob,
    comment,
    sign(message) {
      const said = Buffer.concat([Buffer.from([flags]), wireUint32(++counter)]);
      const bytes = fido ? Buffer.concat([sha256(Buffer.from('ssh:')), said, sha256(message)]) : message;
      const signature = sign('sha256', bytes, { key: privateKey, dsaEncoding: 'ieee-p1363' });
      const numbers = Buffer.concat([mpint(signature.subarray(0, 32)), mpint(signature.subarray(32))]);
      return Buffer.concat([wireString(type), wireString(numbers), ...(fido ? [said] : [])]);
    },
  };
}

const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();

/** An SSH agent on a socket of its own. `answer` replaces what it would say: bytes to send, or nothing to hang up. */
export async function startFakeAgent(
  keys: readonly FakeKey[],
  answer?: (request: Buffer) => Buffer | undefined,
): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'writ-agent-'));
  const path = join(directory, 'agent.sock');
  const server = createServer((socket: Socket) => {
    let heard = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      heard = Buffer.concat([heard, chunk]);
      if (heard.length < 4 || heard.length < 4 + heard.readUInt32BE()) return;
      const request = heard.subarray(4);
      const said = answer ? answer(request) : wireString(honest(keys, request));
      if (said) socket.write(said);
      else socket.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => {
    server.close();
    rmSync(directory, { recursive: true, force: true });
  });
  return path;
}

function honest(keys: readonly FakeKey[], request: Buffer): Buffer {
  if (request[0] === 11) {
    const listed = keys.flatMap(({ blob, comment }) => [wireString(blob), wireString(comment)]);
    return Buffer.concat([Buffer.from([12]), wireUint32(keys.length), ...listed]);
  }
  const length = request.readUInt32BE(1);
  const blob = request.subarray(5, 5 + length);
  const key = keys.find((candidate) => candidate.blob.equals(blob));
  const message = request.subarray(9 + length, request.length - 4);
  return key ? Buffer.concat([Buffer.from([14]), wireString(key.sign(message))]) : Buffer.from([5]);
}
