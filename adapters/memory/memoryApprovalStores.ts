import type { ApprovalLists, ConsentStore, OnceStore, SealedKeyStore, WaitStore } from '../../core/approvalPorts.ts';
import { questionPlace } from '../../core/approvalPorts.ts';
import { canonicalJson } from '../../core/canonical.ts';
import { consentRecord } from '../../core/consent.ts';
import type { Grant } from '../../core/grant.ts';
import { openQuestion } from '../../core/usecases/panel.ts';
import { pageByPlace } from '../listing/places.ts';
import { NEWEST_FIRST, pageOf, sliceOf } from './page.ts';
import type { MemoryState } from './state.ts';
import { addLeaf, leafKey } from './state.ts';

/** The questions, impersonations and tickets of the same state that the in-memory store writes. */
export const createMemoryApprovalLists = ({ grants, tickets }: MemoryState): ApprovalLists => ({
  listByQuestion: (places, page) =>
    pageByPlace('byQuestion', places, page, async (place, limit, after) => {
      const found = [...grants.values()].filter((grant) => placeOf(grant) === place);
      const { items, more } = sliceOf(NEWEST_FIRST, found, limit, after?.position);
      return { grants: items, more };
    }),
  listBySubject: async (subject, page) =>
    pageOf(
      { list: `bySubject|${subject}`, ...NEWEST_FIRST },
      [...grants.values()].filter(({ request }) => request.subject === subject),
      page,
    ),
  listByTicket: async (ticket) => [...(tickets.get(ticket.toUpperCase()) ?? [])].sort(),
});

function placeOf(grant: Grant): string | undefined {
  const question = openQuestion(grant);
  return question && questionPlace(grant.request.entitlement, question.stage);
}

export const createMemoryConsents = (state: MemoryState): ConsentStore => ({
  async consentsOf(subject, entitlement) {
    const position = (consent: { entitlement: string; id: string }) => `${consent.entitlement}#${consent.id}`;
    return [...state.consents.values()]
      .filter((one) => one.subject === subject && (entitlement === undefined || one.entitlement === entitlement))
      .sort((a, b) => (position(a) < position(b) ? -1 : 1))
      .map((consent) => structuredClone(consent));
  },
  async grantsOn({ id }) {
    return [...(state.consentUses.get(id) ?? [])].sort();
  },
  async withdrawConsent(consent, leaf) {
    if (consent.withdrawnAt === undefined) throw new TypeError('a withdrawal has its time');
    const stored = state.consents.get(consent.id);
    const isSame = stored && canonicalJson(consentRecord(stored)) === canonicalJson(consentRecord(consent));
    if (!isSame || stored.withdrawnAt !== undefined || state.leaves.has(leafKey(leaf))) return 'conflict';
    state.consents.set(consent.id, structuredClone(consent));
    addLeaf(state, leaf);
    return 'withdrawn';
  },
});

export function createMemoryOnce(state: MemoryState): OnceStore {
  const { marks, occurrences } = state;
  return {
    async spend(mark) {
      const isFirst = !marks.has(mark);
      marks.add(mark);
      return isFirst;
    },
    isSpent: async (mark) => marks.has(mark),
    spentOf: async (asked) => new Set(asked.filter((mark) => marks.has(mark))),
    async spendAll(spent) {
      for (const { mark } of spent) marks.add(mark);
    },
    async appendOnce(mark, _until, leaf) {
      if (leaf.role !== 'event') throw new TypeError('only an event’s leaf stands alone');
      if (marks.has(mark) || state.leaves.has(leafKey(leaf))) return false;
      marks.add(mark);
      addLeaf(state, leaf);
      return true;
    },
    async count(key, { id, at }, since) {
      const all = new Map([...(occurrences.get(key) ?? []), [`${at}#${id}`, at]]);
      occurrences.set(key, all);
      return [...all.values()].filter((time) => time >= since).length;
    },
  };
}

export const createMemoryWaits = ({ waits }: MemoryState): WaitStore => ({
  async putWait(grantId, token) {
    waits.set(grantId, token);
  },
  async takeWait(grantId) {
    const token = waits.get(grantId);
    waits.delete(grantId);
    return token;
  },
});

export const createMemorySealedKeys = (state: MemoryState): SealedKeyStore => ({
  async getKey(id) {
    return structuredClone(state.keys.get(id));
  },
  async keysOf(owner) {
    return [...state.keys.values()]
      .filter((key) => key.owner.id === owner)
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .map((key) => structuredClone(key));
  },
  async putKey(key, leaf) {
    const stored = state.keys.get(key.id);
    const allowed = key.removedAt === undefined ? !stored : stored !== undefined && stored.removedAt === undefined;
    if (!allowed || state.leaves.has(leafKey(leaf))) return 'conflict';
    const kept = stored && key.removedAt !== undefined ? { ...stored, removedAt: key.removedAt } : key;
    state.keys.set(key.id, structuredClone(kept));
    addLeaf(state, leaf);
    return 'stored';
  },
  async openUseOf(person) {
    return state.uses.get(person);
  },
  async *openUses() {
    const uses = [...state.uses].map(([person, grantId]) => ({ person, grantId }));
    if (uses.length > 0) yield uses.sort((a, b) => (a.person < b.person ? -1 : 1));
  },
});
