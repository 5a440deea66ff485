import type { WritClient } from '../../../sdk/client.ts';
import { WritApiError } from '../../../sdk/errors.ts';
import type { GlobalOptions } from '../cli.ts';
import { Cli } from '../cli.ts';
import { EXIT } from '../exit.ts';
import { CliFailure } from '../failure.ts';
import type { Host } from '../host.ts';
import type { Agent } from './agent.ts';
import { sshAgent } from './agent.ts';
import { chooseKey } from './choose.ts';
import type { AgentKey } from './key.ts';
import { registeredKeys } from './remembered.ts';
import type { Sealing } from './seal.ts';
import { sealedAuthorization } from './seal.ts';

/** A command line whose requests a sealed key signs: it needs no sign-in, and no identity provider. */
export class SealedCli extends Cli {
  readonly #named: string | undefined;
  #client: Promise<WritClient> | undefined;

  constructor(host: Host, options: GlobalOptions, key: string | undefined) {
    super(host, options);
    this.#named = key;
  }

  override client(): Promise<WritClient> {
    return (this.#client ??= this.#sealedClient());
  }

  async #sealedClient(): Promise<WritClient> {
    const profile = await this.profile();
    const agent = sshAgent(this.host);
    const key = chooseKey(await agent.keys(), this.#named, await registeredKeys(this.host, profile));
    const sealing = sealingOf(this, profile.api, agent, key);
    const client = await this.clientBy({
      token: () => Promise.reject(new Error('a sealed request carries no token')),
      authorize: (request) => sealedAuthorization(sealing, request),
    });
    // Its answer tells the server's time: what a clock that is wrong signs would be refused.
    await client.call('getHealth', {});
    return client;
  }
}

export const sealingOf = (cli: Cli, api: string, agent: Agent, key: AgentKey): Sealing => ({
  api,
  keyId: key.id,
  sign: (message) =>
    agent.sign(key, message, () => {
      cli.out.note(`touch your key, or give its PIN: ${key.comment || key.fingerprint}`);
    }),
  now: () => cli.now(),
  randomBytes: cli.host.randomBytes,
});

/** What the API says of a signature that it refuses is about a sign-in; here is what to do about a key. */
export function aboutKey(error: unknown): unknown {
  if (!(error instanceof WritApiError) || error.code !== 'unauthenticated') return error;
  return new CliFailure(
    EXIT.signedOut,
    'key_refused',
    error.detail,
    'Check that this key is registered here (writ breakglass keys, when you can sign in), and this machine’s clock.',
  );
}
