import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { thumbprintOf, verifySignature } from '../../../adapters/sealed/verifySignature.ts';
import { sshAgent } from '../../../cli/src/breakglass/agent.ts';
import { chooseKey } from '../../../cli/src/breakglass/choose.ts';
import { parseKey } from '../../../cli/src/breakglass/key.ts';
import { WireReader, wireString, wireUint32 } from '../../../cli/src/breakglass/wire.ts';
import { fakeKey, startFakeAgent } from './fakeAgent.ts';

const at = (path: string) => sshAgent({ env: { SSH_AUTH_SOCK: path }, platform: 'linux' });
const MESSAGE = 'writ-sealed-v1\nhttps://writ.example';
const quiet = () => undefined;

describe('an SSH agent', () => {
  it.each([true, false])('lists keys and signs (FIDO: %s)', async (fido) => {
    const agent = at(await startFakeAgent([fakeKey('blue', { fido })]));
    const [key] = await agent.keys();
    if (!key) throw new Error('no key');
    expect(key).toMatchObject({ comment: 'blue', holder: fido ? 'fido' : 'agent', id: thumbprintOf(key.publicKey) });
    // Often enough for numbers with leading zeros and sign bytes to occur.
    for (let round = 0; round < 300; round++) {
      const message = `${MESSAGE}\n${round}`;
      const { signature, fido: said } = await agent.sign(key, message, quiet);
      const bytes = Buffer.from(signature, 'base64url');
      expect(bytes).toHaveLength(64);
      expect(
        verifySignature(message, { publicKey: key.publicKey, signature: bytes, ...(said && { fido: said }) }),
      ).toBe(true);
    }
  });

  it('may hold keys of other kinds, which are left out', async () => {
    const other = { ...fakeKey('other'), blob: Buffer.concat([wireString('ssh-ed25519'), wireString('x'.repeat(32))]) };
    const keys = await at(await startFakeAgent([other, fakeKey('blue')])).keys();
    expect(keys.map(({ comment }) => comment)).toEqual(['blue']);
  });

  it('may refuse to sign', async () => {
    const [key] = await at(await startFakeAgent([fakeKey('blue')])).keys();
    const locked = at(await startFakeAgent([], () => wireString(Buffer.from([5]))));
    if (!key) throw new Error('no key');
    await expect(locked.sign(key, MESSAGE, quiet)).rejects.toMatchObject({ code: 'agent_refused', exit: 4 });
  });

  const blob = fakeKey('x').blob;
  it.each([
    ['hangs up', () => undefined],
    ['is of no length', () => wireUint32(0)],
    ['is too long', () => wireUint32(256 * 1024 + 1)],
    ['is longer than it says', () => Buffer.concat([wireString(Buffer.from([12, 0, 0, 0, 0])), Buffer.alloc(1)])],
    ['is of another type', () => wireString(Buffer.from([14]))],
    ['lists too many keys', () => wireString(Buffer.from([12, 0xff, 0xff, 0xff, 0xff]))],
    ['lists fewer keys than it says', () => wireString(Buffer.from([12, 0, 0, 0, 1]))],
    ['says more after its keys', () => wireString(Buffer.from([12, 0, 0, 0, 0, 0]))],
    [
      'holds a key that is cut off',
      () =>
        wireString(
          Buffer.concat([Buffer.from([12]), wireUint32(1), wireString(blob.subarray(0, -1)), wireString('cut')]),
        ),
    ],
  ])('fails when its answer %s', async (_, answer) => {
    await expect(at(await startFakeAgent([], answer)).keys()).rejects.toMatchObject({ code: 'agent_failed', exit: 1 });
  });

  it.each([
    ['by another algorithm', Buffer.concat([wireString('ssh-ed25519'), wireString('x')])],
    ['that is negative', signatureOf(Buffer.from([0x80]), Buffer.from([1]))],
    ['of numbers that are too large', signatureOf(Buffer.alloc(33, 1), Buffer.from([1]))],
    ['with a needless zero', signatureOf(Buffer.from([0, 1]), Buffer.from([1]))],
    ['that is empty', Buffer.alloc(0)],
    ['with more behind it', Buffer.concat([signatureOf(Buffer.from([1]), Buffer.from([1])), Buffer.alloc(5)])],
  ])('fails when it gives a signature %s', async (_, given) => {
    const [key] = await at(await startFakeAgent([fakeKey('blue')])).keys();
    if (!key) throw new Error('no key');
    const wrong = at(await startFakeAgent([], () => wireString(Buffer.concat([Buffer.from([14]), wireString(given)]))));
    await expect(wrong.sign(key, MESSAGE, quiet)).rejects.toMatchObject({ code: 'agent_failed' });
  });

  it('is missed with what to do', async () => {
    expect(() => sshAgent({ env: {}, platform: 'linux' })).toThrow('no SSH agent: SSH_AUTH_SOCK is not set');
    expect(() => sshAgent({ env: { SSH_AUTH_SOCK: 'x' }, platform: 'win32' })).toThrow('Windows');
    await expect(at('/nowhere/agent.sock').keys()).rejects.toMatchObject({ code: 'agent_unavailable', exit: 7 });
  });
});

describe('a key blob', () => {
  it.each([
    ['of another curve', Buffer.concat([wireString('ecdsa-sha2-nistp256'), wireString('nistp384'), wireString('')])],
    [
      'of a compressed point',
      Buffer.concat([
        wireString('ecdsa-sha2-nistp256'),
        wireString('nistp256'),
        wireString(Buffer.concat([Buffer.from([2]), Buffer.alloc(32)])),
      ]),
    ],
  ])('%s is refused', (_, blob) => {
    expect(() => parseKey(blob, '')).toThrow('a key is not an uncompressed point of P-256');
  });

  it('is read to its end', () => {
    expect(() => parseKey(Buffer.concat([fakeKey('x').blob, Buffer.alloc(1)]), '')).toThrow('longer than what it says');
    expect(() => new WireReader(Buffer.from([0, 0, 0, 2, 1])).string()).toThrow('shorter than what it says');
  });
});

describe('the choice of a key', () => {
  const [one, two] = ['one', 'two'].map((name) => parseKey(fakeKey(name).blob, name));
  if (!one || !two) throw new Error('no keys');

  it('is what is named, else what was registered here, else the only one', () => {
    expect(chooseKey([one, two], 'two', [one.id])).toBe(two);
    expect(chooseKey([one, two], one.fingerprint, [])).toBe(one);
    expect(chooseKey([one, two], undefined, [two.id])).toBe(two);
    expect(chooseKey([one], undefined, [])).toBe(one);
    expect(chooseKey([one], undefined, [two.id])).toBe(one);
  });

  it('is none where it is not clear', () => {
    expect(() => chooseKey([one, two], undefined, [])).toThrow('several keys fit');
    expect(() => chooseKey([one], 'three', [])).toThrow('the SSH agent has not got the key "three"');
    expect(() => chooseKey([], undefined, [])).toThrow('the SSH agent has not got an ECDSA P-256 key');
  });
});

describe('the real ssh-agent', () => {
  it('signs what Writ verifies', async ({ skip }) => {
    skip(!hasOpenSsh(), 'openssh-client is not installed');
    const directory = mkdtempSync(join(tmpdir(), 'writ-ssh-'));
    const socket = join(directory, 'agent.sock');
    const child = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
    onTestFinished(() => {
      child.kill();
      rmSync(directory, { recursive: true, force: true });
    });
    const file = join(directory, 'key');
    execFileSync('ssh-keygen', ['-q', '-t', 'ecdsa', '-b', '256', '-N', '', '-C', 'real key', '-f', file]);
    await untilAdded(file, socket);

    const agent = at(socket);
    const key = chooseKey(await agent.keys(), 'real key', []);
    const listed = execFileSync('ssh-keygen', ['-lf', `${file}.pub`], { encoding: 'utf8' });
    expect(listed).toContain(key.fingerprint);
    const { signature } = await agent.sign(key, MESSAGE, quiet);
    expect(verifySignature(MESSAGE, { publicKey: key.publicKey, signature: Buffer.from(signature, 'base64url') })).toBe(
      true,
    );
  });
});

function hasOpenSsh(): boolean {
  try {
    execFileSync('ssh-add', ['-l'], { stdio: 'ignore', env: { PATH: process.env['PATH'], SSH_AUTH_SOCK: '' } });
    return true;
  } catch (error) {
    const found = (error as NodeJS.ErrnoException).code !== 'ENOENT';
    if (!found && process.env['WRIT_REQUIRE_OPTIONAL'] === '1') throw new Error('openssh-client is required here');
    return found;
  }
}

/** The agent makes its socket in its own time. */
async function untilAdded(file: string, socket: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      execFileSync('ssh-add', ['-q', file], { stdio: 'ignore', env: { ...process.env, SSH_AUTH_SOCK: socket } });
      return;
    } catch (error) {
      if (tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function signatureOf(r: Buffer, s: Buffer): Buffer {
  return Buffer.concat([wireString('ecdsa-sha2-nistp256'), wireString(Buffer.concat([wireString(r), wireString(s)]))]);
}
