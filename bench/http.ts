/** POST over kept connections, with as little work of its own as can be: what calls from the same machine is measured too. */
import { Agent, request } from 'node:http';

const agent = new Agent({ keepAlive: true });

/** @returns the JSON of the answer. @throws Error for any answer but the expected */
export function post(url: string, token: string, body: object, expected: number): Promise<unknown> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const call = request(url, { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('error', reject).on('end', () => {
        if (response.statusCode === expected) resolve(JSON.parse(text));
        else reject(new Error(`POST ${url} answers ${String(response.statusCode)}: ${text}`));
      });
    });
    call.on('error', reject).end(JSON.stringify(body));
  });
}
