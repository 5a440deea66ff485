import type { ConfigurationView, EntitlementView } from '../../contract/schemas.ts';
import type { ClientDependencies, WritClient } from '../../sdk/client.ts';
import { ServerClock } from './clock.ts';
import { CliFailure, usage } from './failure.ts';
import { EXIT } from './exit.ts';
import type { Host } from './host.ts';
import { Output } from './output.ts';
import type { Profile } from './store/config.ts';
import { resolveProfile } from './store/config.ts';
import { accessToken } from './signin/token.ts';

export interface GlobalOptions {
  readonly json: boolean;
  readonly api?: string | undefined;
  readonly profile?: string | undefined;
}

const TIMEOUT_MS = 15_000;

/** What every command works with: the outside, the output, and the deployment that the options name. */
export class Cli {
  readonly host: Host;
  readonly out: Output;
  readonly options: GlobalOptions;
  readonly #clock: ServerClock;
  #profile: Promise<Profile> | undefined;

  constructor(host: Host, options: GlobalOptions) {
    this.host = host;
    this.options = options;
    this.out = new Output(host, options.json);
    this.#clock = new ServerClock(host);
  }

  /** Epoch milliseconds by the API's clock: what countdowns and elapsed times go by. */
  now(): number {
    return this.#clock.now();
  }

  profile(): Promise<Profile> {
    return (this.#profile ??= resolveProfile(this.host, this.options));
  }

  /** A client that signs in with the profile's session, or with the given token. */
  async client(token?: string): Promise<WritClient> {
    const profile = await this.profile();
    return this.clientBy({ token: async () => token ?? accessToken(this.host, profile) });
  }

  protected async clientBy(how: Pick<ClientDependencies, 'token' | 'authorize'>): Promise<WritClient> {
    const { WritClient: Client } = await import('../../sdk/client.ts');
    const { api } = await this.profile();
    return new Client({
      apiUrl: api,
      ...how,
      fetch: this.#clock.fetch,
      timeoutMs: TIMEOUT_MS,
      newIdempotencyKey: () => this.host.randomBytes(16).toString('hex'),
      sleep: this.host.sleep,
    });
  }

  async configuration(): Promise<ConfigurationView> {
    return (await this.client()).configuration();
  }

  async entitlement(id: string): Promise<EntitlementView> {
    const found = (await (await this.client()).entitlements()).find((candidate) => candidate.id === id);
    if (found) return found;
    throw new CliFailure(
      EXIT.notFound,
      'unknown_entitlement',
      `there is no entitlement "${id}" for you`,
      'See what there is: writ entitlements',
    );
  }

  /** Asks for what the command line left out, or says that it must be given. */
  async ask(what: string, how: string, question: () => Promise<string>): Promise<string> {
    if (!this.host.interactive) throw usage(`${what} is missing`, how);
    return question();
  }
}
