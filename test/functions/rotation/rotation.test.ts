import { describe, expect, it } from 'vitest';
import type { RotatingSecret, RotatingSecrets } from '../../../adapters/notify/rotatingSecrets.ts';
import { createHandler } from '../../../functions/rotation/app.ts';
import { silentLog } from '../telling.ts';

const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'];

const OLD: RotatingSecret = { url: 'https://x.example', signingKey: 'the-old-key-of-it' };

function createRotation(newKey = 'k'.repeat(43), old = OLD) {
  const versions: Record<string, { value?: RotatingSecret; stages: string[] }> = {
    v1: { value: old, stages: ['AWSCURRENT'] },
    v2: { stages: ['AWSPENDING'] },
  };
  const secrets: RotatingSecrets = {
    stagesOf: async (_, version) => versions[version]?.stages ?? [],
    current: async () => Object.values(versions).find(({ stages }) => stages.includes('AWSCURRENT'))?.value ?? old,
    pending: async (_, version) => versions[version]?.value,
    putPending: async (_, version, value) => void (versions[version] = { value, stages: ['AWSPENDING'] }),
    async makeCurrent(_, version) {
      for (const one of Object.values(versions)) one.stages = one.stages.filter((stage) => stage !== 'AWSCURRENT');
      versions[version]?.stages.push('AWSCURRENT');
    },
  };
  let made = 0;
  const handler = createHandler({ secrets, newKey: () => `${newKey}${made++}`, log: silentLog });
  const run = (Step: string, ClientRequestToken = 'v2') => handler({ Step, SecretId: 's', ClientRequestToken });
  return { versions, run };
}

describe('a rotation', () => {
  it('makes a new key current and keeps the URL, each step as often as it likes', async () => {
    const { versions, run } = createRotation();
    for (const step of STEPS) for (let i = 0; i < 2; i++) await run(step);
    expect(versions['v2']?.value).toEqual({ url: 'https://x.example', signingKey: `${'k'.repeat(43)}0` });
    expect(versions['v2']?.stages).toContain('AWSCURRENT');
    expect(versions['v1']?.stages).toEqual([]);
  });

  it('makes a new key where there is no URL beside it', async () => {
    const { versions, run } = createRotation('n'.repeat(43), { signingKey: 'the-old-key-of-it' });
    for (const step of STEPS) await run(step);
    expect(versions['v2']).toEqual({
      value: { signingKey: `${'n'.repeat(43)}0` },
      stages: ['AWSPENDING', 'AWSCURRENT'],
    });
  });

  it('does nothing for a version that is current, and refuses one that is not pending', async () => {
    const { run } = createRotation();
    await expect(run('finishSecret', 'v1')).resolves.toBeUndefined();
    await expect(run('finishSecret', 'v3')).rejects.toThrow('not one that is being rotated to');
    await expect(run('other')).rejects.toThrow('there is no such step');
  });

  it('finds a version that is no successor', async () => {
    const { run } = createRotation('short');
    await expect(run('testSecret')).rejects.toThrow('no successor');
    await run('createSecret');
    await expect(run('testSecret')).rejects.toThrow('no successor');
  });
});
