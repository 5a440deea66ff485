/**
 * Access keys, and who they stand for.
 *
 * Nothing is stored but one key: a session token *is* the session, sealed, and a secret access key is derived from its
 * access key id. So every session minted before a restart works until it expires, and no list of sessions can be lost.
 */
import { randomBytes } from 'node:crypto';
import type { Sealer } from './sealer.ts';
import type { Caller } from './service.ts';

export type SessionCaller = Extract<Caller, { kind: 'session' }>;

/** A session to mint: who it is, and whether a session asked for it (role chaining). */
export interface NewSession extends Omit<SessionCaller, 'kind' | 'arn'> {
  readonly chained: boolean;
}

export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** An access key that is known. The session may have expired, and nothing proves yet that the secret is known too. */
export interface Identity {
  readonly caller: Caller;
  readonly secretAccessKey: string;
  readonly chained: boolean;
}

export interface Identities {
  /** The account's root user, for tools that set up the make-believe accounts. Never for what is under test. */
  rootCredentials(accountId: string): { readonly accessKeyId: string; readonly secretAccessKey: string };
  mint(session: NewSession): SessionCredentials;
  /** `undefined` for an unknown key, a missing or foreign session token, or a token where none belongs. */
  resolve(accessKeyId: string, sessionToken: string | undefined): Identity | undefined;
}

/** Opened sessions that are kept, as a function calls many times in one. */
const OPENED_LIMIT = 1_000;

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The identities under one sealing key. `accounts` are those that have a root user. */
export function createIdentities(sealer: Sealer, accounts: readonly string[]): Identities {
  const secretOf = (accessKeyId: string): string =>
    sealer.derive('secret', accessKeyId).toString('base64').slice(0, 40);
  const rootKeyOf = (accountId: string): string => `AKIA${base32(sealer.derive('root', accountId), 16)}`;
  const roots = new Map(accounts.map((accountId) => [rootKeyOf(accountId), accountId]));

  // A token never changes its meaning: what was opened once is not opened again.
  const opened = new Map<string, Identity>();

  function open(accessKeyId: string, sessionToken: string): Identity | undefined {
    const key = `${accessKeyId} ${sessionToken}`;
    const known = opened.get(key);
    if (known) return known;
    const session = sealer.open(`session:${accessKeyId}`, sessionToken);
    if (session === undefined) return undefined;
    const { caller, chained } = session as { caller: SessionCaller; chained: boolean };
    const identity = { caller, secretAccessKey: secretOf(accessKeyId), chained };
    if (opened.size >= OPENED_LIMIT) opened.clear();
    opened.set(key, identity);
    return identity;
  }

  return {
    rootCredentials(accountId) {
      const accessKeyId = rootKeyOf(accountId);
      if (!roots.has(accessKeyId)) throw new Error(`no such account: \`${accountId}\``);
      return { accessKeyId, secretAccessKey: secretOf(accessKeyId) };
    },

    mint(session) {
      const accessKeyId = `ASIA${base32(randomBytes(16), 16)}`;
      const caller = callerOf(session);
      return {
        accessKeyId,
        secretAccessKey: secretOf(accessKeyId),
        sessionToken: sealer.seal(`session:${accessKeyId}`, { caller, chained: session.chained }),
        expiresAt: session.expiresAt,
      };
    },

    resolve(accessKeyId, sessionToken) {
      const accountId = roots.get(accessKeyId);
      if (accountId !== undefined) {
        if (sessionToken !== undefined) return undefined;
        const caller: Caller = { kind: 'root', accountId, arn: `arn:aws:iam::${accountId}:root` };
        return { caller, secretAccessKey: secretOf(accessKeyId), chained: false };
      }
      return sessionToken === undefined ? undefined : open(accessKeyId, sessionToken);
    },
  };
}

/** Who calls in a session. */
export function callerOf({ chained: _, ...session }: NewSession): SessionCaller {
  const roleName = session.roleArn.slice(session.roleArn.lastIndexOf('/') + 1);
  const arn = `arn:aws:sts::${session.accountId}:assumed-role/${roleName}/${session.sessionName}`;
  return { kind: 'session', arn, ...session };
}

/** The first `length` base32 characters of `bytes`; AWS's ids use this alphabet. */
export function base32(bytes: Uint8Array, length: number): string {
  let out = '';
  for (let i = 0; i < length; i++) out += BASE32[(bytes[i] ?? 0) & 31] ?? '';
  return out;
}
