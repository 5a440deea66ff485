/**
 * Measures Writ: all sections, or those named (`npm run bench -- cold-start deciding`). Prints figures beside goals and
 * exits 0 whatever they are: a busy machine is no defect. Exits 1 only when something can't be measured.
 */
import { availableParallelism, cpus, loadavg } from 'node:os';

/** Each is loaded when it runs, so that what it needs does not burden another's figures. */
const SECTIONS: Readonly<Record<string, { readonly title: string; readonly run: () => Promise<string> }>> = {
  approvals: {
    title: 'Approvals: what a decision costs with many pending, and how soon it takes effect',
    run: async () => (await import('./approvals.ts')).approvals(),
  },
  'cold-start': {
    title: 'Cold start: size and import of each function, as built for Lambda',
    run: async () => (await import('./cold-start.ts')).coldStart(),
  },
  listing: {
    title: 'Listing: DynamoDB calls and read units of a page of grants',
    run: async () => (await import('./listing.ts')).listing(),
  },
  'request-to-credentials': {
    title: 'From request to credentials, by automatic approval, on the laptop',
    run: async () => (await import('./request-to-credentials.ts')).requestToCredentials(),
  },
  'start-up': {
    title: 'Start-up of the whole system on the laptop',
    run: async () => (await import('./start-up.ts')).startUp(),
  },
  deciding: {
    title: 'Deciding: Cedar over the sample bundle',
    run: async () => (await import('./deciding.ts')).deciding(),
  },
  tokens: {
    title: 'Tokens: exchange and introspection beside oidc-provider, and their calls of the AWS',
    run: async () => (await import('./tokens.ts')).tokens(),
  },
  verify: {
    title: 'Verifying an access token: writ/verify, other libraries, and the limit',
    run: async () => (await import('./verify.ts')).verifying(),
  },
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(SECTIONS, name));
if (unknown.length > 0) {
  console.error(
    `no section ${unknown.map((name) => `\`${name}\``).join(', ')}; there are: ${Object.keys(SECTIONS).join(', ')}`,
  );
  process.exit(2);
}

const load = (): string => (loadavg()[0] ?? 0).toFixed(1);
const processor = cpus()[0]?.model.trim() ?? 'unknown processor';
console.log(
  `${new Date().toISOString().slice(0, 10)} · Node ${process.version} · ${process.platform} ${process.arch} · ${processor}, ${availableParallelism()} cores`,
);
for (const [name, { title, run }] of Object.entries(SECTIONS)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  const before = load();
  const text = await run();
  console.log(`\n## ${title}\n\n${text}\nLoad average ${before} before, ${load()} after.`);
}
