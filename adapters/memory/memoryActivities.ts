import type { ActivityStore } from '../../core/oauth/activity.ts';
import { ACTIVITY_POSITION } from '../listing/position.ts';
import { pageOf } from './page.ts';
import type { MemoryState } from './state.ts';
import { addLeaf } from './state.ts';

/** What resource servers told, in the same state that the other in-memory stores have. */
export const createMemoryActivities = (state: MemoryState): ActivityStore => ({
  async record({ activity, requestSha256, leaf }) {
    const key = `${activity.grantId}|${requestSha256}`;
    const known = state.activities.get(key);
    if (known) return structuredClone(known);
    state.activities.set(key, structuredClone(activity));
    addLeaf(state, leaf);
    return activity;
  },

  async activitiesOf(grantId, page) {
    const found = [...state.activities.values()].filter((activity) => activity.grantId === grantId);
    return pageOf({ list: `activities|${grantId}`, shape: ACTIVITY_POSITION, positionOf: ({ id }) => id }, found, page);
  },
});
