import { request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expressWrit, tokenOf } from '../../../../sdk/verify/index.ts';
import { makeBench, makeKey, makeProof, makeToken } from '../fixture.ts';

const key = makeKey();
const holder = makeKey();
const token = makeToken(key);
const bound = makeToken(key, { cnf: { jkt: holder.kid } });
const { verifier } = makeBench(key);

let server: Server;
beforeAll(async () => {
  const app = express();
  const reports = express.Router();
  // Below a prefix, where Express shortens `url`: the proof is for the whole path.
  reports.get('/reports', expressWrit(verifier, { scopes: ['reports:read'] }), (_request, response) => {
    response.send(tokenOf(response).subject);
  });
  reports.get('/open', (_request, response) => {
    response.send(tokenOf(response).subject);
  });
  reports.get(
    '/broken',
    expressWrit(verifier, () => {
      throw new TypeError('defect');
    }),
  );
  app.use('/v1', reports);
  app.use((error: Error, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
    response.status(500).send(error.message);
  });
  server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

const get = (path: string, headers: Record<string, string | string[]> = {}): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { port } = server.address() as AddressInfo;
    httpRequest({ host: '127.0.0.1', port, path, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => {
        resolve({ status: response.statusCode, headers: response.headers, text });
      });
    })
      .on('error', reject)
      .end();
  });

it('lets a good request through, with its token', async () => {
  expect(await get('/v1/reports?x=1', { authorization: `Bearer ${token}` })).toMatchObject({
    status: 200,
    text: 'admin:local-admin:alice',
  });
});

it('compares a proof with the whole path, and takes it once', async () => {
  const claims = { htu: 'https://billing.example.com/v1/reports' };
  const headers = { authorization: `DPoP ${bound}`, dpop: makeProof(holder, bound, { claims }) };
  expect((await get('/v1/reports', headers)).status).toBe(200);
  expect((await get('/v1/reports', headers)).status).toBe(401);
  const short = { ...headers, dpop: makeProof(holder, bound) };
  expect((await get('/v1/reports', short)).status).toBe(401);
});

it('answers refusals as OAuth says', async () => {
  const answer = await get('/v1/reports', { authorization: `Bearer ${makeToken(key, { scope: '' })}` });
  expect(answer.status).toBe(403);
  expect(answer.headers['www-authenticate']).toMatch(/^Bearer error="insufficient_scope"/u);
  expect(JSON.parse(answer.text)).toMatchObject({ error: 'insufficient_scope' });
});

it('sees credentials that came twice, which `headers` would hide', async () => {
  const twice = [`Bearer ${token}`, `Bearer ${token}`];
  expect((await get('/v1/reports', { authorization: twice })).status).toBe(400);
  const claims = { htu: 'https://billing.example.com/v1/reports' };
  const proofs = [makeProof(holder, bound, { claims }), makeProof(holder, bound, { claims })];
  expect((await get('/v1/reports', { authorization: `DPoP ${bound}`, dpop: proofs })).status).toBe(400);
});

it('an unprotected route has no token to give', async () => {
  expect(await get('/v1/open')).toMatchObject({
    status: 500,
    text: 'no verified token: put `expressWrit` before this handler',
  });
});

it('a defect goes to the error handler', async () => {
  expect(await get('/v1/broken', { authorization: `Bearer ${token}` })).toMatchObject({ status: 500, text: 'defect' });
});
