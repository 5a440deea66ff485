import { createCipheriv, createDecipheriv } from 'node:crypto';
import { basename } from 'node:path';
import * as z from 'zod';
import type { Host } from '../host.ts';
import { readPrivate, writePrivate } from './private-file.ts';

const envelopeSchema = z.union([
  z.strictObject({ version: z.literal(1), sealed: z.string() }),
  z.strictObject({ version: z.literal(1), open: z.json() }),
]);

const IV_BYTES = 12;
const TAG_BYTES = 16;

type Ports = Pick<Host, 'platform' | 'randomBytes' | 'keychain'>;

/** Writes a secret: sealed (AES-256-GCM) under the keychain's key where there is one, else plain in a 0600 file. */
export async function writeSecret(
  ports: Ports,
  path: string,
  secret: Readonly<Record<string, unknown>>,
): Promise<void> {
  const key = await ports.keychain.key(true);
  const envelope = key
    ? { version: 1, sealed: seal(key, ports.randomBytes(IV_BYTES), path, JSON.stringify(secret)) }
    : { version: 1, open: secret };
  await writePrivate(path, `${JSON.stringify(envelope)}\n`, ports.platform);
}

/**
 * @returns undefined when there is none, or when it can't be opened any more: another key, another file's content, or
 * not of our making. Then it must be made anew.
 * @throws CliFailure `unsafe_file`
 */
export async function readSecret(ports: Ports, path: string): Promise<unknown> {
  const content = await readPrivate(path, ports.platform);
  if (content === undefined) return undefined;
  const envelope = envelopeSchema.safeParse(parsed(content));
  if (!envelope.success) return undefined;
  if ('open' in envelope.data) return envelope.data.open;
  const key = await ports.keychain.key(false);
  const plain = key && unseal(key, path, envelope.data.sealed);
  return plain === undefined ? undefined : parsed(plain);
}

/** The file's name is authenticated with it: a sealed file can't be passed off as another. */
function seal(key: Buffer, iv: Buffer, path: string, plain: string): string {
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(basename(path)));
  const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64url');
}

function unseal(key: Buffer, path: string, sealed: string): string | undefined {
  const bytes = Buffer.from(sealed, 'base64url');
  if (bytes.length < IV_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(basename(path)));
  decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
  } catch {
    return undefined; // not sealed with this key for this file
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema says no to it
  }
}
