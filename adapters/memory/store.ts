import type { ApprovalLists, ConsentStore, OnceStore, SealedKeyStore, WaitStore } from '../../core/approvalPorts.ts';
import type { ActivityStore } from '../../core/oauth/activity.ts';
import type { KeyRingStore, SnapshotStore, TokenStore } from '../../core/oauth/ports.ts';
import type { AuditReader, GrantStore } from '../../core/ports.ts';
import { createMemoryActivities } from './memoryActivities.ts';
import {
  createMemoryApprovalLists,
  createMemoryConsents,
  createMemoryOnce,
  createMemorySealedKeys,
  createMemoryWaits,
} from './memoryApprovalStores.ts';
import { createMemoryAuditReader } from './memoryAuditReader.ts';
import { createMemoryGrantStore } from './memoryGrantStore.ts';
import { createMemoryKeyRing, createMemorySnapshots } from './memoryKeyRing.ts';
import { createMemoryTokens } from './memoryTokens.ts';
import { createMemoryState } from './state.ts';

/** All that the two tables hold. */
export type Stores = GrantStore &
  AuditReader &
  ApprovalLists &
  ConsentStore &
  OnceStore &
  WaitStore &
  SealedKeyStore &
  TokenStore &
  ActivityStore &
  KeyRingStore &
  SnapshotStore;

/** Empty stores over one state, as one. */
export function createMemoryStore(): Stores {
  const state = createMemoryState();
  return {
    ...createMemoryGrantStore(state),
    ...createMemoryAuditReader(state),
    ...createMemoryApprovalLists(state),
    ...createMemoryConsents(state),
    ...createMemoryOnce(state),
    ...createMemoryWaits(state),
    ...createMemorySealedKeys(state),
    ...createMemoryTokens(state),
    ...createMemoryActivities(state),
    ...createMemoryKeyRing(state),
    ...createMemorySnapshots(state),
  };
}
