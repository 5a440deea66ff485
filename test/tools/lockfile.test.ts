import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

interface Locked {
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Where Node looks for a package from a folder of the lock file, nearest first. */
function candidates(from: string, name: string): string[] {
  const folders = [from];
  for (let folder = from; folder !== '';) {
    const cut = folder.lastIndexOf('/node_modules/');
    folder = cut < 0 ? '' : folder.slice(0, cut);
    folders.push(folder);
  }
  return folders.map((folder) => `${folder === '' ? '' : `${folder}/`}node_modules/${name}`);
}

// npm leaves a platform's binary out of the lock file when the registry did not have it at that hour. `npm ci` then
// fails on a fresh clone, or installs no binary on that platform.
it('locks the optional binaries of every platform', () => {
  const path = fileURLToPath(new URL('../../package-lock.json', import.meta.url));
  const { packages } = JSON.parse(readFileSync(path, 'utf8')) as { packages: Record<string, Locked> };
  const wanted = Object.entries(packages).flatMap(([from, entry]) =>
    Object.keys(entry.optionalDependencies ?? {}).map((name) => ({ from, name })),
  );
  expect(wanted.length).toBeGreaterThan(50);
  const missing = wanted.filter(({ from, name }) => !candidates(from, name).some((place) => place in packages));
  expect(missing).toEqual([]);
});
