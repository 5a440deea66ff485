/** Some who may be asked at a stage, by human being; at most `atMost` of them can answer. */
export interface Circle {
  readonly persons: ReadonlySet<string>;
  readonly atMost: number;
}

/** What a stage needs and whom it has. */
export interface Seats {
  readonly quorum: number;
  readonly circles: readonly Circle[];
}

/**
 * How many of the approvals that the stages need can be given at all, each by another human being: nobody counts twice
 * in a chain. A maximum flow from stages over circles to persons, one augmenting path an approval.
 */
export function fillable(stages: readonly Seats[]): number {
  const links = network(stages);
  const augment = (node: string, seen: Set<string>): boolean => {
    if (node === SINK) return true;
    seen.add(node);
    for (const [next, room] of links.get(node) ?? []) {
      if (room < 1 || seen.has(next) || !augment(next, seen)) continue;
      link(links, node, next, -1);
      link(links, next, node, 1);
      return true;
    }
    return false;
  };
  let filled = 0;
  while (augment(SOURCE, new Set())) filled += 1;
  return filled;
}

const SOURCE = 'source';
const SINK = 'sink';
type Links = Map<string, Map<string, number>>;

function link(links: Links, from: string, to: string, room: number): void {
  const ways = links.get(from) ?? new Map<string, number>();
  ways.set(to, (ways.get(to) ?? 0) + room);
  links.set(from, ways);
}

function network(stages: readonly Seats[]): Links {
  const links: Links = new Map();
  const all = new Set(stages.flatMap(({ circles }) => circles.flatMap(({ persons }) => [...persons])));
  for (const person of all) link(links, `person ${person}`, SINK, 1);
  for (const [index, { quorum, circles }] of stages.entries()) {
    const stage = `stage ${index}`;
    link(links, SOURCE, stage, quorum);
    for (const [place, { persons, atMost }] of circles.entries()) {
      const circle = `circle ${index} ${place}`;
      link(links, stage, circle, atMost);
      for (const person of persons) link(links, circle, `person ${person}`, 1);
    }
  }
  return links;
}
