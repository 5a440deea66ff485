/**
 * The whole system on a laptop: the CDK app's templates, deployed into the local AWS, with their functions, routes and
 * event sources. `start.ts` runs it for people, tests and benchmarks run it for themselves.
 */
import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Bootstrap } from './aws/bootstrap.ts';
import type { Faults } from './aws/faults.ts';
import { openClock as openSystemClock } from './clock.ts';
import type { SystemClock } from './clock.ts';
import { closeServer, createClosing } from './closing.ts';
import type { Closing } from './closing.ts';
import { BROKER_ACCOUNT, contextOf, issuersOf, REGION, urlsOf } from './context.ts';
import type { Urls } from './context.ts';
import { createOidcIssuer } from './oidc/issuer.ts';
import { checkHome, checkIssuers, checkPorts, HOST, logsIn, portBusy, StartError } from './preflight.ts';
import type { Ports } from './preflight.ts';
import { openCloud } from './cloud.ts';
import type { Cloud } from './cloud.ts';
import { readAssembly } from './runtime/deploy/assembly.ts';
import { deployStacks } from './runtime/deploy/deploy.ts';
import { emptyDeployment } from './runtime/deploy/deployment.ts';
import type { Deployment } from './runtime/deploy/deployment.ts';
import { createGateway, MAX_HEAD_BYTES } from './runtime/gateway/server.ts';
import { openFunctions } from './runtime/lambda/functions.ts';
import type { Functions } from './runtime/lambda/functions.ts';
import { openLog } from './runtime/lambda/log.ts';
import { startSources } from './runtime/sources/sources.ts';
import { executionStarter, startStateMachines } from './runtime/sources/state-machines.ts';
import { synthesizeApart } from './runtime/synthesis.ts';
import { channelsIn, seedSecrets } from './samples/secrets.ts';
import { seedSamples } from './samples/seed.ts';
import { SAMPLE_TABLES } from './samples/tables.ts';

export interface LocalOptions {
  /** The state directory; made where it is missing. */
  readonly home: string;
  readonly ports: Ports;
  /** How many times faster than real time the system's clock runs. @default 1 */
  readonly clockRate?: number;
  /** The directory of the policy bundle's sources. @default the sample bundle */
  readonly policies?: string;
  /** An assembly that was synthesized before, for the same ports. @default synthesizes one */
  readonly assembly?: string;
  /** Whether `POST <aws>/_writ/faults` sets faults. @default false */
  readonly faultControl?: boolean;
  /** Told of each step that has been done, with its duration in milliseconds. */
  readonly onStep?: (step: string, durationMs: number) => void;
  /** Told of what goes wrong inside while it runs; `<home>/logs/local.log` has it too. */
  readonly onProblem?: (error: unknown, where: string) => void;
}

export interface LocalSystem extends Urls {
  readonly faults: Faults;
  /** Of an account's root user: for setting up what is tested. */
  readonly rootCredentials: Bootstrap['rootCredentials'];
  /** To try what works without it. */
  readonly identityProvider: IdentityProvider;
  /** Loads the functions before they are called, so that the first callers need not wait for that. */
  warm(): Promise<void>;
  /** Ends what is under way and closes everything. What was acknowledged is on the disk before and after. */
  close(): Promise<void>;
}

interface IdentityProvider {
  stop(): Promise<void>;
  start(): Promise<void>;
}

const SAMPLE_POLICIES = fileURLToPath(new URL('../policies', import.meta.url));
/** How long requests and invocations under way may take to finish when it is closed. */
const GRACE_MS = 3_000;

/**
 * Starts everything; resolves when the API answers.
 *
 * @throws {StartError} for what the person who starts it can put right: one line
 */
export async function startLocal(options: LocalOptions): Promise<LocalSystem> {
  checkHome(options.home);
  const closing = createClosing();
  // Real time until the directory's own is known.
  const time = { now: Date.now };
  const log = openLog(logsIn(options.home), 'local', () => time.now());
  closing.add(() => log.close());
  const report = (error: unknown, where: string): void => {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    log.write({ level: 'ERROR', where, message });
    options.onProblem?.(error, where);
  };
  try {
    return await start(options, closing, report, time);
  } catch (error) {
    if (!(error instanceof StartError)) log.write({ level: 'FATAL', message: (error as Error).stack });
    await closing.close();
    throw error;
  }
}

type Report = (error: unknown, where: string) => void;

async function start(
  options: LocalOptions,
  closing: Closing,
  report: Report,
  time: { now: () => number },
): Promise<LocalSystem> {
  const { home, ports, onStep = () => undefined } = options;
  await checkPorts(ports);
  const urls = urlsOf(ports);
  async function step<T>(name: string, work: Promise<T>): Promise<T> {
    const began = performance.now();
    const result = await work;
    onStep(name, performance.now() - began);
    return result;
  }

  // First, because it locks the directory: nothing in it may be touched while another process works there.
  const cloud = await step('started the local AWS', startCloud(options, closing, report));
  const { systemClock } = cloud;
  time.now = systemClock.now;
  // Synthesis has a process of its own; meanwhile everything starts that does not need the templates.
  const abort = new AbortController();
  const parts = [
    step('synthesized the CDK app', assemble(options, urls, abort.signal)),
    startGateway(ports.api, closing),
    step('started the OIDC issuer', startIssuer(home, ports.issuer, cloud, closing, report)),
  ] as const;
  const [assembly, gateway, identityProvider] = await Promise.all(parts).catch(async (error: unknown) => {
    // What has been opened is closed by the caller, so all of it must be known by then.
    abort.abort();
    await Promise.allSettled(parts);
    throw error;
  });

  const deployment = emptyDeployment();
  await step('deployed the stacks', deployStacks(readAssembly(assembly), deployment, cloud.backends(urls.aws)));
  const { bootstrap, dynamodb, store } = cloud;
  const seeding = { tables: SAMPLE_TABLES, region: REGION, awsEndpointUrl: urls.aws, dynamodb, bootstrap, store };
  await step('filled the sample tables', seedSamples(seeding));
  const channels = channelsIn(options.policies ?? SAMPLE_POLICIES);
  const { secrets } = cloud;
  await seedSecrets({ secrets, accountId: BROKER_ACCOUNT, region: REGION, issuerUrl: urls.issuer, channels });

  const functions = openFunctions(deployment.functions.values(), {
    awsEndpointUrl: urls.aws,
    credentials: ({ roleArn, name }) =>
      bootstrap.mintServiceCredentials({
        roleArn,
        sessionName: name,
        duration: FUNCTION_SESSION_SECONDS * systemClock.rate,
      }),
    logDirectory: logsIn(home),
    clock: systemClock,
  });
  closing.add(() => functions.close());
  gateway.use(createGateway({ ...serving(deployment, functions), clock: systemClock.now, report }));
  const sources = await startSources({
    deployment,
    cloud,
    invoke: functions.invoke,
    startExecution: executionStarter(cloud),
    report,
  });
  const stateMachines = startStateMachines({ cloud, invoke: functions.invoke });
  closing.add(async () => {
    const stopped = Promise.all([sources.stop(), stateMachines.stop()]);
    await closeServer(gateway.server, GRACE_MS);
    await Promise.race([stopped, sleep(GRACE_MS, undefined, { ref: false })]);
    // Ends what is still under way, and so what the sources wait for.
    await functions.close();
    await stopped;
  });
  await step('checked the issuers', checkIssuers(issuersOf(urls.issuer)));
  await step('asked the API', checkApi(urls.api));
  return {
    ...urls,
    faults: cloud.faults,
    rootCredentials: bootstrap.rootCredentials,
    identityProvider,
    warm: () => functions.warm(),
    close: () => closing.close(),
  };
}

/** As long as Lambda's own last, in real time, as work takes real time: workers are replaced before. */
const FUNCTION_SESSION_SECONDS = 6 * 3_600;

async function assemble(options: LocalOptions, urls: Urls, signal: AbortSignal): Promise<string> {
  if (options.assembly !== undefined) return options.assembly;
  const directory = join(options.home, 'assembly');
  rmSync(directory, { recursive: true, force: true });
  const context = contextOf(urls, options.policies ?? SAMPLE_POLICIES);
  await synthesizeApart({ directory, context }, signal);
  return directory;
}

async function startCloud(
  { home, ports, clockRate = 1, faultControl = false }: LocalOptions,
  closing: Closing,
  report: Report,
): Promise<Cloud> {
  const accounts = [...new Set([BROKER_ACCOUNT, ...SAMPLE_TABLES.map((table) => table.accountId)])];
  const openClock = (): SystemClock => openSystemClock(home, clockRate);
  const cloud = await openCloud({ directory: join(home, 'aws'), accounts, openClock, faultControl, report });
  closing.add(() => cloud.close());
  await listen(cloud.server, 'aws', ports.aws);
  closing.add(() => closeServer(cloud.server, GRACE_MS));
  return cloud;
}

async function startIssuer(
  home: string,
  port: number,
  { outbox, systemClock }: Cloud,
  closing: Closing,
  report: Report,
): Promise<IdentityProvider> {
  const options = {
    port,
    directory: join(home, 'oidc'),
    outbox,
    clock: systemClock.now,
    clockRate: systemClock.rate,
    onError: (error: unknown) => {
      report(error, 'the OIDC issuer');
    },
  };
  let issuer: ReturnType<typeof createOidcIssuer> | undefined;
  const provider = {
    async stop() {
      await issuer?.close();
      issuer = undefined;
    },
    async start() {
      issuer = createOidcIssuer(options);
      await issuer.listen();
    },
  };
  await provider.start();
  closing.add(() => provider.stop());
  return provider;
}

/** Takes the port at once, and answers that it is starting until it is told how to answer. */
async function startGateway(
  port: number,
  closing: Closing,
): Promise<{ server: Server; use(listener: RequestListener): void }> {
  let answer: RequestListener = (_request, response) => {
    response.writeHead(503, { 'retry-after': '1', 'content-type': 'text/plain' }).end('starting\n');
  };
  const server = createServer({ maxHeaderSize: MAX_HEAD_BYTES }, (request, response) => {
    answer(request, response);
  });
  await listen(server, 'api', port);
  closing.add(() => closeServer(server, GRACE_MS));
  return {
    server,
    use: (listener) => {
      answer = listener;
    },
  };
}

function listen(server: Server, name: keyof Ports, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? portBusy(name, port) : error);
    });
    server.listen(port, HOST, resolve);
  });
}

function serving({ apis, permissions }: Deployment, { invoke }: Functions) {
  const [api, ...others] = apis.values();
  if (!api || others.length > 0) throw new StartError('the templates must hold exactly one REST API');
  return { api, permissions, invoke };
}

async function checkApi(url: string): Promise<void> {
  const response = await fetch(`${url}/v1/health`);
  const body = await response.text();
  if (!response.ok)
    throw new StartError(`the API does not work: GET ${url}/v1/health answers ${response.status} ${body}`);
}
