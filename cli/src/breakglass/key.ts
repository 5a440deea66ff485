import { createHash } from 'node:crypto';
import { AgentProtocolError, WireReader } from './wire.ts';

/** A key that an agent holds, of a kind that Writ knows. */
export interface AgentKey {
  /** RFC 7638 thumbprint: the key's name at Writ. */
  readonly id: string;
  readonly publicKey: { readonly x: string; readonly y: string };
  readonly holder: 'agent' | 'fido';
  /** As the agent names it. */
  readonly blob: Buffer;
  /** As `ssh-add -l` shows it: `SHA256:…`. */
  readonly fingerprint: string;
  readonly comment: string;
  /** Of a FIDO key. */
  readonly application?: string;
}

/** Both are ECDSA on P-256 (RFC 5656; OpenSSH, PROTOCOL.u2f). */
const HOLDER_OF_TYPE: Readonly<Record<string, AgentKey['holder']>> = {
  'ecdsa-sha2-nistp256': 'agent',
  'sk-ecdsa-sha2-nistp256@openssh.com': 'fido',
};
const TYPE_OF_HOLDER = { agent: 'ecdsa-sha2-nistp256', fido: 'sk-ecdsa-sha2-nistp256@openssh.com' } as const;

/**
 * @returns undefined for a key of another kind: an agent may hold those too
 * @throws AgentProtocolError for one of these kinds that is malformed
 */
export function parseKey(blob: Buffer, comment: string): AgentKey | undefined {
  const reader = new WireReader(blob);
  const holder = HOLDER_OF_TYPE[reader.text()];
  if (!holder) return undefined;
  const curve = reader.text();
  const point = reader.string();
  const application = holder === 'fido' ? reader.text() : undefined;
  reader.end();
  if (curve !== 'nistp256' || point.length !== 65 || point[0] !== 0x04) {
    throw new AgentProtocolError('a key is not an uncompressed point of P-256');
  }
  const x = point.subarray(1, 33).toString('base64url');
  const y = point.subarray(33).toString('base64url');
  return {
    id: sha256(JSON.stringify({ crv: 'P-256', kty: 'EC', x, y })).toString('base64url'),
    publicKey: { x, y },
    holder,
    blob,
    fingerprint: `SHA256:${sha256(blob).toString('base64').replace(/=+$/, '')}`,
    comment,
    ...(application !== undefined && { application }),
  };
}

/** As Writ's API takes it. */
export interface KeySignature {
  /** r and s of 32 bytes each, base64url. */
  readonly signature: string;
  readonly fido?: { readonly application: string; readonly flags: number; readonly counter: number };
}

/** @throws AgentProtocolError */
export function parseSignature(key: Pick<AgentKey, 'holder' | 'application'>, blob: Buffer): KeySignature {
  const reader = new WireReader(blob);
  if (reader.text() !== TYPE_OF_HOLDER[key.holder]) {
    throw new AgentProtocolError('the agent signed by another algorithm than the key’s');
  }
  const numbers = new WireReader(reader.string());
  const signature = Buffer.concat([numbers.mpint256(), numbers.mpint256()]).toString('base64url');
  numbers.end();
  const fido =
    key.application === undefined
      ? undefined
      : { application: key.application, flags: reader.byte(), counter: reader.uint32() };
  reader.end();
  return { signature, ...(fido && { fido }) };
}

const sha256 = (content: Buffer | string): Buffer => createHash('sha256').update(content).digest();
