import type { AuditReader } from '../../core/ports.ts';
import { DAY_POSITION, dayOf, dayPosition, LEAF_POSITION, leafPosition } from '../listing/position.ts';
import { pageOf } from './page.ts';
import type { MemoryState } from './state.ts';

/** The leaves of the same state that the in-memory store writes. */
export const createMemoryAuditReader = ({ leaves }: MemoryState): AuditReader => ({
  ofStream: async (stream, page) =>
    pageOf(
      { list: `stream|${stream}`, shape: LEAF_POSITION, positionOf: leafPosition },
      [...leaves.values()].filter((leaf) => leaf.stream === stream),
      page,
    ),
  ofDay: async (day, page) =>
    pageOf(
      { list: `day|${day}`, shape: DAY_POSITION, positionOf: dayPosition },
      [...leaves.values()].filter((leaf) => dayOf(leaf) === day),
      page,
    ),
});
