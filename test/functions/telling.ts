import { BUNDLE, createWorld, ORDERS } from '../core/usecases/world.ts';

/** A world whose people can be reached, whose requests go to people, and in which time, chance and the log stand still. */
export function createTellingWorld() {
  const world = createWorld();
  const { people } = BUNDLE.directory;
  world.bundle = {
    ...BUNDLE,
    catalogue: [...BUNDLE.catalogue, { ...ORDERS, id: 'orders-high', title: 'Change orders', risk: 'high' }],
    directory: {
      schedules: [],
      people: people.map((person) => {
        const name = person.id.slice('admin:test:'.length);
        return { ...person, email: `${name}@example.com`, chat: `U${name.toUpperCase()}` };
      }),
    },
    channels: [
      { id: 'chat', kind: 'chat', events: ['grant.pending.v1'] },
      { id: 'siem', kind: 'webhook', events: ['*'] },
      { id: 'other', kind: 'webhook', events: ['*'], projects: ['other'] },
    ],
  };
  world.forbid('autoApprove');
  return world;
}

const silent = (): void => undefined;
export const silentLog = { answered: silent, failed: silent, undecided: silent, worked: silent };
