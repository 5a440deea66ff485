/** Runs in a process of its own, to be killed in the middle: three executions, each at another kind of wait. */
import { levelStore } from '../../../../local/aws/store.ts';
import { ASK, asl, INVOKE, manualClock, openWorld, START } from './world.ts';

const [, , directory = ''] = process.argv;
const store = await levelStore(directory);
const world = await openWorld({
  store,
  clock: manualClock(START),
  lambda: (event: { readonly hang?: boolean }) =>
    event.hang === true ? new Promise<never>(() => undefined) : { ok: true, payload: 'null' },
});
await world.put('ask', asl({ Ask: { ...ASK, TimeoutSeconds: 3_600, End: true } }));
await world.put('call', asl({ Call: { ...INVOKE, Output: 'called', End: true } }));
await world.put(
  'wait',
  asl({
    A: { Type: 'Pass', Assign: { kept: 1 }, Next: 'B' },
    B: { Type: 'Wait', Seconds: 60, Output: '{% $kept %}', End: true },
  }),
);
const executions = [
  await world.start('ask', {}, 'x'),
  await world.start('call', { hang: true }, 'x'),
  await world.start('wait', {}, 'x'),
];
const [ask, call, wait] = executions.map(({ arn }) => arn);
await world.seen(ask ?? '', ({ current: { activity } }) => activity.kind === 'task' && activity.submitted);
await world.seen(call ?? '', ({ current: { activity } }) => activity.kind === 'task');
await world.seen(wait ?? '', ({ current: { activity } }) => activity.kind === 'waiting');
const { token } = world.invocations.find((event) => (event as { token?: string }).token !== undefined) as {
  token: string;
};
// What has been seen so far is on the disk when this is.
await store.write({ last: true });
process.stdout.write(`${JSON.stringify({ ask, call, wait, token })}\n`);
