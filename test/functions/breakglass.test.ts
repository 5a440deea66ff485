import { beforeEach, describe, expect, it } from 'vitest';
import { registrationText } from '../../contract/sealed.ts';
import { createSigner } from '../adapters/sealed/signer.ts';
import { createSealedSystem, idOf, SECOND } from './sealedSystem.ts';

let system: ReturnType<typeof createSealedSystem>;
const heidi = createSigner({ fido: true });
const grace = createSigner();
const ASK = {
  entitlement: 'break-glass',
  durationSeconds: 600,
  purpose: 'outage',
  justification: 'INC-7: sign-in is down',
};

beforeEach(() => {
  system = createSealedSystem();
});

const asked = (signer = heidi, json: object = ASK) => system.bySeal('createGrant', signer, { json });
const grantOf = ({ body }: { body: Record<string, unknown> }) =>
  body as { id: string; requestSha256: string; status: string };

async function granted(): Promise<string> {
  const { id, requestSha256 } = grantOf(await asked());
  const vote = { verdict: 'approve', comment: 'called heidi back', requestSha256 };
  expect((await system.bySeal('decideGrant', grace, { id, json: vote })).body).toMatchObject({ status: 'active' });
  return id;
}

const leaves = async () => {
  const page = await system.store.ofDay('2026-11-21', { limit: 100 });
  return page.items;
};

describe('a key', () => {
  it('is registered by its holder, signed in with a second factor just now', async () => {
    const { status, body } = await system.register('heidi', heidi);
    expect(status).toBe(201);
    expect(body).toMatchObject({ id: heidi.id, owner: idOf('heidi'), holder: 'fido', label: 'blue key' });
    expect((await system.byToken('listKeys', 'heidi')).body['items']).toHaveLength(1);
    expect((await system.byToken('listKeys', 'grace')).body['items']).toEqual([]);
    expect((await leaves()).map(({ type }) => type)).toEqual(['breakglass.key_registered']);
  });

  it.each([
    ['without one', undefined],
    ['with one of 15 minutes and a second ago', 901],
  ])('is not registered %s', async (_, age) => {
    system.secondFactor(age);
    expect(await system.register('heidi', heidi)).toMatchObject({ status: 403, code: 'step_up_required' });
    expect(await leaves()).toEqual([]);
  });

  it('is not registered by who is not in the directory', async () => {
    system.join({ id: idOf('mallory'), person: 'mallory', name: 'Mallory', groups: [], projects: ['shop'] });
    expect((await system.register('heidi', heidi)).status).toBe(201);
    system.leave('grace');
    expect(await system.register('grace', grace)).toMatchObject({ status: 403, code: 'forbidden' });
  });

  it('is not registered by somebody else’s token: the proof names its owner', async () => {
    expect(await system.register('grace', heidi, { owner: idOf('heidi') })).toMatchObject({
      status: 400,
      code: 'invalid_request',
      detail: '`proof` is not a fresh signature by this key of its registration by you',
    });
    expect((await system.register('heidi', heidi)).status).toBe(201);
    expect(await system.register('grace', heidi)).toMatchObject({ status: 409, code: 'version_conflict' });
  });

  it('is not registered with a proof that is old, or of another key', async () => {
    const old = await system.register('heidi', heidi, { at: system.now() - 121 * SECOND });
    expect(old).toMatchObject({ status: 400, code: 'invalid_request' });
    const other = { ...heidi, credential: createSigner({ fido: true }).credential };
    expect(await system.register('heidi', other)).toMatchObject({ status: 400, code: 'invalid_request' });
  });

  it('has one form only: its coordinates are canonical base64url', async () => {
    await system.register('heidi', heidi);
    const { x } = heidi.publicKey;
    const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.indexOf(x.at(-1) ?? '');
    const same = `${x.slice(0, -1)}${'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'[last + 1] ?? ''}`;
    expect(Buffer.from(same, 'base64url')).toEqual(Buffer.from(x, 'base64url'));
    const twin = { ...heidi, publicKey: { ...heidi.publicKey, x: same } };
    expect((await system.register('heidi', twin)).detail).toContain('must be 32 bytes in base64url');
  });

  it('is removed for good, by its owner or a security admin, and by nobody else', async () => {
    await system.register('heidi', heidi);
    const id = heidi.id;
    expect(await system.byToken('removeKey', 'bob', { id })).toMatchObject({ status: 404, code: 'not_found' });
    const { body } = await system.byToken('removeKey', 'carol', { id });
    expect(body['removedAt']).toBe('2026-11-21T09:00:00.000Z');
    expect((await system.byToken('removeKey', 'heidi', { id })).body).toEqual(body);
    expect(await system.register('heidi', heidi)).toMatchObject({ status: 409, code: 'version_conflict' });
    expect((await leaves()).map(({ type }) => type).sort()).toEqual([
      'breakglass.key_registered',
      'breakglass.key_removed',
    ]);
  });

  it('is one of five at most', async () => {
    for (let count = 0; count < 5; count++) expect((await system.register('heidi', createSigner())).status).toBe(201);
    expect(await system.register('heidi', heidi)).toMatchObject({ status: 400, code: 'invalid_request' });
  });
});

describe('a drill', () => {
  const drill = (signer = heidi, json: object = ASK) => system.bySeal('drill', signer, { json });
  beforeEach(async () => {
    await system.register('heidi', heidi);
  });

  it('says that nobody could sign second', async () => {
    expect((await drill()).body).toMatchObject({
      works: false,
      decision: { outcome: 'needs_approval' },
      seconds: [{ id: idOf('grace'), hasKey: false }],
    });
  });

  it('says that it would work, and leaves nothing but its leaf', async () => {
    await system.register('grace', grace);
    expect((await drill()).body).toMatchObject({ works: true, seconds: [{ id: idOf('grace'), hasKey: true }] });
    expect(await system.store.openUseOf('heidi')).toBeUndefined();
    expect((await system.bySeal('listGrants', heidi)).body['items']).toEqual([]);
    const drilled = (await leaves()).filter(({ type }) => type === 'breakglass.drilled');
    expect(drilled.map(({ facts }) => facts)).toEqual([
      { key: heidi.id, entitlement: 'break-glass', outcome: 'needs_approval', works: true },
    ]);
  });

  it('counts no key that was removed', async () => {
    await system.register('grace', grace);
    await system.byToken('removeKey', 'grace', { id: grace.id });
    expect((await drill()).body['works']).toBe(false);
  });

  it('says that a use waits for its review', async () => {
    await system.register('grace', grace);
    const id = await granted();
    expect((await drill()).body).toMatchObject({ works: false, openReview: id });
  });

  it('says what policy says to somebody whom it does not let', async () => {
    const bob = createSigner();
    await system.register('bob', bob);
    expect((await drill(bob)).body).toMatchObject({ works: false, decision: { outcome: 'denied' } });
    expect((await drill(heidi, { ...ASK, entitlement: 'account-admin' })).body).toMatchObject({ works: false });
  });

  it('is signed, as the real thing is', async () => {
    expect(await system.byToken('drill', 'heidi', { json: ASK })).toMatchObject({ status: 403, code: 'forbidden' });
  });
});

describe('breaking glass', () => {
  beforeEach(async () => {
    await system.register('heidi', heidi);
    await system.register('grace', grace);
  });

  it('takes two keys of two people, and gives credentials to the first', async () => {
    const { body, status } = await asked();
    expect(status).toBe(201);
    expect(body).toMatchObject({ status: 'pending', breakGlass: { reviewed: false } });
    const { id, requestSha256 } = grantOf({ body });
    const vote = { verdict: 'approve', comment: 'my own', requestSha256 };
    expect(await system.bySeal('decideGrant', heidi, { id, json: vote })).toMatchObject({ code: 'own_request' });
    expect(await system.bySeal('issueAwsCredentials', heidi, { id })).toMatchObject({ code: 'grant_not_active' });
    const brief = await system.bySeal('getBrief', grace, { id });
    expect(brief.body).toMatchObject({ grant: { id } });
    const { body: active } = await system.bySeal('decideGrant', grace, { id, json: vote });
    expect(active).toMatchObject({ status: 'active', approvals: [{ via: 'sealed' }] });
    expect((await system.bySeal('issueAwsCredentials', grace, { id })).code).toBe('forbidden');
    expect((await system.bySeal('issueAwsCredentials', heidi, { id })).body).toMatchObject({ Version: 1 });
    expect((await system.bySeal('returnGrant', heidi, { id })).body).toMatchObject({ status: 'returned' });
  });

  it('does not count the same person’s other account as a second', async () => {
    const other = createSigner();
    system.join({
      id: idOf('heidi-2'),
      person: 'heidi',
      name: 'Heidi (2)',
      groups: ['break-glass'],
      projects: ['shop'],
    });
    const { id, requestSha256 } = grantOf(await asked());
    // Her other account's key: the sample issuer would not know the account, so it is put where keys are.
    await system.store.putKey(
      {
        id: other.id,
        owner: { id: idOf('heidi-2'), domain: 'admin', subject: 'heidi-2', person: 'heidi' },
        groups: [],
        project: 'shop',
        publicKey: other.publicKey,
        holder: 'agent',
        label: 'other',
        registeredAt: 0,
        registeredBy: idOf('heidi-2'),
      },
      // Any leaf will do, so long as it is another one.
      { ...(await leaves())[0], id: 'evt_other' } as never,
    );
    const json = { verdict: 'approve', comment: 'me again', requestSha256 };
    expect(await system.bySeal('decideGrant', other, { id, json })).toMatchObject({ code: 'own_request' });
  });

  it('is not for a bearer token, nor a sealed key for anything else', async () => {
    expect(await system.byToken('createGrant', 'heidi', { json: ASK })).toMatchObject({ code: 'request_denied' });
    const json = { ...ASK, entitlement: 'account-admin' };
    expect(await system.bySeal('createGrant', heidi, { json })).toMatchObject({ code: 'request_denied' });
  });

  it('is refused again until somebody else has reviewed the last use, by person', async () => {
    const id = await granted();
    await system.bySeal('returnGrant', heidi, { id });
    expect(await asked()).toMatchObject({ status: 403, code: 'review_outstanding' });

    const json = { verdict: 'justified', comment: 'the outage was real' };
    const review = (name: string) => system.byToken('reviewGrant', name, { id, json });
    expect(await review('grace')).toMatchObject({ code: 'own_request' });
    expect(await review('bob')).toMatchObject({ status: 404 });
    expect((await review('carol')).body).toMatchObject({ breakGlass: { reviewed: true, verdict: 'justified' } });
    expect(await review('carol')).toMatchObject({ code: 'already_reviewed' });
    expect((await asked()).status).toBe(201);
  });

  it('is no use that waits for a review while nobody has signed second', async () => {
    await asked();
    expect((await asked()).status).toBe(201);
  });

  it('is not reviewed before it is over', async () => {
    const id = await granted();
    const json = { verdict: 'justified', comment: 'too early' };
    expect(await system.byToken('reviewGrant', 'carol', { id, json })).toMatchObject({ code: 'grant_not_ended' });
  });
});

it('signs for a registration what names the owner and the label, each in its place', () => {
  expect(registrationText('a', 'b","owner":"c')).not.toBe(registrationText('c', 'b'));
  expect(registrationText('admin:corp:heidi', 'blue')).toBe('{"owner":"admin:corp:heidi","label":"blue"}');
});
