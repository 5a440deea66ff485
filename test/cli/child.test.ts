import { describe, expect, it } from 'vitest';
import { capture, openUrl, start } from '../../cli/src/child.ts';

const node = (script: string) => [process.execPath, '-e', script];

describe('commands', () => {
  it('end with their code or their signal', async () => {
    expect(await start(node('process.exit(7)'), {}).ended).toEqual({ kind: 'exited', code: 7 });
    const running = start(node('setInterval(() => {}, 1000)'), {});
    running.signal('SIGTERM');
    expect(await running.ended).toEqual({ kind: 'signalled', signal: 'SIGTERM' });
  });

  it('that can not be started say whether they are there', async () => {
    expect(await start(['/nowhere/at/all'], {}).ended).toMatchObject({ kind: 'not_started', reason: 'missing' });
    expect(await start(['/'], {}).ended).toMatchObject({ kind: 'not_started', reason: 'refused' });
  });

  it('are not run by a shell', async () => {
    expect(await start([...node('process.exit(process.argv.length === 2 ? 0 : 1)'), '; exit 9'], {}).ended).toEqual({
      kind: 'exited',
      code: 0,
    });
  });

  it('are captured, or nothing is when they fail', async () => {
    expect(await capture(node('console.error("v1")'))).toBe('v1');
    expect(await capture(node('process.exit(1)'))).toBeUndefined();
    expect(await capture(['/nowhere/at/all'])).toBeUndefined();
  });

  it('open no browser where there is no desktop', async () => {
    expect(await openUrl('http://127.0.0.1/', {}, 'linux')).toBe(false);
  });
});
