import { copyFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { readSession, removeSession, sessionFile, writeSession } from '../../../cli/src/store/session.ts';
import { fakeHost } from '../fake-host.ts';

const HERE = { name: 'here', api: 'https://writ.example.com' };
const THERE = { name: 'here', api: 'https://writ.example.org' };
const SESSION = {
  api: HERE.api,
  domain: 'admin',
  issuer: 'https://issuer.example.com',
  accessToken: 'token',
  expiresAt: 1,
  again: 'writ login',
};

describe('sessions', () => {
  it('are kept per profile and address', async () => {
    const { host } = fakeHost();
    await writeSession(host, HERE, SESSION);
    expect(await readSession(host, HERE)).toEqual(SESSION);
    expect(await readSession(host, THERE)).toBeUndefined();
    expect(await readSession(host, { ...HERE, name: 'other' })).toBeUndefined();
    await removeSession(host, HERE);
    expect(await readSession(host, HERE)).toBeUndefined();
  });

  it('do not count for another address, not even in its file', async () => {
    const { host } = fakeHost();
    await writeSession(host, HERE, SESSION);
    await copyFile(sessionFile(host, HERE), sessionFile(host, THERE));
    expect(await readSession(host, THERE)).toBeUndefined();
  });
});
