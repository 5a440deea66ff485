import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { CEDAR_WASM_FILE } from '../adapters/cedar/wasm.ts';
import { STACK_NAMES } from '../infra/names.ts';
import { readAssembly } from '../local/runtime/deploy/assembly.ts';
import { synthesizeApart } from '../local/runtime/synthesis.ts';
import { median } from './numbers.ts';
import { against, rounded, table } from './report.ts';

const RUNS = 21;
const GOAL = { kilobytes: 500, milliseconds: 80, millisecondsWithCedar: 120 } as const;

interface Built {
  readonly name: string;
  readonly file: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly cedar: boolean;
}

/**
 * Size of each function's code, and how long a fresh process takes to import it: what a cold start adds to Lambda's own
 * part. The functions are the synthesized app's, each with the environment that its template gives it.
 */
export async function coldStart(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'writ-bench-'));
  try {
    await synthesizeApart({ directory, context: {} });
    const empty = join(directory, 'empty.mjs');
    writeFileSync(empty, '');
    const functions = builtIn(directory);
    const floor: Built = { name: '(an empty module)', file: empty, environment: {}, cedar: false };
    const times = await measure([...functions, floor]);
    const rows = [...functions, floor].map(({ name, file, cedar }) => {
      const kilobytes = statSync(file).size / 1000;
      const measured = times.get(name) ?? [];
      const goal = cedar ? GOAL.millisecondsWithCedar : GOAL.milliseconds;
      const verdict = file === empty ? ['', ''] : [against(kilobytes, GOAL.kilobytes), against(median(measured), goal)];
      return [
        `${name}${cedar ? ' (Cedar)' : ''}`,
        rounded(kilobytes),
        verdict[0] ?? '',
        rounded(median(measured)),
        rounded(Math.min(...measured)),
        file === empty ? '' : `≤ ${goal}`,
        verdict[1] ?? '',
      ];
    });
    return [
      table(['function', 'code KB', `≤ ${GOAL.kilobytes}`, 'import ms', 'fastest', 'goal', ''], rows),
      `Medians of ${RUNS} fresh processes each, taken in turns. Code without Cedar's WebAssembly.`,
    ].join('\n');
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function builtIn(directory: string): Built[] {
  const broker = readAssembly(directory).find(({ name }) => name === STACK_NAMES.broker);
  if (!broker) throw new Error('the app has no broker stack');
  return Object.values(broker.template.Resources)
    .filter(({ Type }) => Type === 'AWS::Lambda::Function')
    .map(({ Properties }) => {
      const { FunctionName, Code, Environment } = Properties as {
        FunctionName: string;
        Code: { S3Key: string };
        /** Absent for a function that needs none. */
        Environment?: { Variables: Record<string, unknown> };
      };
      const asset = broker.assets.get(Code.S3Key);
      if (asset === undefined) throw new Error(`${FunctionName} has no code`);
      return {
        name: FunctionName,
        file: join(asset, 'index.mjs'),
        environment: { ...textsOf(Environment?.Variables ?? {}), AWS_LAMBDA_FUNCTION_NAME: FunctionName },
        cedar: existsSync(join(asset, CEDAR_WASM_FILE)),
      };
    });
}

/** What CloudFormation would fill in (an URL of the API, of a queue) is never called here: any URL will do. */
const textsOf = (variables: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, typeof value === 'string' ? value : 'https://a.example']),
  );

async function measure(modules: readonly Built[]): Promise<ReadonlyMap<string, readonly number[]>> {
  const times = new Map<string, number[]>(modules.map(({ name }) => [name, []]));
  for (let run = 0; run < RUNS; run++) {
    for (const built of modules) times.get(built.name)?.push(await importOnce(built));
  }
  return times;
}

/** Milliseconds, as the new process itself measures them. */
async function importOnce({ file, environment }: Built): Promise<number> {
  const script = `
    const started = performance.now();
    await import(${JSON.stringify(pathToFileURL(file).href)});
    process.stdout.write(String(performance.now() - started), () => process.exit());`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: tmpdir(),
    env: {
      ...environment,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'none',
      AWS_SECRET_ACCESS_KEY: 'none',
    },
  });
  return Number(stdout);
}
