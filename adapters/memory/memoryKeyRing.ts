import type { KeyRingStore, SnapshotStore } from '../../core/oauth/ports.ts';
import type { MemoryState } from './state.ts';
import { addLeaf } from './state.ts';

/** Which keys sign, in the same state that the other in-memory stores have. */
export const createMemoryKeyRing = (state: MemoryState): KeyRingStore => ({
  async readRing() {
    return structuredClone(state.single.ring);
  },
  async moveRing(from, to, leaf, idempotency) {
    const used = idempotency && state.idempotency.get(idempotency.keySha256);
    if (used) return structuredClone(used);
    if (state.single.ring?.version !== from?.version) return 'conflict';
    state.single.ring = structuredClone(to);
    addLeaf(state, leaf);
    if (idempotency) state.idempotency.set(idempotency.keySha256, structuredClone(idempotency));
    return 'moved';
  },
});

export const createMemorySnapshots = (state: MemoryState): SnapshotStore => ({
  async readSnapshot() {
    return structuredClone(state.single.snapshot);
  },
  async putSnapshot(snapshot) {
    const before = state.single.snapshot?.number ?? 0;
    if (before !== snapshot.number - 1) return 'conflict';
    state.single.snapshot = structuredClone(snapshot);
    return 'stored';
  },
});
