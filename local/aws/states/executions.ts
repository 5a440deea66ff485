/** Executions and their histories, on the disk. */
import type { StateStore } from '../store.ts';
import type { Draft } from './draft.ts';
import type { Execution, HistoryEvent } from './execution.ts';

export interface Executions {
  find(arn: string): Execution | undefined;
  /** Of one machine, the latest first. */
  ofMachine(machineArn: string): readonly Execution[];
  running(): readonly string[];
  event(arn: string, id: number): HistoryEvent | undefined;
  /** Writes a step: the record and its events, all or nothing. */
  save(draft: Draft): Promise<void>;
}

/** How long closed executions are kept, as on AWS. */
const RETENTION_MS = 90 * 86_400_000;
const RECORDS = 'states/execution/';

export async function openExecutions(store: StateStore, clock: () => number): Promise<Executions> {
  const keyOf = (arn: string): string => RECORDS + arn;
  const eventKey = (arn: string, id: number): string => `states/event/${arn}/${String(id).padStart(6, '0')}`;
  const find = (arn: string): Execution | undefined => store.get(keyOf(arn)) as Execution | undefined;
  /** By machine: a scan of the whole store for each list would be slow. */
  const known = new Map<string, Set<string>>();
  const running = new Set<string>();

  function index({ arn, machineArn, status }: Execution): void {
    const ofMachine = known.get(machineArn) ?? new Set<string>();
    known.set(machineArn, ofMachine.add(arn));
    if (status === 'RUNNING') running.add(arn);
    else running.delete(arn);
  }

  const forgotten: Record<string, undefined> = {};
  for (const [key, value] of store.entries(RECORDS)) {
    const execution = value as Execution;
    if ((execution.stoppedAt ?? Number.POSITIVE_INFINITY) + RETENTION_MS > clock()) index(execution);
    else {
      forgotten[key] = undefined;
      for (let id = 1; id <= execution.events; id += 1) forgotten[eventKey(execution.arn, id)] = undefined;
    }
  }
  await store.write(forgotten);

  return {
    find,
    ofMachine: (machineArn) =>
      [...(known.get(machineArn) ?? [])]
        .flatMap((arn) => find(arn) ?? [])
        .sort((a, b) => b.startedAt - a.startedAt || (a.arn < b.arn ? -1 : 1)),
    running: () => [...running],
    event: (arn, id) => store.get(eventKey(arn, id)) as HistoryEvent | undefined,

    async save({ execution, events }) {
      index(execution);
      await store.write({
        [keyOf(execution.arn)]: execution,
        ...Object.fromEntries(events.map((event) => [eventKey(execution.arn, event.id), event])),
      });
    },
  };
}
