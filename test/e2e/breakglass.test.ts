import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LeafView } from '../../contract/schemas.ts';
import { awsCredentials } from '../../contract/schemas.ts';
import { run } from '../../cli/src/run.ts';
import type { LocalSystem } from '../../local/system.ts';
import { fakeHost } from '../cli/fake-host.ts';
import { fakeKey, startFakeAgent } from '../cli/breakglass/fakeAgent.ts';
import { outcome, query, REGION, signedIn, startSystem } from './harness.ts';

/** Break-glass from the command line over the whole system, with the identity provider stopped. */

let system: LocalSystem & { stop(): Promise<void> };
beforeAll(async () => {
  system = await startSystem();
}, 180_000);
afterAll(() => system.stop(), 60_000);

async function person(name: string) {
  const { host, written } = fakeHost({
    env: { SSH_AUTH_SOCK: await startFakeAgent([fakeKey(name, { fido: true })]), WRIT_API: system.api },
  });
  return async (...args: readonly string[]) => {
    written.stdout = written.stderr = '';
    const code = await run([...args, '--json'], host);
    const said = JSON.parse(written.stdout === '' ? '{}' : written.stdout) as Record<string, unknown>;
    return { code, said, stderr: written.stderr };
  };
}
type Person = Awaited<ReturnType<typeof person>>;

async function done(asked: ReturnType<Person>): Promise<Record<string, unknown>> {
  const { code, said, stderr } = await asked;
  if (code !== 0) throw new Error(`exit ${code}: ${stderr}`);
  return said;
}

const REQUEST = ['breakglass', 'request', 'break-glass', '--for', '10m', '--reason', 'INC-7: sign-in is down'];

it('works without the identity provider, is told of, and waits for its review', { timeout: 180_000 }, async () => {
  const [heidi, grace] = [await person('heidi'), await person('grace')];
  for (const [name, who] of [
    ['heidi', heidi],
    ['grace', grace],
  ] as const) {
    await done(who('login', '--user', name, '--mfa'));
    await done(who('breakglass', 'register'));
    await done(who('logout'));
  }

  await system.identityProvider.stop();
  expect((await heidi('login', '--user', 'heidi')).code).not.toBe(0);
  expect(await done(heidi('breakglass', 'drill', 'break-glass'))).toMatchObject({ works: true });

  const { id } = (await done(heidi(...REQUEST))) as { id: string };
  const approval = ['breakglass', 'approve', id, '--comment', 'called her back', '--yes'];
  expect((await heidi(...approval)).code).toBe(11);
  expect(await done(grace(...approval))).toMatchObject({ status: 'active' });

  const lent = awsCredentials.parse(await done(heidi('breakglass', 'creds', id)));
  const options = {
    endpoint: system.aws,
    region: REGION,
    credentials: {
      accessKeyId: lent.AccessKeyId,
      secretAccessKey: lent.SecretAccessKey,
      sessionToken: lent.SessionToken,
    },
    maxAttempts: 1,
  } as const;
  expect(await outcome(query({ options }, 'C-42'))).toBe('allowed');

  expect(await done(heidi('breakglass', 'done', id))).toMatchObject({ status: 'returned' });
  for (const until = Date.now() + 10_000; (await outcome(query({ options }, 'C-42'))) === 'allowed';) {
    if (Date.now() > until) throw new Error('a returned session is still good');
    await sleep(50);
  }
  expect(await heidi(...REQUEST)).toMatchObject({ code: 4, said: { error: { code: 'review_outstanding' } } });
  expect(await heidi('breakglass', 'drill', 'break-glass')).toMatchObject({ code: 1, said: { works: false } });

  await system.identityProvider.start();
  await told(id);
  const carol = await signedIn(system, 'carol', true);
  const review = { verdict: 'justified', comment: 'the outage was real' };
  expect((await carol.post(`/v1/grants/${id}/review`, review)).status).toBe(200);

  const second = (await done(heidi(...REQUEST))) as { id: string };
  expect(second.id).not.toBe(id);

  const audrey = await signedIn(system, 'audrey');
  const day = new Date().toISOString().slice(0, 10);
  const types: string[] = [];
  for (let cursor: string | undefined = ''; cursor !== undefined;) {
    const after: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const page = await audrey.get<{ items: LeafView[]; cursor?: string }>(
      `/v1/audit/events?day=${day}&limit=100${after}`,
    );
    types.push(...page.body.items.map(({ type }) => type));
    cursor = page.body.cursor;
  }
  const count = (type: string) => types.filter((one) => one === type).length;
  // Two rehearsals, and no grant but the two that were asked for.
  expect([count('breakglass.drilled'), count('grant.requested')]).toEqual([2, 2]);
  expect(types).toEqual(expect.arrayContaining(['breakglass.key_registered', 'breakglass.reviewed']));
});

/** What comes by stream, bus and queue comes a little later. */
async function told(id: string): Promise<void> {
  for (const until = Date.now() + 60_000; ;) {
    const list = (await (await fetch(`${system.issuer}/dev/outbox`)).json()) as { items?: [] } | [];
    const messages: readonly { body: string; subject?: string }[] = Array.isArray(list) ? list : (list.items ?? []);
    const loud = messages.filter(({ body, subject }) =>
      /break[- ]?glass|broke glass/i.test(`${subject ?? ''} ${body}`),
    );
    if (loud.some(({ body }) => body.includes(id))) return;
    if (Date.now() > until) throw new Error(`nobody was told of ${id}: ${JSON.stringify(messages).slice(0, 2_000)}`);
    await sleep(250);
  }
}
