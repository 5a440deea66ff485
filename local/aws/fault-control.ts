/**
 * `POST /_writ/faults` sets the plan of faults, for tests of whole systems. Only where the runtime asks for it.
 *
 * It has no credentials of its own, so it takes nothing that a web page could send: the body must be JSON by its
 * content type, which a page of another origin can't send unasked, and an `Origin` is refused.
 */
import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import type { Faults } from './faults.ts';
import type { Page } from './server.ts';

export function createFaultControl(faults: Faults): Page {
  return (request, body, response) => {
    if (request.url !== '/_writ/faults') return false;
    if (request.method !== 'POST') answer(response, 405, 'Use POST');
    else if (request.headers.origin !== undefined) answer(response, 403, 'Not for web pages');
    else if (request.headers['content-type'] !== 'application/json') answer(response, 415, 'Send application/json');
    else setPlan(faults, body.toString(), response);
    return true;
  };
}

function setPlan(faults: Faults, json: string, response: ServerResponse): void {
  try {
    faults.set(JSON.parse(json));
    answer(response, 200, 'ok');
  } catch (error) {
    if (error instanceof z.ZodError) answer(response, 400, z.prettifyError(error));
    else if (error instanceof SyntaxError) answer(response, 400, 'The body is not JSON');
    else throw error;
  }
}

function answer(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${message}\n`);
}
