import { connect } from 'node:net';
import { EXIT } from '../exit.ts';
import { CliFailure } from '../failure.ts';
import type { Host } from '../host.ts';
import type { AgentKey, KeySignature } from './key.ts';
import { parseKey, parseSignature } from './key.ts';
import { AgentProtocolError, WireReader, wireString, wireUint32 } from './wire.ts';

/** What of the agent protocol is spoken (draft-ietf-sshm-ssh-agent §8.1). */
const MESSAGE = { failure: 5, requestIdentities: 11, identities: 12, signRequest: 13, signature: 14 } as const;
/** OpenSSH's own limit. */
const MAX_MESSAGE_BYTES = 256 * 1024;
const MAX_KEYS = 2_048;
/** Listing needs nobody. A signature waits for a finger or a PIN. */
const LIST_TIMEOUT_MS = 5_000;
const SIGN_TIMEOUT_MS = 60_000;
const HINT_AFTER_MS = 1_000;

/** The SSH agent that holds this person's keys. Nothing of it is trusted but that only a key's holder signs with it. */
export interface Agent {
  /** Those that Writ can use. @throws CliFailure `agent_unavailable`, `agent_failed` */
  readonly keys: () => Promise<readonly AgentKey[]>;
  /** @param waiting is called when it takes long enough to need a hint. @throws CliFailure `agent_unavailable`, `agent_failed`, `agent_refused` */
  readonly sign: (key: AgentKey, message: string, waiting: () => void) => Promise<KeySignature>;
}

/** @throws CliFailure `agent_unavailable` where there is none */
export function sshAgent({ env, platform }: Pick<Host, 'env' | 'platform'>): Agent {
  if (platform === 'win32') {
    throw unavailable('the command line can’t speak to Windows’ SSH agent yet', 'Use WSL with an agent of its own.');
  }
  const path = env['SSH_AUTH_SOCK'];
  if (!path) {
    throw unavailable('no SSH agent: SSH_AUTH_SOCK is not set', 'Start one, and plug your key in: docs/break-glass.md');
  }
  return {
    keys: () =>
      speaking(async () => {
        const answer = await exchange(path, Buffer.from([MESSAGE.requestIdentities]), LIST_TIMEOUT_MS);
        if (answer.byte() !== MESSAGE.identities) throw new AgentProtocolError('it does not list its keys');
        const count = answer.uint32();
        if (count > MAX_KEYS) throw new AgentProtocolError('it lists too many keys');
        const keys = Array.from({ length: count }, () => parseKey(answer.string(), answer.text()));
        answer.end();
        return keys.filter((key) => key !== undefined);
      }),
    sign: (key, message, waiting) =>
      speaking(async () => {
        const flags = wireUint32(0);
        const asked = Buffer.concat([
          Buffer.from([MESSAGE.signRequest]),
          wireString(key.blob),
          wireString(message),
          flags,
        ]);
        const hint = setTimeout(waiting, HINT_AFTER_MS);
        try {
          const answer = await exchange(path, asked, SIGN_TIMEOUT_MS);
          const type = answer.byte();
          if (type === MESSAGE.failure) throw refused(key);
          if (type !== MESSAGE.signature) throw new AgentProtocolError('it does not answer with a signature');
          const blob = answer.string();
          answer.end();
          return parseSignature(key, blob);
        } finally {
          clearTimeout(hint);
        }
      }),
  };
}

/** One question, one connection. @throws AgentProtocolError, CliFailure `agent_unavailable` */
function exchange(path: string, message: Buffer, timeoutMs: number): Promise<WireReader> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const chunks: Buffer[] = [];
    let size = 0;
    const timer = setTimeout(() => {
      fail(unavailable(`the SSH agent did not answer within ${timeoutMs / 1_000} s`, 'Touch your key when it blinks.'));
    }, timeoutMs);
    const fail = (error: Error) => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    socket.once('error', (error) => {
      fail(unavailable(`no SSH agent answers at ${path}: ${error.message}`, 'Start it: docs/break-glass.md'));
    });
    socket.once('close', () => {
      fail(new AgentProtocolError('it hung up before its answer was whole'));
    });
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size < 4) return;
      const all = Buffer.concat(chunks);
      const length = all.readUInt32BE();
      if (length === 0 || length > MAX_MESSAGE_BYTES || size > length + 4) {
        fail(new AgentProtocolError('its answer has a wrong length'));
      } else if (size === length + 4) {
        clearTimeout(timer);
        resolve(new WireReader(all.subarray(4)));
        socket.destroy();
      }
    });
    socket.write(wireString(message));
  });
}

async function speaking<T>(talk: () => Promise<T>): Promise<T> {
  try {
    return await talk();
  } catch (error) {
    if (!(error instanceof AgentProtocolError)) throw error;
    throw new CliFailure(
      EXIT.failure,
      'agent_failed',
      `what answers at SSH_AUTH_SOCK is not an SSH agent: ${error.message}`,
      'Check it: ssh-add -l',
    );
  }
}

const unavailable = (detail: string, remediation: string): CliFailure =>
  new CliFailure(EXIT.unavailable, 'agent_unavailable', detail, remediation);

const refused = ({ fingerprint }: AgentKey): CliFailure =>
  new CliFailure(
    EXIT.denied,
    'agent_refused',
    `the SSH agent did not sign with ${fingerprint}`,
    'Plug the key in, touch it when it blinks, and give its PIN when asked; then try again.',
  );
