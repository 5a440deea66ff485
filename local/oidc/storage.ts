import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';

/** What a person would miss after a restart. Sessions, codes and interactions live minutes and may go. */
const KEPT = new Set(['RefreshToken', 'Grant']);

/**
 * The provider's storage: in memory, with sign-ins kept in one file, which is readable by the owner alone. Each issuer
 * has its own part, so that nothing of one is found by another.
 */
export interface Storage {
  adapterFor(issuer: string): AdapterFactory;
}

/** @param path the file; one that can't be understood counts as empty, which asks people to sign in again */
export function openStorage(path: string): Storage {
  const entries = new Map<string, AdapterPayload>(readEntries(path));

  const save = (): void => {
    const kept = [...entries].filter(([key]) => KEPT.has(key.split(' ')[1] ?? ''));
    writeFileSync(`${path}.new`, `${JSON.stringify(kept)}\n`, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  };

  const adapterOf = (issuer: string, model: string): Adapter => {
    const prefix = `${issuer} ${model} `;
    const changed = (): void => {
      if (KEPT.has(model)) save();
    };
    const findWhere = (matches: (payload: AdapterPayload) => boolean): AdapterPayload | undefined => {
      for (const [key, payload] of entries) if (key.startsWith(prefix) && matches(payload)) return payload;
      return undefined;
    };
    return {
      async upsert(id, payload) {
        prune(entries, payload.iat ?? 0);
        entries.set(prefix + id, payload);
        changed();
      },
      async find(id) {
        return entries.get(prefix + id);
      },
      async findByUid(uid) {
        return findWhere((payload) => payload.uid === uid);
      },
      async findByUserCode(userCode) {
        return findWhere((payload) => payload.userCode === userCode);
      },
      async consume(id) {
        const payload = entries.get(prefix + id);
        if (payload) entries.set(prefix + id, { ...payload, consumed: true });
        changed();
      },
      async destroy(id) {
        entries.delete(prefix + id);
        changed();
      },
      async revokeByGrantId(grantId) {
        for (const [key, payload] of entries) {
          if (key.startsWith(`${issuer} `) && payload.grantId === grantId) entries.delete(key);
        }
        save();
      },
    };
  };
  return { adapterFor: (issuer) => (model) => adapterOf(issuer, model) };
}

/** @param now epoch seconds by the provider's own clock, which stamps what it stores */
function prune(entries: Map<string, AdapterPayload>, now: number): void {
  for (const [key, payload] of entries) if ((payload.exp ?? Infinity) < now) entries.delete(key);
}

function readEntries(path: string): [string, AdapterPayload][] {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return Array.isArray(value) ? value.filter(isEntry) : [];
  } catch {
    return [];
  }
}

function isEntry(value: unknown): value is [string, AdapterPayload] {
  return Array.isArray(value) && typeof value[0] === 'string' && typeof value[1] === 'object' && value[1] !== null;
}
