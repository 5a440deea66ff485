import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { levelStore } from '../../../local/aws/store.ts';
import { BROKER, failure, functionCredentials, startLocalAws, sts } from './harness.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'writ-store-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

test('sessions, roles, keys and messages outlive a restart', async () => {
  const first = await levelStore(directory);
  const before = await startLocalAws({ store: first });
  const { bootstrap, queues } = before.aws;
  const credentials = await functionCredentials(before, 'grants');
  const keySpec = { accountId: BROKER, region: 'us-east-1', name: 'tokens', spec: 'ECC_NIST_P256' } as const;
  const key = await bootstrap.createKey(keySpec);
  const queue = await bootstrap.createQueue({ accountId: BROKER, region: 'us-east-1', name: 'q.fifo' });
  await queues.send(queue, { body: 'a', groupId: 'g', deduplicationId: 'd', senderId: 's' });
  await before.stop();
  await first.close();

  const second = await levelStore(directory);
  const after = await startLocalAws({ store: second, now: before.now + 60_000 });
  const whoAmI = () => sts(after, credentials).send(new GetCallerIdentityCommand({}));
  expect((await whoAmI()).Arn).toBe(`arn:aws:sts::${BROKER}:assumed-role/grants/grants`);
  expect(await after.aws.bootstrap.createKey(keySpec)).toEqual(key);
  expect(await after.aws.queues.receive(queue, 1)).toMatchObject([{ body: 'a', sequence: 1 }]);
  after.now = before.now + 43_200_000;
  expect((await failure(whoAmI())).name).toBe('ExpiredToken');
  await after.stop();
  await second.close();
});

test('the state is its owner’s alone', async () => {
  const store = await levelStore(join(directory, 'state'));
  expect(statSync(join(directory, 'state')).mode & 0o777).toBe(0o700);
  await store.close();
});

test('what was written outlives kill -9', async () => {
  const source = new URL('../../../local/aws/store.ts', import.meta.url).href;
  const script = `
    const { levelStore } = await import(${JSON.stringify(source)});
    const store = await levelStore(process.argv[1]);
    await store.write({ a: { n: 1 }, b: 2 });
    await store.write({ b: undefined });
    console.log('written');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => {
      resolve();
    });
    child.once('exit', (code) => {
      reject(new Error(`the writer ended early, with ${code ?? 'a signal'}`));
    });
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
  const store = await levelStore(directory);
  expect(store.entries('')).toEqual([['a', { n: 1 }]]);
  await store.close();
});
