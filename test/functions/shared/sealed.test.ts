import { beforeEach, describe, expect, it } from 'vitest';
import { createSigner } from '../../adapters/sealed/signer.ts';
import type { Forged } from '../sealedSystem.ts';
import { createSealedSystem, idOf, SECOND } from '../sealedSystem.ts';

let system: ReturnType<typeof createSealedSystem>;
const heidi = createSigner({ fido: true });

beforeEach(async () => {
  system = createSealedSystem();
  expect((await system.register('heidi', heidi)).status).toBe(201);
});

describe('a sealed request', () => {
  it('speaks for the owner of its key, without a token', async () => {
    const { status, body } = await system.bySeal('getMe', heidi);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: idOf('heidi'),
      person: 'heidi',
      groups: ['team-leads', 'break-glass'],
      authentication: { mfa: false, methods: ['pop'] },
    });
  });

  it('counts as two factors only when the authenticator verified its user', async () => {
    const { body } = await system.bySeal('getMe', heidi, {}, { flags: 0x05 });
    expect(body['authentication']).toMatchObject({ mfa: true, methods: ['pop', 'mfa'] });
  });

  it('is taken once', async () => {
    const nonce = 'n'.repeat(22);
    expect((await system.bySeal('getMe', heidi, {}, { nonce })).status).toBe(200);
    const again = await system.bySeal('getMe', heidi, {}, { nonce });
    expect(again).toMatchObject({ status: 401, code: 'unauthenticated' });
    expect(again.detail).toBe('the signature has been used before (token_expired)');
  });

  it('spends no nonce when its signature is wrong', async () => {
    const nonce = 'n'.repeat(22);
    await system.bySeal('getMe', createSigner({ fido: true }), {}, { nonce });
    expect((await system.bySeal('getMe', heidi, {}, { nonce })).status).toBe(200);
  });

  it.each([-120, 120])('may be %d s away from the server’s clock', async (seconds) => {
    const at = system.now() + seconds * SECOND;
    expect((await system.bySeal('getMe', heidi, {}, { at })).status).toBe(200);
  });

  it.each([-121, 121])('may not be %d s away from it', async (seconds) => {
    const { status, detail } = await system.bySeal('getMe', heidi, {}, { at: system.now() + seconds * SECOND });
    expect(status).toBe(401);
    expect(detail).toBe('the signature’s time is too far from the server’s (token_expired)');
  });

  it('of a clock that is ahead can’t be used again while it is in time', async () => {
    const [at, nonce] = [system.now() + 120 * SECOND, 'n'.repeat(22)];
    expect((await system.bySeal('getMe', heidi, {}, { at, nonce })).status).toBe(200);
    system.pass(239 * SECOND);
    expect((await system.bySeal('getMe', heidi, {}, { at, nonce })).detail).toContain('has been used before');
  });

  it('has its query signed, in whatever order it arrives', async () => {
    const query = { view: 'mine', limit: '5' };
    const sorted = { signedPath: '/v1/grants?limit=5&view=mine' };
    expect((await system.bySeal('listGrants', heidi, { query }, sorted)).status).toBe(200);
    for (const signedPath of ['/v1/grants', '/v1/grants?limit=5', '/v1/grants?limit=5&view=active']) {
      expect((await system.bySeal('listGrants', heidi, { query }, { signedPath })).status).toBe(401);
    }
  });

  const forged: readonly [string, Forged][] = [
    ['to another deployment', { audience: 'https://writ.other.example' }],
    ['by another method', { signedMethod: 'GET' }],
    ['for another path', { signedPath: '/v1/breakglass/drill' }],
    ['with another body', { signedBody: '{}' }],
    ['with another idempotency key', { signedIdempotencyKey: 'other' }],
    ['without a touch', { flags: 0x04 }],
  ];
  it.each(forged)('is refused when it was signed %s', async (_, how) => {
    const json = { entitlement: 'break-glass', durationSeconds: 600, purpose: 'p', justification: 'j' };
    const answer = await system.bySeal('createGrant', heidi, { json, idempotencyKey: 'k-1' }, how);
    expect(answer).toMatchObject({ status: 401, code: 'unauthenticated' });
    expect(answer.detail).toBe(
      'no registered key of a person in the directory signed this request (signature_invalid)',
    );
  });

  it.each([
    ['is no JSON', () => 'Writ-Sealed bm8'],
    ['has a part too many', (header: string) => `${header} x`],
    ['is too long', () => `Writ-Sealed ${'A'.repeat(2_049)}`],
    ['names a member twice', () => `Writ-Sealed ${Buffer.from('{"key":"a","key":"b"}').toString('base64url')}`],
    ['is of another scheme', (header: string) => header.replace('Writ-Sealed', 'Bearer')],
  ])('is refused when the header %s', async (_, header) => {
    expect(await system.bySeal('getMe', heidi, {}, { header })).toMatchObject({ status: 401 });
  });

  it('is refused of an application that is not OpenSSH’s', async () => {
    const header = (given: string) => {
      const credential = JSON.parse(Buffer.from(given.split(' ')[1] ?? '', 'base64url').toString()) as {
        fido: { application: string };
      };
      credential.fido.application = 'writ.example';
      return `Writ-Sealed ${Buffer.from(JSON.stringify(credential)).toString('base64url')}`;
    };
    const { status, detail } = await system.bySeal('getMe', heidi, {}, { header });
    expect([status, detail]).toEqual([401, 'what follows `Writ-Sealed` is not a sealed signature (token_malformed)']);
  });

  it('is refused of a key that was not registered, or was removed', async () => {
    expect((await system.bySeal('getMe', createSigner())).status).toBe(401);
    expect((await system.byToken('removeKey', 'heidi', { id: heidi.id })).status).toBe(200);
    expect((await system.bySeal('getMe', heidi)).status).toBe(401);
  });

  it('is refused of a person who left the directory', async () => {
    system.leave('heidi');
    expect((await system.bySeal('getMe', heidi)).status).toBe(401);
  });

  it('is refused of a person who left the project that the key was registered in', async () => {
    const person = { id: idOf('heidi'), person: 'heidi', name: 'Heidi', groups: ['break-glass'] };
    system.leave('heidi');
    system.join({ ...person, projects: ['other'] });
    expect((await system.bySeal('getMe', heidi)).status).toBe(401);
    system.leave('heidi');
    system.join({ ...person, projects: ['other', 'shop'] });
    expect((await system.bySeal('getMe', heidi)).status).toBe(200);
  });

  it('is refused when its account is somebody else’s by now', async () => {
    system.leave('heidi');
    system.join({
      id: idOf('heidi'),
      person: 'heidi-the-second',
      name: 'Heidi',
      groups: ['break-glass'],
      projects: ['shop'],
    });
    expect((await system.bySeal('getMe', heidi)).status).toBe(401);
  });

  it('is refused when a FIDO key signs as another does, and the other way round', async () => {
    const plain = createSigner();
    await system.register('grace', plain);
    expect((await system.bySeal('getMe', { ...heidi, credential: createSigner().credential })).status).toBe(401);
    const asFido = { ...plain, credential: createSigner({ fido: true }).credential };
    expect((await system.bySeal('getMe', asFido)).status).toBe(401);
    expect((await system.bySeal('getMe', plain)).status).toBe(200);
  });

  it('is no sign-in for what break-glass does not need', async () => {
    for (const route of ['listKeys', 'listConsents'] as const) {
      expect(await system.bySeal(route, heidi)).toMatchObject({ status: 401 });
    }
    const id = 'grt_01J9ZK3N8Q4T6V8X0Z2B4D6F8H';
    const json = { verdict: 'justified', comment: 'c' };
    expect(await system.bySeal('reviewGrant', heidi, { id, json })).toMatchObject({ status: 401 });
  });
});

describe('a sealed request that is refused', () => {
  const refused = async () => {
    const { items } = await system.store.ofDay('2026-11-21', { limit: 100 });
    return items
      .filter(({ type }) => type !== 'breakglass.key_registered')
      .map(({ type, facts, stream, actor }) => ({ type, facts, stream, domain: actor.domain }));
  };
  const rubbish = { header: () => `Writ-Sealed ${Buffer.from('{}').toString('base64url')}` };
  const forged = { signedMethod: 'DELETE' };

  it('is on record with its key, and names no person, for nobody has proved who they are', async () => {
    expect((await system.bySeal('getMe', heidi, {}, forged)).status).toBe(401);
    expect(await refused()).toEqual([
      { type: 'breakglass.refused', facts: { reason: 'forged', key: heidi.id }, stream: 'audit', domain: 'workload' },
    ]);
  });

  it('is on record once a minute, reason and key, however many there are', async () => {
    const nonce = 'n'.repeat(22);
    const grace = createSigner();
    expect((await system.register('grace', grace)).status).toBe(201);
    await system.bySeal('getMe', heidi, {}, { nonce });
    for (let i = 0; i < 3; i++) {
      expect((await system.bySeal('getMe', heidi, {}, forged)).status).toBe(401);
      expect((await system.bySeal('getMe', heidi, {}, { nonce })).status).toBe(401);
      expect((await system.bySeal('getMe', grace, {}, forged)).status).toBe(401);
    }
    const once = await refused();
    expect(once.map(({ facts }) => [facts['reason'], facts['key']]).sort()).toEqual(
      [
        ['forged', heidi.id],
        ['replayed', heidi.id],
        ['forged', grace.id],
      ].sort(),
    );
    system.pass(60 * SECOND);
    await system.bySeal('getMe', heidi, {}, forged);
    expect(await refused()).toHaveLength(4);
  });

  it.each<[string, Forged, boolean]>([
    ['malformed', rubbish, true],
    ['late', { at: Date.parse('2026-11-21T08:00:00Z') }, true],
    ['unknown_key', {}, false],
  ])('is kept apart from what tells security when it is %s: anybody can send that', async (reason, how, registered) => {
    for (let i = 0; i < 3; i++) await system.bySeal('getMe', registered ? heidi : createSigner(), {}, how);
    expect(await refused()).toMatchObject([{ type: 'breakglass.unsigned', facts: { reason } }]);
  });

  it('is on record when the owner of its key left', async () => {
    system.leave('heidi');
    await system.bySeal('getMe', heidi);
    expect((await refused()).map(({ facts }) => facts['reason'])).toEqual(['unlisted']);
  });

  it('is not answered as if it were on record, where that failed', async () => {
    system.store.appendOnce = async () => Promise.reject(new Error('down'));
    expect(await system.bySeal('getMe', heidi, {}, forged)).toMatchObject({ status: 500, code: 'internal_error' });
  });
});
