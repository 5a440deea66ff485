import { Agent, request } from 'node:http';
import type { FormRequest } from './requests.ts';

const agent = new Agent({ keepAlive: true });

export interface FormAnswer {
  readonly status: number;
  readonly nonce: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
}

export function send(port: number, { path, headers, body }: FormRequest): Promise<FormAnswer> {
  const options = {
    port,
    path,
    agent,
    host: '127.0.0.1',
    method: 'POST',
    headers: { ...headers, 'content-length': Buffer.byteLength(body) },
  };
  return new Promise((resolve, reject) => {
    const call = request(options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('error', reject).on('end', () => {
        const nonce = response.headers['dpop-nonce'];
        resolve({
          status: response.statusCode ?? 0,
          nonce: typeof nonce === 'string' ? nonce : undefined,
          body: JSON.parse(text) as Record<string, unknown>,
        });
      });
    });
    call.on('error', reject).end(body);
  });
}

/** Sends all, `atOnce` at a time. @returns the seconds that it took. @throws Error for any answer that is no success */
export async function sendAll(port: number, requests: readonly FormRequest[], atOnce: number): Promise<number> {
  const waiting = requests.values();
  const started = performance.now();
  const lane = async (): Promise<void> => {
    for (const each of waiting) {
      const { status, body } = await send(port, each);
      if (status !== 200 || body['active'] === false) throw new Error(`${each.path} answers ${status}: ${said(body)}`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return (performance.now() - started) / 1000;
}

/** An error's words; never a token. */
const said = ({ error, error_description, active }: FormAnswer['body']): string =>
  JSON.stringify({ error, error_description, active });
