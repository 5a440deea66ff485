import { chmod, mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPrivate, writePrivate } from '../../../cli/src/store/private-file.ts';
import { fakeHost } from '../fake-host.ts';

const PLATFORM = process.platform;
const pathIn = (...parts: string[]) => join(fakeHost().host.homeDirectory, ...parts);

describe('private files', () => {
  it('are 0600 in a directory of 0700, whatever was there, and leave nothing else behind', async () => {
    const path = pathIn('a', 'b', 'file.json');
    await writePrivate(path, 'one', PLATFORM);
    await chmod(path, 0o644);
    await writePrivate(path, 'two', PLATFORM);
    expect(await readPrivate(path, PLATFORM)).toBe('two');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(path, '..'))).mode & 0o777).toBe(0o700);
    expect(await readdir(join(path, '..'))).toEqual(['file.json']);
  });

  it.each([0o640, 0o604, 0o660, 0o644])('are refused when their mode is %o', async (mode) => {
    const path = pathIn('file.json');
    await writeFile(path, 'x');
    await chmod(path, mode);
    await expect(readPrivate(path, 'linux')).rejects.toMatchObject({
      code: 'unsafe_file',
      message: `${path} is open to others (mode ${mode.toString(8)})`,
    });
    expect(await readPrivate(path, 'win32')).toBe('x');
  });

  it('are refused when they are a link', async () => {
    const path = pathIn('link.json');
    await symlink('/etc/hostname', path);
    await expect(readPrivate(path, PLATFORM)).rejects.toThrow('is a symbolic link');
  });

  it('are not written where others can write', async () => {
    const path = pathIn('shared', 'file.json');
    await mkdir(join(path, '..'));
    await chmod(join(path, '..'), 0o777);
    await expect(writePrivate(path, 'x', PLATFORM)).rejects.toMatchObject({ code: 'unsafe_file' });
    expect(await readPrivate(path, PLATFORM)).toBeUndefined();
  });
});
