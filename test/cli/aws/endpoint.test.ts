import { describe, expect, it, onTestFinished } from 'vitest';
import { serveCredentials } from '../../../cli/src/aws/endpoint.ts';
import { CliFailure } from '../../../cli/src/failure.ts';
import { rawRequest as ask } from '../raw-request.ts';

const CREDENTIALS = {
  Version: 1 as const,
  AccessKeyId: 'ASIA',
  SecretAccessKey: 'secret',
  SessionToken: 'session',
  Expiration: '2026-11-21T09:00:00Z',
};

async function serve(credentials = async () => CREDENTIALS) {
  const endpoint = await serveCredentials('the-token', credentials);
  onTestFinished(endpoint.close);
  return endpoint;
}

describe('the credentials endpoint', () => {
  it('answers as container endpoints do, to the bearer of the token', async () => {
    const { url, token } = await serve();
    const { status, body } = await ask(url, { authorization: token });
    expect(status).toBe(200);
    expect(JSON.parse(body)).toEqual({
      AccessKeyId: 'ASIA',
      SecretAccessKey: 'secret',
      Token: 'session',
      Expiration: '2026-11-21T09:00:00Z',
    });
  });

  it.each([
    ['no token', {}, 401],
    ['another token', { authorization: 'the-tokem' }, 401],
    ['a longer token', { authorization: 'the-token-' }, 401],
    ['another method', { authorization: 'the-token', method: 'POST' }, 404],
    ['another host, as a rebound web page would send', { authorization: 'the-token', host: 'evil.example.com' }, 404],
  ])('gives nothing to %s', async (_, headers, expected) => {
    const { url } = await serve();
    const { status, body } = await ask(url, headers);
    expect(status).toBe(expected);
    expect(body).not.toContain('secret');
  });

  it('gives nothing elsewhere', async () => {
    const { url } = await serve();
    expect((await ask(`${url}/more`, { authorization: 'the-token' })).status).toBe(404);
  });

  it.each([
    [7, 503],
    [6, 403],
  ])('says whether trying again helps: exit %i is %i', async (exit, expected) => {
    const { url } = await serve(() => Promise.reject(new CliFailure(exit, 'some_code', 'some detail')));
    const { status, body } = await ask(url, { authorization: 'the-token' });
    expect({ status, body: JSON.parse(body) as unknown }).toEqual({
      status: expected,
      body: { code: 'some_code', message: 'some detail' },
    });
  });
});
