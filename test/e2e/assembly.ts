/** A cloud assembly for other addresses than it was made for, without making it anew. */
import { linkSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BAKED_BUNDLE_FILE, bundleSha256, serializeBundle } from '../../adapters/bundle/baked.ts';
import type { PolicyBundle } from '../../core/bundle.ts';
import type { Urls } from '../../local/context.ts';

export interface Move {
  readonly from: string;
  /** Made by it. The functions' code in there is the very same files. */
  readonly to: string;
  /** The addresses that it has, and those that it gets. */
  readonly urls: readonly [old: Urls, other: Urls];
}

type Rewrite = (text: string) => string;

export function moveAssembly({ from, to, urls: [old, other] }: Move): void {
  const readdressed: Rewrite = (text) =>
    (['api', 'aws', 'issuer'] as const).reduce((moved, name) => moved.replaceAll(old[name], other[name]), text);

  // The functions' bundle names the issuers, so that it gets another hash; the templates say which.
  const hashes = new Map<string, string>();
  const rebaked: Rewrite = (text) => {
    const { sha256, ...parts } = JSON.parse(readdressed(text)) as PolicyBundle;
    const moved = { sha256: bundleSha256(parts), ...parts };
    hashes.set(sha256, moved.sha256);
    return serializeBundle(moved);
  };
  const rehashed: Rewrite = (text) =>
    [...hashes].reduce(
      (moved, [sha256, now]) => moved.replaceAll(sha256, now).replaceAll(sha256.slice(0, 12), now.slice(0, 12)),
      readdressed(text),
    );

  mkdirSync(to);
  const entries = readdirSync(from, { withFileTypes: true });
  for (const { name } of entries.filter((entry) => entry.isDirectory())) {
    mkdirSync(join(to, name));
    for (const file of readdirSync(join(from, name))) {
      const [source, target] = [join(from, name, file), join(to, name, file)];
      if (file === BAKED_BUNDLE_FILE) writeFileSync(target, rebaked(readFileSync(source, 'utf8')));
      else linkSync(source, target);
    }
  }
  for (const { name } of entries.filter((entry) => !entry.isDirectory())) {
    writeFileSync(join(to, name), rehashed(readFileSync(join(from, name), 'utf8')));
  }
}
