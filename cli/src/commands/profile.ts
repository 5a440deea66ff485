import type { Cli } from '../cli.ts';
import { usage } from '../failure.ts';
import { apiAddress, LOCAL, localApi, profileName, readConfig, writeConfig } from '../store/config.ts';
import { table } from '../text.ts';

export async function addProfile(cli: Cli, name: string, api: string | undefined): Promise<void> {
  const address = apiAddress(
    api ??
      (await cli.ask('the address', 'Add: --api https://…', async () =>
        (await cli.host.prompts()).text({ message: 'Address of the API', placeholder: 'https://writ.example.com' }),
      )),
  );
  const config = await readConfig(cli.host);
  config.profiles[profileName(name)] = { api: address };
  await writeConfig(cli.host, config);
  cli.out.result({ name, api: address }, () => `Added ${name}: ${address}\nnext: writ profile use ${name}\n`);
}

export async function listProfiles(cli: Cli): Promise<void> {
  const config = await readConfig(cli.host);
  const inUse = await cli.profile();
  const all = { [LOCAL]: { api: localApi(cli.host.env) }, ...config.profiles };
  const items = Object.entries(all).map(([name, { api }]) => ({ name, api, inUse: name === inUse.name }));
  cli.out.result({ items }, () => {
    const rows = items.map(({ name, api, inUse: used }) => [name, api, used ? 'in use' : '']);
    return table(['PROFILE', 'API', ''], rows);
  });
}

export async function useProfile(cli: Cli, name: string): Promise<void> {
  const config = await readConfig(cli.host);
  if (name !== LOCAL && !Object.hasOwn(config.profiles, name)) {
    throw usage(`there is no profile "${name}"`, `writ profile add ${name} --api https://…`);
  }
  await writeConfig(cli.host, { ...config, current: name });
  cli.out.result({ name }, () => `Using ${name} from now on.\nnext: writ login\n`);
}
