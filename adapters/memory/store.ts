import type { AuditReader, GrantStore } from '../../core/ports.ts';
import { createMemoryAuditReader } from './memoryAuditReader.ts';
import { createMemoryGrantStore } from './memoryGrantStore.ts';
import { createMemoryState } from './state.ts';

/** An empty store and the reader of its leaves, as one. */
export function createMemoryStore(): GrantStore & AuditReader {
  const state = createMemoryState();
  return { ...createMemoryGrantStore(state), ...createMemoryAuditReader(state) };
}
