import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openStorage } from '../../../local/oidc/storage.ts';
import { temporaryDirectory } from './fixture.ts';

const open = () => {
  const path = join(temporaryDirectory(), 'sign-ins.json');
  return { path, storage: openStorage(path) };
};

it('keeps refresh tokens and grants, and nothing else, over a restart', async () => {
  const { path, storage } = open();
  for (const model of ['RefreshToken', 'Grant', 'Session', 'AuthorizationCode']) {
    await storage.adapterFor('admin')(model).upsert('id', { jti: model, iat: 1, exp: 100 });
  }
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const again = openStorage(path).adapterFor('admin');
  expect(await again('RefreshToken').find('id')).toMatchObject({ jti: 'RefreshToken' });
  expect(await again('Grant').find('id')).toMatchObject({ jti: 'Grant' });
  expect(await again('Session').find('id')).toBeUndefined();
  expect(await again('AuthorizationCode').find('id')).toBeUndefined();
});

it('keeps issuers and models apart', async () => {
  const { storage } = open();
  await storage.adapterFor('admin')('RefreshToken').upsert('id', { uid: 'u', userCode: 'c', grantId: 'g' });
  expect(await storage.adapterFor('support')('RefreshToken').find('id')).toBeUndefined();
  expect(await storage.adapterFor('admin')('Grant').find('id')).toBeUndefined();
  expect(await storage.adapterFor('support')('RefreshToken').findByUid('u')).toBeUndefined();
  expect(await storage.adapterFor('support')('RefreshToken').findByUserCode('c')).toBeUndefined();
  await storage.adapterFor('support')('RefreshToken').revokeByGrantId('g');
  expect(await storage.adapterFor('admin')('RefreshToken').find('id')).toBeDefined();
});

it('finds, consumes, destroys and revokes', async () => {
  const { storage } = open();
  const codes = storage.adapterFor('admin')('DeviceCode');
  const tokens = storage.adapterFor('admin')('RefreshToken');
  await codes.upsert('1', { userCode: 'ABCD', uid: 'u1', grantId: 'g1' });
  await tokens.upsert('2', { grantId: 'g1' });
  await tokens.upsert('3', { grantId: 'g2' });
  expect(await codes.findByUserCode('ABCD')).toMatchObject({ uid: 'u1' });
  expect(await codes.findByUid('u1')).toMatchObject({ userCode: 'ABCD' });
  await codes.consume('1');
  expect(await codes.find('1')).toMatchObject({ consumed: true });
  await tokens.revokeByGrantId('g1');
  expect(await codes.find('1')).toBeUndefined();
  expect(await tokens.find('2')).toBeUndefined();
  await tokens.destroy('3');
  expect(await tokens.find('3')).toBeUndefined();
});

it('drops what has expired', async () => {
  const { path, storage } = open();
  const tokens = storage.adapterFor('admin')('RefreshToken');
  await tokens.upsert('old', { iat: 1, exp: 100 });
  await tokens.upsert('new', { iat: 101, exp: 200 });
  expect(await openStorage(path).adapterFor('admin')('RefreshToken').find('old')).toBeUndefined();
  expect(await tokens.find('new')).toBeDefined();
});

it('that can\u2019t be understood counts as empty', async () => {
  const { path } = open();
  for (const text of ['', '{}', 'null', '[7]', '[["a"]]', '[[1,2]]']) {
    writeFileSync(path, text);
    const tokens = openStorage(path).adapterFor('admin')('RefreshToken');
    expect(await tokens.find('id')).toBeUndefined();
    await tokens.upsert('id', { iat: 1, exp: 2 });
    expect(await tokens.find('id')).toBeDefined();
  }
});
