/**
 * The support service, as a process:
 *
 *     WRIT_ISSUER=http://127.0.0.1:4600 WRIT_CLIENT_KEY=key.json PUBLIC_URL=http://127.0.0.1:4700 \
 *       npx tsx examples/resource-server/main.ts
 */
import { listen } from './listen.ts';
import { supportService } from './service.ts';
import { assemble, settingsFrom } from './settings.ts';

const log = (line: string): void => void process.stderr.write(`${line}\n`);

try {
  const service = supportService(assemble(settingsFrom(process.env, log)));
  const port = Number(process.env['PORT'] ?? 4700);
  await listen((request) => service.fetch(request), port);
  log(`support service at http://127.0.0.1:${port}`);
} catch (error) {
  log(error instanceof Error ? error.message : 'failed');
  process.exitCode = 1;
}
