import type { RegisterKeyBody, SealedKeyView } from '../../../contract/schemas.ts';
import { registrationText } from '../../../contract/sealed.ts';
import { ROUTES } from '../../../contract/routes.ts';
import type { Cli } from '../cli.ts';
import { EXIT } from '../exit.ts';
import { CliFailure, usage } from '../failure.ts';
import { clockTime, commandLines } from '../grants.ts';
import { facts, table } from '../text.ts';
import { sshAgent } from './agent.ts';
import { chooseKey } from './choose.ts';
import { registeredKeys, rememberKeys } from './remembered.ts';
import { seal } from './seal.ts';
import { sealingOf } from './sealed-cli.ts';

export interface RegisterOptions {
  readonly key?: string | undefined;
  readonly label?: string | undefined;
}

/** Registers a key that an SSH agent holds. With a sign-in: it is what makes the key this person's. */
export async function register(cli: Cli, options: RegisterOptions): Promise<void> {
  const profile = await cli.profile();
  const agent = sshAgent(cli.host);
  const key = chooseKey(await agent.keys(), options.key, []);
  const client = await cli.client();
  const { publicUrl } = await client.configuration();
  if (publicUrl !== profile.api) {
    // Signatures name the address that is configured here: they would be refused when it is too late to find out.
    throw new CliFailure(
      EXIT.failure,
      'wrong_address',
      `the deployment at ${profile.api} calls itself ${publicUrl}`,
      `Use that address: writ profile add NAME --api ${publicUrl}`,
    );
  }
  const me = await client.me();
  const label = options.label ?? (key.comment.trim().slice(0, 80) || key.fingerprint);
  const { method, path } = ROUTES.registerKey;
  const proof = await seal(sealingOf(cli, profile.api, agent, key), {
    method,
    path,
    body: registrationText(me.id, label),
    idempotencyKey: '',
  });
  const registration: RegisterKeyBody = { publicKey: { ...key.publicKey }, label, proof };
  const { body } = await client.call('registerKey', { body: registration });
  await rememberKeys(cli.host, profile, [...(await registeredKeys(cli.host, profile)), body.id]);
  cli.out.result(body, () => {
    const text = facts([
      ['key', body.id],
      ['in agent', `${key.fingerprint} (${key.comment})`],
      ['kind', KIND[body.holder]],
      ['label', body.label],
      ['owner', body.owner],
    ]);
    return `Registered.\n${text}${commandLines(['writ breakglass drill'])}`;
  });
}

const KIND: Readonly<Record<SealedKeyView['holder'], string>> = {
  fido: 'FIDO: signs when touched',
  agent: 'held by the agent; Writ can’t see by what hardware',
};

export async function listKeys(cli: Cli): Promise<void> {
  const { body } = await (await cli.client()).call('listKeys', {});
  cli.out.result(body, () =>
    body.items.length === 0
      ? 'You have no key for break-glass.\nnext: writ breakglass register\n'
      : table(
          ['KEY', 'KIND', 'LABEL', 'REGISTERED', 'REMOVED'],
          body.items.map(({ id, holder, label, registeredAt, removedAt }) => [
            id,
            holder,
            label,
            clockTime(registeredAt),
            removedAt === undefined ? '' : clockTime(removedAt),
          ]),
        ),
  );
}

export async function removeKey(cli: Cli, id: string): Promise<void> {
  if (!/^[A-Za-z0-9_-]{43}$/.test(id)) throw usage(`"${id}" is not a key’s id`, 'See yours: writ breakglass keys');
  const { body } = await (await cli.client()).call('removeKey', { path: { id } });
  const profile = await cli.profile();
  const kept = (await registeredKeys(cli.host, profile)).filter((key) => key !== id);
  await rememberKeys(cli.host, profile, kept);
  cli.out.result(body, () => `Removed ${body.label} (${body.id}) for good.\n`);
}
