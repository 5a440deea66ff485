import type { ConfigurationView } from '../../../contract/schemas.ts';
import type { Cli } from '../cli.ts';
import { formatDuration } from '../duration.ts';
import { failureOf } from '../failure.ts';
import { EXIT } from '../exit.ts';
import { configPath, readConfig } from '../store/config.ts';
import { readSession } from '../store/session.ts';
import { printable, table } from '../text.ts';

interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  readonly remediation?: string;
}

const TIMEOUT_MS = 5_000;
const SKEW_WARN_MS = 5_000;
/** Beyond it AWS refuses signatures and tokens look expired or not valid yet. */
const SKEW_FAIL_MS = 240_000;

/** Looks at everything that must be right for a loan to work. @returns the exit code */
export async function doctor(cli: Cli): Promise<number> {
  const findings: Finding[] = [await configFile(cli), await storage(cli)];
  const reached = await api(cli);
  findings.push(...reached.findings);
  if (reached.configuration) {
    findings.push(
      ...(await issuers(cli, reached.configuration)),
      await authorizationServer(cli, reached.configuration),
    );
  }
  findings.push(await signIn(cli, reached.configuration !== undefined));
  if (reached.configuration) findings.push(...(await awsEndpoint(cli, reached.configuration)));
  findings.push(await awsCommand(cli));

  const failed = findings.some(({ state }) => state === 'fail');
  cli.out.result({ ok: !failed, checks: findings }, () => report(cli, findings));
  return failed ? EXIT.failure : EXIT.ok;
}

function report(cli: Cli, findings: readonly Finding[]): string {
  const { green, yellow, red } = cli.out.paint;
  const paint = { ok: green, warn: yellow, fail: red };
  const rows = findings.map(({ state, check, detail }) => [{ text: state, paint: paint[state] }, check, detail]);
  const todo = findings.flatMap(({ check, remediation }) =>
    remediation === undefined ? [] : [`what to do (${check}): ${printable(remediation)}\n`],
  );
  return table(['', 'CHECK', 'FOUND'], rows) + todo.join('');
}

async function attempt(check: string, look: () => Promise<Omit<Finding, 'check'>>): Promise<Finding> {
  try {
    return { check, ...(await look()) };
  } catch (error) {
    const { detail, remediation } = failureOf(error);
    return { check, state: 'fail', detail, ...(remediation !== undefined && { remediation }) };
  }
}

const configFile = (cli: Cli): Promise<Finding> =>
  attempt('configuration', async () => {
    const { profiles } = await readConfig(cli.host);
    const { name, api: address } = await cli.profile();
    const count = Object.keys(profiles).length;
    return { state: 'ok', detail: `${configPath(cli.host)}, ${count} profiles; using ${name}: ${address}` };
  });

const storage = (cli: Cli): Promise<Finding> =>
  attempt('token storage', async () => {
    const key = await cli.host.keychain.key(true);
    return { state: 'ok', detail: key ? "sealed by the system's keychain" : 'private files (0600): no keychain here' };
  });

async function api(cli: Cli): Promise<{ findings: Finding[]; configuration?: ConfigurationView }> {
  let date: string | null = null;
  const findings = [
    await attempt('API', async () => {
      const { api: address } = await cli.profile();
      const before = cli.host.now();
      await (await cli.client()).call('getHealth', {});
      const took = cli.host.now() - before;
      date = (await probe(cli, `${address}/v1/health`)).headers.get('date');
      return { state: 'ok', detail: `${address} answers in ${took} ms` };
    }),
  ];
  if (findings[0]?.state === 'fail') return { findings };
  findings.push(clock(cli, date));
  try {
    return { findings, configuration: await cli.configuration() };
  } catch (error) {
    const { detail, remediation } = failureOf(error);
    findings.push({
      check: 'API configuration',
      state: 'fail',
      detail,
      ...(remediation !== undefined && { remediation }),
    });
    return { findings };
  }
}

function clock(cli: Cli, date: string | null): Finding {
  if (date === null) return { check: 'clock', state: 'warn', detail: 'the API did not say what time it is' };
  // `Date` counts whole seconds: half a second is the best guess.
  const skew = cli.host.now() - (Date.parse(date) + 500);
  const seconds = Math.round(Math.abs(skew) / 1_000);
  const state = Math.abs(skew) > SKEW_FAIL_MS ? 'fail' : Math.abs(skew) > SKEW_WARN_MS ? 'warn' : 'ok';
  if (state === 'ok') return { check: 'clock', state, detail: `within ${SKEW_WARN_MS / 1_000} s of the API's` };
  const detail = `${seconds} s ${skew > 0 ? 'ahead of' : 'behind'} the API's`;
  return {
    check: 'clock',
    state,
    detail,
    remediation: 'Set this machine’s clock (NTP): tokens and signatures depend on it.',
  };
}

const issuers = (cli: Cli, { issuers: known }: ConfigurationView): Promise<Finding[]> =>
  Promise.all(
    known.map(({ domain, issuer, clientId }) =>
      attempt(`issuer (${domain})`, async () => {
        const response = await probe(cli, `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
        const named = (await response.json().catch(() => undefined)) as { issuer?: unknown } | undefined;
        if (!response.ok || named?.issuer !== issuer) {
          const detail = `${issuer} answered ${response.status}, and not as that issuer`;
          return { state: 'fail', detail, remediation: 'You can’t sign in there until it is repaired.' };
        }
        if (clientId !== undefined) return { state: 'ok', detail: issuer };
        return { state: 'warn', detail: `${issuer}: no client for the command line, so no writ login there` };
      }),
    ),
  );

/** Where delegation tokens come from: it must be who it says, and have the keys that tokens are verified by. */
const authorizationServer = (cli: Cli, { publicUrl }: ConfigurationView): Promise<Finding> =>
  attempt('authorization server', async () => {
    const client = await cli.client();
    const {
      issuer,
      token_endpoint: endpoint,
      jwks_uri: keysUri,
    } = (await client.call('getAuthorizationServer', {})).body;
    const stray = [endpoint, keysUri].find((url) => !url.startsWith(`${publicUrl}/`));
    if (issuer !== publicUrl || stray !== undefined) {
      const detail = `it calls itself ${issuer}${stray === undefined ? '' : ` and leads to ${stray}`}, and the API ${publicUrl}`;
      return { state: 'fail', detail, remediation: 'Nobody can verify its tokens until its public URL is corrected.' };
    }
    const { keys } = (await client.call('getJwks', {})).body;
    if (keys.length > 0) return { state: 'ok', detail: `${issuer}, ${keys.length} keys published` };
    return { state: 'fail', detail: `${issuer} publishes no keys`, remediation: 'Nobody can verify its tokens.' };
  });

const signIn = (cli: Cli, reachable: boolean): Promise<Finding> =>
  attempt('sign-in', async () => {
    const session = await readSession(cli.host, await cli.profile());
    if (!session) return { state: 'warn', detail: 'you are not signed in', remediation: 'writ login' };
    if (!reachable) return { state: 'warn', detail: 'kept, but the API is not there to check it' };
    const me = await (await cli.client()).me();
    const renewed = await readSession(cli.host, await cli.profile());
    const left = ((renewed ?? session).expiresAt - cli.host.now()) / 1_000;
    return { state: 'ok', detail: `${me.subject} (${me.domain}), ${formatDuration(left)} left` };
  });

async function awsEndpoint(cli: Cli, { awsEndpointUrl }: ConfigurationView): Promise<Finding[]> {
  if (awsEndpointUrl === undefined) return [{ check: 'AWS endpoint', state: 'ok', detail: "AWS's own" }];
  const finding = await attempt('AWS endpoint', async () => {
    const { status } = await probe(cli, awsEndpointUrl);
    // Any refusal will do: an unsigned call must be refused.
    return { state: status < 500 ? 'ok' : 'fail', detail: `${awsEndpointUrl} answers (${status} to an unsigned call)` };
  });
  return [finding];
}

const awsCommand = (cli: Cli): Promise<Finding> =>
  attempt('AWS CLI', async () => {
    const version = (await cli.host.capture(['aws', '--version']))?.split(' ')[0];
    if (version !== undefined) return { state: 'ok', detail: version };
    return { state: 'warn', detail: 'not found', remediation: 'SDKs work without it. To install: aws.amazon.com/cli' };
  });

const probe = ({ host: { fetch } }: Cli, url: string): Promise<Response> =>
  fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) });
