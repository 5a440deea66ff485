import type { LookupAddress } from 'node:dns';
import { lookup as dnsLookup } from 'node:dns';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { isIP } from 'node:net';
import { isPrivateAddress } from './privateAddress.ts';

export interface HttpCall {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** At most 256 kB. */
  readonly body?: string;
  readonly timeoutMs: number;
}

export interface HttpAnswer {
  readonly status: number;
  /** At most 64 kB of text. */
  readonly body: string;
}

/** Rejects with an `HttpCallError` for whatever is no answer in time. A redirect is an answer: nothing is followed. */
export type CallHttp = (call: HttpCall) => Promise<HttpAnswer>;

/** No answer. The message names no URL and no body: webhook URLs are secrets. */
export class HttpCallError extends Error {
  readonly reason: 'bad_url' | 'private_address' | 'too_large' | 'timeout' | 'unreachable';

  constructor(reason: HttpCallError['reason']) {
    super(`the call failed: ${reason}`);
    this.name = 'HttpCallError';
    this.reason = reason;
  }
}

const MAX_SENT = 256 * 1024;
const MAX_RECEIVED = 64 * 1024;

export interface HttpCallOptions {
  /** Plain http, and addresses that are not of the public internet. For laptops, and receivers in one's own network. */
  readonly allowPrivate: boolean;
}

/**
 * Calls URLs that come from a secret. An administrator sets those, but whoever can must not thereby reach what Writ can
 * reach, such as a metadata endpoint. So each address is checked where the connection is made, after name resolution
 * and without a second one; there are no redirects, no proxies, and no credentials in URLs.
 */
export function createHttpCall({ allowPrivate }: HttpCallOptions): CallHttp {
  return ({ method, url, headers, body = '', timeoutMs }) =>
    new Promise((resolve, reject) => {
      const fail = (reason: HttpCallError['reason']): void => {
        reject(new HttpCallError(reason));
      };
      const target = URL.canParse(url) ? new URL(url) : undefined;
      if (!target || target.username !== '' || target.password !== '') {
        fail('bad_url');
        return;
      }
      const isPlain = target.protocol === 'http:';
      if (!isPlain && target.protocol !== 'https:') {
        fail('bad_url');
        return;
      }
      const host = target.hostname.replace(/^\[|\]$/g, '');
      if (!allowPrivate && (isPlain || (isIP(host) !== 0 && isPrivateAddress(host)))) {
        fail(isPlain ? 'bad_url' : 'private_address');
        return;
      }
      if (Buffer.byteLength(body) > MAX_SENT) {
        fail('too_large');
        return;
      }
      const signal = AbortSignal.timeout(timeoutMs);
      const request = (isPlain ? httpRequest : httpsRequest)(target, {
        method,
        signal,
        agent: false,
        lookup: allowPrivate ? dnsLookup : publicLookup,
        headers: {
          ...headers,
          ...(method === 'POST' && { 'content-length': String(Buffer.byteLength(body)) }),
        },
      });
      const failed = (error: unknown): void => {
        if (error instanceof HttpCallError) reject(error);
        else fail(signal.aborted ? 'timeout' : 'unreachable');
      };
      request.on('error', failed);
      request.on('response', (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          chunks.push(chunk);
          if (size > MAX_RECEIVED) response.destroy(new HttpCallError('too_large'));
        });
        response.on('error', failed);
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') });
        });
      });
      request.end(method === 'POST' ? body : undefined);
    });
}

/** Name resolution that fails for a name with any private address: the connection goes to what was checked here. */
const publicLookup: LookupFunction = (hostname, options, callback) => {
  dnsLookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    if (error) {
      callback(error, '', 0);
      return;
    }
    const [first] = addresses;
    if (!first || addresses.some(({ address }) => isPrivateAddress(address))) {
      callback(new HttpCallError('private_address'), '', 0);
      return;
    }
    if (options.all === true) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
};
