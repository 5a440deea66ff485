import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);

interface Manifest {
  readonly license?: string;
  readonly files: readonly string[];
  readonly exports: Readonly<Record<string, { readonly types: string; readonly default: string }>>;
  readonly dependencies: Readonly<Record<string, string>>;
  /** Of those who use the construct alone. */
  readonly peerDependencies: Readonly<Record<string, string>>;
}
const manifestOf = async (path: string): Promise<Manifest> => JSON.parse(await readFile(path, 'utf8')) as Manifest;

/** A project of somebody's that has the package as npm would unpack it, and the packages that it depends on. */
let project: string;
let unpacked: string;
let packed: string[];
let manifest: Manifest;

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'writ-package-'));
  unpacked = join(project, 'node_modules', 'writ');
  await mkdir(unpacked, { recursive: true });
  manifest = await manifestOf('sdk/package.json');
  await run(process.execPath, ['tools/build-sdk.mjs', join(unpacked, 'dist')]);
  await cp('sdk/package.json', join(unpacked, 'package.json'));
  await cp('LICENSE', join(unpacked, 'LICENSE'));
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: unpacked });
  packed = (JSON.parse(stdout) as { files: { path: string }[] }[]).flatMap(({ files }) =>
    files.map(({ path }) => path),
  );
  for (const name of Object.keys(manifest.dependencies)) {
    const target = join(project, 'node_modules', name);
    await mkdir(dirname(target), { recursive: true });
    await symlink(join(process.cwd(), 'node_modules', name), target);
  }
});
afterAll(async () => {
  await rm(project, { recursive: true, force: true });
});

const imported = async (code: string): Promise<unknown> => {
  await writeFile(join(project, 'use.mjs'), code);
  return JSON.parse((await run(process.execPath, ['use.mjs'], { cwd: project })).stdout);
};

describe('the package for services', () => {
  it('holds code, declarations and the licence, and no more', () => {
    expect(packed).toEqual(expect.arrayContaining(['LICENSE', 'package.json', 'dist/client.js', 'dist/verify.js']));
    const other = packed.filter(
      (path) => !/^(LICENSE|package\.json|dist\/([\w-]+\.js|authorizer\.mjs)|dist\/types\/.+\.d\.ts)$/.test(path),
    );
    expect(other).toEqual([]);
  });

  it('has what its manifest names', () => {
    for (const { types, default: file } of Object.values(manifest.exports)) {
      expect(packed).toContain(types.replace('./', ''));
      expect(packed).toContain(file.replace('./', ''));
    }
  });

  it('is imported by name', async () => {
    const found = await imported(`
      import * as client from 'writ/client';
      import * as verify from 'writ/verify';
      const tokens = client.createTokenClient({
        issuer: 'https://writ.example.com', clientId: 'billing', authentication: 'none',
      });
      const key = await tokens.key();
      const verifier = verify.createVerifier({
        issuer: 'https://writ.example.com', audience: 'https://billing.example.com', revocation: 'unchecked',
      });
      const refused = await verifier.verify('x').then(() => 'taken', (error) => error instanceof verify.VerifyError);
      console.log(JSON.stringify({
        client: Object.keys(client).length > 5, verify: typeof verifier, key: key.thumbprint.length, refused,
      }));
    `);
    expect(found).toEqual({ client: true, verify: 'object', key: 43, refused: true });
  });

  it('brings the code of the construct’s function, which needs the AWS SDK of the runtime alone', async () => {
    const code = await readFile(join(unpacked, 'dist', 'authorizer.mjs'), 'utf8');
    const imports = [...code.matchAll(/\bfrom\s*"([^"]+)"/g)].map(([, from = '']) => from);
    const strangers = new Set(imports.filter((from) => !from.startsWith('node:')));
    expect([...strangers].sort()).toEqual(['@aws-sdk/client-dynamodb', '@aws-sdk/client-secrets-manager']);
  });

  it('keeps what is not exported to itself', async () => {
    await expect(imported(`import 'writ/dist/client.js';`)).rejects.toThrow('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });

  it('holds nothing of the domain, the adapters or the laptop', async () => {
    const sources = new Set<string>();
    for (const name of await readdir(join(unpacked, 'dist'))) {
      if (!name.endsWith('.js')) continue;
      const text = await readFile(join(unpacked, 'dist', name), 'utf8');
      // esbuild names the file that each part is made of.
      for (const [, source = ''] of text.matchAll(/^\/\/ (\S+\.(?:ts|mjs|js))$/gm))
        sources.add(source.split('/')[0] ?? '');
    }
    expect([...sources].sort()).toEqual(['contract', 'sdk', 'tokens']);
    const declared = new Set(packed.filter((path) => path.startsWith('dist/types/')).map((path) => path.split('/')[2]));
    expect([...declared].sort()).toEqual(['contract', 'sdk', 'tokens']);
  });

  it('depends on permissive packages alone, and names all that it imports', async () => {
    const named = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
    for (const name of named) {
      const { license } = await manifestOf(join('node_modules', name, 'package.json'));
      expect(['MIT', 'Apache-2.0'], name).toContain(license);
    }
    const imports = new Set<string>();
    for (const path of packed.filter((one) => one.startsWith('dist/') && one.endsWith('.js'))) {
      const text = await readFile(join(unpacked, path), 'utf8');
      for (const [, from = ''] of text.matchAll(/^(?:import|export)\b[^;]*?\bfrom "([^"]+)";$/gm)) imports.add(from);
    }
    const strangers = [...imports].filter((from) => !from.startsWith('node:') && !from.startsWith('./'));
    const packages = new Set(strangers.map((from) => from.split('/')[0]));
    expect([...packages].sort()).toEqual(named.sort());
  });

  it('has declarations that a strict program compiles against', async () => {
    await writeFile(
      join(project, 'use.ts'),
      `import { createTokenClient, createTokenSource, TokenError } from 'writ/client';
       import { createVerifier, isVerified, type VerifiedToken } from 'writ/verify';
       const client = createTokenClient({ issuer: 'https://writ.example.com', clientId: 'a', authentication: 'none' });
       const source = createTokenSource({ client, obtain: (given) => given.clientCredentials({ grantId: 'g' }) });
       export const used: Promise<Response> = source.fetch('https://billing.example.com');
       export const code = (error: unknown): string | undefined => error instanceof TokenError ? error.code : undefined;
       export const verifier = createVerifier({ issuer: 'https://w.example.com', audience: 'x', revocation: 'unchecked' });
       export const holder = (token: VerifiedToken): boolean => isVerified(token);
       // @ts-expect-error a grant is always named
       export const wrong = client.clientCredentials({});
      `,
    );
    const options = {
      compilerOptions: {
        ...{
          module: 'nodenext',
          target: 'es2023',
          lib: ['ES2023', 'DOM'],
          strict: true,
          noEmit: true,
          skipLibCheck: true,
        },
        ...{
          types: ['node'],
          typeRoots: [join(process.cwd(), 'node_modules/@types')],
          exactOptionalPropertyTypes: true,
        },
      },
      files: ['use.ts'],
    };
    await writeFile(join(project, 'tsconfig.json'), JSON.stringify(options));
    await writeFile(join(project, 'package.json'), '{"type":"module"}');
    const tsc = join(process.cwd(), 'node_modules/typescript/bin/tsc');
    const compiled = await run(process.execPath, [tsc, '-p', '.'], { cwd: project }).catch((error: unknown) => error);
    expect((compiled as { stdout: string }).stdout).toBe('');
  }, 180_000);
});
