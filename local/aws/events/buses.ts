/**
 * Event buses with their rules, and what is still to be delivered.
 *
 * Buses and rules come from the templates, which are deployed at each start, so they are kept in memory only. An event
 * that was accepted is on the disk, as one delivery for each target that wants it.
 */
import type { JsonObject } from '../../runtime/json.ts';
import { openBacklog } from '../backlog.ts';
import type { Backlog } from '../backlog.ts';
import type { StateStore } from '../store.ts';
import { deliveriesFor, deliveriesOf } from './match.ts';
import type { Delivery, Rule } from './match.ts';

export interface BusSpecification {
  readonly accountId: string;
  readonly region: string;
  readonly name: string;
}

export interface Bus extends BusSpecification {
  readonly arn: string;
  /** Policy statements by id. */
  readonly statements: ReadonlyMap<string, JsonObject>;
}

export interface EventBuses {
  put(specification: BusSpecification): Bus;
  /** Adds a statement to the bus's policy, or replaces it. @throws {Error} if there is no such bus */
  putStatement(busArn: string, id: string, statement: JsonObject): void;
  /** Adds a rule to its bus, or replaces it. */
  putRule(rule: Rule): void;
  /** Every account has a bus `default`. */
  byArn(arn: string): Bus | undefined;
  /** Those with a schedule, too. */
  rules(): readonly Rule[];
  /** Accepts events, durably: each is on its way to every target of a rule that wants it. */
  accept(events: readonly { readonly busArn: string; readonly event: JsonObject }[]): Promise<void>;
  /** Accepts an event that a rule's schedule made, with what else is to be written. */
  acceptScheduled(rule: Rule, event: JsonObject, changes: Readonly<Record<string, unknown>>): Promise<void>;
  readonly deliveries: Backlog<Delivery>;
}

export const busArn = ({ accountId, region, name }: BusSpecification): string =>
  `arn:aws:events:${region}:${accountId}:event-bus/${name}`;

const BUS_ARN = /^arn:aws:events:([a-z0-9-]+):(\d{12}):event-bus\/(.+)$/;

export function openBuses(store: StateStore, clock: () => number): EventBuses {
  const buses = new Map<string, Bus & { readonly statements: Map<string, JsonObject> }>();
  const rules = new Map<string, Rule>();
  const deliveries = openBacklog<Delivery>(store, 'events');

  function byArn(arn: string) {
    const [, region = '', accountId = '', name = ''] = BUS_ARN.exec(arn) ?? [];
    const known = buses.get(arn);
    if (known !== undefined || name !== 'default') return known;
    return put({ accountId, region, name });
  }

  function put(specification: BusSpecification) {
    const arn = busArn(specification);
    const bus = { ...specification, arn, statements: new Map<string, JsonObject>() };
    buses.set(arn, bus);
    return bus;
  }

  return {
    put,
    putStatement(arn, id, statement) {
      const bus = byArn(arn);
      if (bus === undefined) throw new Error(`there is no event bus \`${arn}\``);
      bus.statements.set(id, statement);
    },
    putRule(rule) {
      rules.set(rule.arn, rule);
    },
    byArn,
    rules: () => [...rules.values()],
    async accept(events) {
      const now = clock();
      const accepted = events.flatMap(({ busArn: arn, event }) => {
        const ofBus = [...rules.values()].filter((rule) => rule.busArn === arn);
        return deliveriesFor(ofBus, event, now);
      });
      if (accepted.length === 0) return;
      await store.write(deliveries.accept(accepted, now));
      deliveries.announce();
    },
    async acceptScheduled(rule, event, changes) {
      const now = clock();
      await store.write({ ...changes, ...deliveries.accept(deliveriesOf(rule, event, now), now) });
      deliveries.announce();
    },
    deliveries,
  };
}
